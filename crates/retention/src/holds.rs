//! What people put on an exam or a patient to keep it whatever its dates say.

use crate::lists::allow;
use crate::{Person, Retention, RetentionError};
use exam::retention::Hold;
use record::{ExamId, Held, Release, RetentionHold, Role};
use uuid::Uuid;

/// Who may put and release holds.
const MAY: &[Role] = &[Role::DataProtection, Role::Administrator, Role::Radiologist];

impl Retention {
    /// Puts a hold; returns its id.
    pub async fn hold(&self, who: &Person, held: Held, kind: Hold, reason: &str) -> Result<Uuid, RetentionError> {
        allow(who, MAY)?;
        if reason.trim().is_empty() {
            return Err(RetentionError::Refused("a hold has a reason"));
        }
        let at = self.wall_now();
        let exam = match held {
            Held::Exam(exam) => Some(exam),
            Held::Patient(_) => None,
        };
        let hold = self.fresh_id();
        self.changes(who, exam, "retention-hold", &[("hold", hold.to_string()), ("kind", kind.key().into())]).await?;
        let put = RetentionHold {
            hold,
            held,
            kind,
            reason: reason.trim().to_owned(),
            by: who.login.clone(),
            at,
            release_asked_by: None,
        };
        self.catalogue.hold_put(self.group(), put).await?;
        Ok(hold)
    }

    /// Puts a hold on an exam, or on every exam of its patient.
    pub async fn hold_exam(
        &self,
        who: &Person,
        exam: ExamId,
        whole_patient: bool,
        kind: Hold,
        reason: &str,
    ) -> Result<Uuid, RetentionError> {
        if !whole_patient {
            return self.hold(who, Held::Exam(exam), kind, reason).await;
        }
        let patient = self.catalogue.exam(self.group(), exam).await?.patient;
        let patient = patient.ok_or(RetentionError::Refused("whose exam it is, is not certain"))?;
        self.hold(who, Held::Patient(patient.id), kind, reason).await
    }

    /// Releases a hold; a claim needs two people.
    pub async fn release(&self, who: &Person, exam: ExamId, hold: Uuid) -> Result<Release, RetentionError> {
        allow(who, MAY)?;
        let at = self.now()?;
        self.changes(who, Some(exam), "retention-release", &[("hold", hold.to_string())]).await?;
        Ok(self.catalogue.hold_release(self.group(), hold, &who.login, at).await?)
    }
}
