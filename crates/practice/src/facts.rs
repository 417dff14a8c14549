//! What a person at the desk says, as the facts that a message would carry.

use crate::{Practice, PracticeError};
use archive::desk::Who;
use record::{FactBody, MessageFact, PatientFact, PatientId, PatientIdentifier};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// The sender of what is said at the desk; the login follows after a bar.
pub const SENDER: &str = "NEGATOSCOPE";

impl Practice {
    /// Facts as one message of the desk, said now by this person.
    pub(crate) fn said(
        &self,
        who: &Who,
        facts: Vec<FactBody>,
        at: OffsetDateTime,
    ) -> Result<MessageFact, PracticeError> {
        let bytes =
            serde_json::to_vec(&facts).map_err(|_| PracticeError::Refused("what was said cannot be written"))?;
        Ok(MessageFact {
            group: self.config.group,
            sender: format!("{SENDER}|{}", who.login),
            control_id: self.fresh_uuid().simple().to_string(),
            digest: Sha256::digest(&bytes).into(),
            received_at: at,
            said_at: Some(at),
            facts,
        })
    }

    /// The numbers under which messages know a patient: those of the latest one that tells of the surviving number.
    pub(crate) async fn numbers(&self, patient: PatientId) -> Result<Vec<PatientIdentifier>, PracticeError> {
        let own = self.catalogue.patient_number(self.config.group, patient).await?;
        let history = self.catalogue.patient_history(self.config.group, patient).await?;
        let issuer = |id: &PatientIdentifier| id.issuer.is_empty() || id.issuer == own.issuer;
        let tells = |said: &PatientFact| said.identifiers.iter().any(|id| id.value == own.value && issuer(id));
        let latest = history.into_iter().filter(|said| !said.merge).map(|said| said.said).find(tells);
        Ok(latest.map_or_else(|| vec![own], |said| said.identifiers))
    }
}
