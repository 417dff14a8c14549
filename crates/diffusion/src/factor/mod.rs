//! The second factor: a one-time code, sent to a contact recorded before the session, that makes a session strong.
//!
//! A session that waits for it opens nothing: every other request of it is refused as [`crate::Denied::FactorAwaited`].

mod challenge;
mod contacts;
mod mask;
mod messenger;

pub use challenge::{Proof, Sending};
pub use messenger::{Channel, FactorRule, Language, Letter, Message, Messenger, SecondFactor, Undelivered};

pub(crate) use contacts::{Contact, replace as replace_contacts, usable};

use crate::{Denied, Diffusion, DiffusionError, SessionToken};

/// A contact as a page may show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedContact {
    /// Names it in a form, for this exam alone; hexadecimal.
    pub id: String,
    /// How it is reached.
    pub channel: Channel,
    /// `a•••@d•••.fr`, `•• •• •• •• 12`.
    pub masked: String,
}

/// What the page of the one-time code shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorView {
    /// Where a code can be sent.
    pub contacts: Vec<MaskedContact>,
    /// Whether a code was sent that can still be typed.
    pub sent: bool,
}

impl Diffusion {
    /// What a session that waits for its one-time code may be told; `None` when it does not wait.
    pub async fn factor(&self, token: &SessionToken) -> Result<Option<FactorView>, Denied> {
        let session = self.session_in_any_state(token).await?;
        if !session.waits() {
            return Ok(None);
        }
        let contacts = self.contacts_of(&session).await?;
        let shown = |contact: &Contact| MaskedContact {
            id: hex::encode(contact.id),
            channel: contact.channel,
            masked: mask::masked(contact.channel, &contact.address),
        };
        let sent = self.living_challenge(&session).await?;
        Ok(Some(FactorView { contacts: contacts.iter().map(shown).collect(), sent }))
    }

    /// Whether a session proved a contact of the patient recorded before it: what is asked of acts on the whole record.
    pub async fn is_strong(&self, token: &SessionToken) -> Result<bool, Denied> {
        Ok(self.living_session(token).await?.strong)
    }

    /// Whether a session of this exam that opens now must wait for a code.
    pub(crate) async fn must_prove(&self, exam: uuid::Uuid) -> Result<bool, DiffusionError> {
        let factor = &self.inner.settings.second_factor;
        match factor.rule {
            FactorRule::Off => Ok(false),
            FactorRule::Required => Ok(true),
            FactorRule::Derogation => {
                let now = crate::database::micros(self.now());
                let contacts = usable(&self.inner, exam, now, now).await?;
                Ok(contacts.iter().any(|contact| factor.messenger.reaches(contact.channel)))
            }
        }
    }
}
