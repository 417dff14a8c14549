//! The statements known here: those the archive side tells, and those made here, which act at once.

use crate::copies::{open_small, seal_small};
use crate::database::micros;
use crate::keys::Use;
use crate::outbox;
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError};
use ambient::random_bytes;
use exam::rights::{Items, Known, Named, Origin, Role, Says, Statement, StatementId, Towards, in_force};
use link::ToArchive;
use sqlx::{Row, Sqlite, Transaction};
use std::collections::BTreeMap;
use trace::{Actor, Event, Kind, Outcome};
use uuid::Uuid;

impl Diffusion {
    /// Makes a statement here: traced first, in force at once, told to the archive side. Its id is given here.
    ///
    /// # Errors
    /// [`DiffusionError::Statement`] when it cannot be stated.
    pub async fn state(&self, mut statement: Statement, actor: Actor) -> Result<StatementId, DiffusionError> {
        let doing = "making a statement";
        statement.id = StatementId { origin: Origin::Diffusion, sequence: micros(self.now()).unsigned_abs().max(1) };
        if let Some(reason) = statement.impossible() {
            return Err(DiffusionError::Statement(reason));
        }
        self.inner.ports.trace.append(event_of(&statement, actor)).await.map_err(not_traced)?;
        let group = self.inner.database.group();
        let mut transaction = self.inner.database.write().await?;
        let last: Option<i64> =
            sqlx::query_scalar("SELECT max(sequence) FROM statement WHERE group_id = ? AND origin = 'diffusion'")
                .bind(group)
                .fetch_one(&mut *transaction)
                .await
                .map_err(DiffusionError::db(doing))?;
        // By the clock, so that a side that was wiped never gives a number twice.
        let after = last.map_or(0, i64::unsigned_abs) + 1;
        statement.id.sequence = statement.id.sequence.max(after);
        self.keep(&mut transaction, &statement, false).await?;
        let id = statement.id;
        outbox::say(&mut transaction, group, &ToArchive::StatementMade { statement }).await?;
        transaction.commit().await.map_err(DiffusionError::db(doing))?;
        Ok(id)
    }

    /// Keeps what the archive side tells: its own statements, and those made here, which it has now too.
    pub(crate) async fn take_statement(&self, statement: &Statement) -> Result<(), DiffusionError> {
        let mut transaction = self.inner.database.write().await?;
        self.keep(&mut transaction, statement, true).await?;
        transaction.commit().await.map_err(DiffusionError::db("keeping a statement"))
    }

    /// Every statement known here about a person.
    pub async fn statements_about(&self, person: Uuid) -> Result<Vec<Known>, DiffusionError> {
        let doing = || DiffusionError::db("reading statements");
        let rows = sqlx::query("SELECT settled, body FROM statement WHERE group_id = ? AND person = ?")
            .bind(self.inner.database.group())
            .bind(person.as_bytes().as_slice())
            .fetch_all(self.inner.database.read())
            .await
            .map_err(doing())?;
        let mut known = Vec::with_capacity(rows.len());
        for row in rows {
            let sealed: Vec<u8> = row.try_get(1).map_err(doing())?;
            let body = open_small(self.inner.keys.master(), b"statement", person, &sealed)?;
            let statement: Statement =
                serde_json::from_slice(&body).map_err(|error| DiffusionError::Document(error.to_string()))?;
            known.push(Known { statement, settled: row.try_get(0).map_err(doing())? });
        }
        Ok(known)
    }

    /// Whether any report of a person is masked from them, or from who stands for them.
    pub(crate) async fn masks_reports(&self, person: Uuid) -> Result<bool, DiffusionError> {
        let known = self.statements_about(person).await?;
        let masks = |one: &&Statement| {
            let whom = matches!(one.to, Towards::Role { role: Role::Patient | Role::Representative });
            whom && one.says == Says::Deny && matches!(one.about, Items::Report { .. })
        };
        Ok(in_force(&known, self.now()).iter().any(masks))
    }

    /// The keyed digest under which a name stands here.
    pub(super) fn name_mac(&self, name: &str) -> Result<[u8; 32], DiffusionError> {
        self.inner.keys.digest(Use::Rpps, &[name.as_bytes()])
    }

    async fn keep(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        statement: &Statement,
        settled: bool,
    ) -> Result<(), DiffusionError> {
        let body = serde_json::to_vec(statement).map_err(|error| DiffusionError::Document(error.to_string()))?;
        let nonce = random_bytes(self.inner.ports.random.as_ref());
        let sealed = seal_small(self.inner.keys.master(), nonce, b"statement", statement.person, &body)?;
        let named = named(&statement.to).map(|name| self.name_mac(&name)).transpose()?;
        sqlx::query(
        "INSERT INTO statement (group_id, origin, sequence, person, named, settled, body) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (group_id, origin, sequence) DO UPDATE SET person = excluded.person, body = excluded.body,
             settled = max(settled, excluded.settled)",
    )
    .bind(self.inner.database.group())
    .bind(match statement.id.origin {
        Origin::Archive => "archive",
        Origin::Diffusion => "diffusion",
        Origin::Message => "message",
    })
    .bind(i64::try_from(statement.id.sequence).unwrap_or(i64::MAX))
    .bind(statement.person.as_bytes().as_slice())
    .bind(named.map(|mac| mac.to_vec()))
    .bind(settled)
    .bind(sealed)
    .execute(&mut **transaction)
    .await
    .map_err(DiffusionError::db("keeping a statement"))?;
        Ok(())
    }
}

fn named(to: &Towards) -> Option<String> {
    let Towards::One { who } = to else { return None };
    Some(match who {
        Named::Professional { rpps } => rpps.to_string(),
        Named::Structure { finess } => finess.to_string(),
        Named::Invited { person } => person.to_string(),
    })
}

/// The trace of the person says that something was stated, not about whom.
fn event_of(statement: &Statement, actor: Actor) -> Event {
    let exam = match &statement.about {
        Items::Exam { exam } => Some(*exam),
        _ => None,
    };
    let detail = BTreeMap::from([("what".to_owned(), "statement".to_owned())]);
    let patient = Some(statement.person.to_string());
    Event { kind: Kind::Change, patient, exam, actor, outcome: Outcome::Success, detail }
}
