//! A professional brings back an exam that they ordered.

use super::{ProDenied, ProToken};
use crate::rights::Asked;
use crate::traced::{Act, event_of, not_traced};
use crate::{Diffusion, DiffusionError, RecallView};
use link::RecallBy;
use trace::Outcome;
use uuid::Uuid;

impl Diffusion {
    /// Asks for an expired exam. Traced first; one recall is open per exam, whoever asks.
    ///
    /// # Errors
    /// [`ProDenied::NotThere`] when it is not theirs, is on line, or the archive does not keep it.
    pub async fn pro_ask_recall(&self, token: &ProToken, exam: Uuid) -> Result<RecallView, ProDenied> {
        let session = self.pro_session(token).await?.ok_or(ProDenied::NoSession)?;
        let basis = self.basis(&session, exam, Asked::Exam).await?.ok_or(ProDenied::NotThere)?;
        if !self.can_be_asked(exam).await? {
            return Err(ProDenied::NotThere);
        }
        let mut event = event_of(exam, Act::Recall, self.pro_actor_as(&session, basis), Outcome::Success);
        event.detail.insert("as".to_owned(), basis.word().to_owned());
        self.inner
            .gate
            .admit(&hex::encode(session.digest), event)
            .await
            .map_err(not_traced)
            .map_err(ProDenied::from)?;
        self.open_recall(exam, RecallBy::Professional { rpps: session.who.rpps.as_str().to_owned() }).await?;
        self.latest_recall(exam).await?.ok_or(ProDenied::NotThere)
    }

    /// The latest recall of an exam this professional may see.
    ///
    /// # Errors
    /// [`ProDenied`].
    pub async fn pro_recall_of(&self, token: &ProToken, exam: Uuid) -> Result<Option<RecallView>, ProDenied> {
        let session = self.pro_session(token).await?.ok_or(ProDenied::NoSession)?;
        if !self.may_see(&session, exam, Asked::Exam).await? {
            return Err(ProDenied::NotThere);
        }
        Ok(self.latest_recall(exam).await.map_err(|error: DiffusionError| error)?)
    }
}
