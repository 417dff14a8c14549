//! Professionals: their login, the exams they ordered or were copied on, and the records that a patient, a care
//! relation or an emergency opens to them.
//!
//! A session is bound to a person by RPPS, never to an exam: each request asks again which exams that RPPS may see.
//! An exam that is not theirs, one that is unknown and one hidden from them give the same answer.

mod account;
mod bulk;
mod claims;
mod entitled;
mod exam_page;
mod list;
mod openid;
mod recall;
mod session;
mod standin;

pub use account::{AccountLine, LocalAttempt, NewAccount};
pub use bulk::BulkState;
pub use claims::Professional;
pub use entitled::Relation;
pub use exam_page::{ProDenied, ProLook};
pub use list::{ListQuery, ProLine, ProList, ProState};
pub use openid::{Fetch, FetchError, LoginStart, OpenIdSettings};
pub use session::{ProSession, ProToken};
pub use standin::StandIn;

pub(crate) use entitled::set_words;

use crate::keys::Use;
use crate::rights::Basis;
use crate::{Diffusion, DiffusionError};
use exam::ids::Rpps;
use trace::{Actor, Role};

impl Diffusion {
    /// The keyed digest under which an RPPS stands in the database.
    pub(crate) fn rpps_mac(&self, rpps: &Rpps) -> Result<[u8; 32], DiffusionError> {
        self.inner.keys.digest(Use::Rpps, &[rpps.as_str().as_bytes()])
    }

    /// Who acts, as the trace knows a professional: by a pseudonym, and by name for the patient's own list.
    pub(crate) fn pro_actor(&self, session: &ProSession) -> Actor {
        let pseudonym: String = hex::encode(session.rpps_mac).chars().take(32).collect();
        let name = Some(session.who.name.clone()).filter(|name| !name.is_empty());
        Actor { role: Role::Prescriber, label: format!("rpps:{pseudonym}"), name }
    }

    /// The same, in the role that gives them the exam.
    pub(crate) fn pro_actor_as(&self, session: &ProSession, basis: Basis) -> Actor {
        Actor { role: basis.role(), ..self.pro_actor(session) }
    }
}
