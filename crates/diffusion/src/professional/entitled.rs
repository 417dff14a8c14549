//! Which exams an RPPS may see by itself: those its holder ordered or was copied on, as the archive side says with each
//! publication and stub. Whose an exam is, is kept sealed for every exam: a physician whom the patient designates later
//! finds the whole record by name.

use crate::copies::{open_small, seal_small};
use crate::database::uuid_at;
use crate::eraser::erase_entitled;
use crate::{Diffusion, DiffusionError};
use ambient::random_bytes;
use exam::ids::Rpps;
use link::{Publication, ReportSummary};
use serde::{Deserialize, Serialize};
use sqlx::{Row, Sqlite, Transaction};
use uuid::Uuid;

/// Why a professional sees an exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// They ordered it.
    Ordered,
    /// They were copied on its order or report.
    CopiedOn,
}

impl Relation {
    fn word(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::CopiedOn => "copied",
        }
    }

    fn of(word: &str) -> Self {
        if word == "copied" { Self::CopiedOn } else { Self::Ordered }
    }
}

/// One who is named with an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entitled {
    rpps_mac: [u8; 32],
    relation: Relation,
}

/// What a professional's list says of whose exam it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Whose {
    version: u32,
    pub(super) patient: String,
    /// `YYYY-MM-DD`, as far as it is known.
    pub(super) born: String,
    /// Whether a validated report came.
    #[serde(default)]
    pub(super) report: bool,
    /// Every version of that report, the one shown last.
    #[serde(default)]
    pub(super) versions: Vec<Uuid>,
    /// The exam number.
    #[serde(default)]
    pub(super) number: String,
    /// The archive's opaque id of whom it is about.
    #[serde(default)]
    pub(super) person: Option<Uuid>,
}

impl Diffusion {
    /// Why this professional may see this exam now; `None`: not theirs, unknown or hidden, which is the same.
    pub(crate) async fn entitled(&self, exam: Uuid, rpps_mac: &[u8; 32]) -> Result<Option<Relation>, DiffusionError> {
        let row =
            sqlx::query("SELECT relation FROM professional_exam WHERE group_id = ? AND exam = ? AND rpps_mac = ?")
                .bind(self.inner.database.group())
                .bind(exam.as_bytes().as_slice())
                .bind(rpps_mac.as_slice())
                .fetch_optional(self.inner.database.read())
                .await
                .map_err(DiffusionError::db("judging a professional"))?;
        let word = row.map(|row| row.try_get::<String, _>(0)).transpose();
        Ok(word.map_err(DiffusionError::db("judging a professional"))?.map(|word| Relation::of(&word)))
    }

    /// The professionals as messages name them; a number that is no RPPS names nobody.
    fn entitled_of(&self, named: &[link::Professional]) -> Result<Vec<Entitled>, DiffusionError> {
        let valid = named.iter().filter_map(|one| Some((Rpps::parse(&one.rpps).ok()?, one.relation)));
        valid
            .map(|(rpps, relation)| {
                let relation = match relation {
                    link::Relation::Ordered => Relation::Ordered,
                    link::Relation::CopiedOn => Relation::CopiedOn,
                };
                Ok(Entitled { rpps_mac: self.rpps_mac(&rpps)?, relation })
            })
            .collect()
    }

    /// Takes the professionals a publication names, and whose exam it is.
    pub(crate) async fn take_professionals(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        publication: &Publication,
        now: i64,
    ) -> Result<(), DiffusionError> {
        let (group, exam) = (self.inner.database.group(), publication.exam);
        let entitled = self.entitled_of(&publication.professionals)?;
        set_entitled(transaction, group, exam, &entitled, now).await?;
        let sealed = self.seal_whose(random_bytes(self.inner.ports.random.as_ref()), publication)?;
        set_words(transaction, group, exam, &sealed).await
    }

    /// Takes the professionals a stub names: after a code was matched, or a copy added.
    pub(crate) async fn take_named(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        exam: Uuid,
        named: &[link::Professional],
        now: i64,
    ) -> Result<(), DiffusionError> {
        let entitled = self.entitled_of(named)?;
        set_entitled(transaction, self.inner.database.group(), exam, &entitled, now).await
    }

    /// Whose an exam on line is, sealed, where that is not kept: it was published when the words went with those it
    /// named. Of one whose time is over nothing here tells.
    pub(crate) async fn whose_on_line(&self, exam: Uuid) -> Result<Option<Vec<u8>>, DiffusionError> {
        let row = sqlx::query(
            "SELECT visible FROM exam e WHERE group_id = ? AND exam = ? AND visible IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM professional_words w WHERE w.group_id = e.group_id AND w.exam = e.exam)",
        )
        .bind(self.inner.database.group())
        .bind(exam.as_bytes().as_slice())
        .fetch_optional(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("looking for whose an exam is"))?;
        let Some(row) = row else { return Ok(None) };
        match self.open_copy(uuid_at(&row, 0)?).await {
            Ok(copy) => {
                let nonce = random_bytes(self.inner.ports.random.as_ref());
                self.seal_whose(nonce, &copy.publication).map(Some)
            }
            Err(DiffusionError::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Seals whose exam it is, for the lists.
    fn seal_whose(&self, nonce: [u8; 12], publication: &Publication) -> Result<Vec<u8>, DiffusionError> {
        let born = publication.birth_date;
        let part = |part: Option<u8>| part.map_or_else(String::new, |part| format!("-{part:02}"));
        let whose = Whose {
            version: 1,
            patient: publication.patient_name.clone(),
            born: format!("{:04}{}{}", born.year, part(born.month), part(born.day)),
            report: publication.report.is_some(),
            versions: publication.report.as_ref().map(ReportSummary::all_versions).unwrap_or_default(),
            number: publication.number.clone(),
            person: publication.person,
        };
        let plain = serde_json::to_vec(&whose).map_err(|error| DiffusionError::Document(error.to_string()))?;
        seal_small(self.inner.keys.master(), nonce, b"professional-words", publication.exam, &plain)
    }

    pub(super) fn open_whose(&self, exam: Uuid, sealed: &[u8]) -> Result<Whose, DiffusionError> {
        let plain = open_small(self.inner.keys.master(), b"professional-words", exam, sealed)?;
        serde_json::from_slice(&plain).map_err(|error| DiffusionError::Document(error.to_string()))
    }
}

/// The professionals of an exam are these from now on, in the transaction that takes the message naming them.
async fn set_entitled(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
    entitled: &[Entitled],
    now: i64,
) -> Result<(), DiffusionError> {
    let staying: Vec<String> = entitled.iter().map(|one| hex::encode(one.rpps_mac)).collect();
    erase_entitled(transaction, group, exam, &staying.join(",")).await?;
    for one in entitled {
        sqlx::query(
            "INSERT INTO professional_exam (group_id, exam, rpps_mac, relation, since) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (group_id, exam, rpps_mac) DO UPDATE SET relation = excluded.relation",
        )
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .bind(one.rpps_mac.as_slice())
        .bind(one.relation.word())
        .bind(now)
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("noting an exam's professionals"))?;
    }
    Ok(())
}

/// Whose the exam is, for lists.
pub(crate) async fn set_words(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
    sealed: &[u8],
) -> Result<(), DiffusionError> {
    sqlx::query(
        "INSERT INTO professional_words (group_id, exam, words) VALUES (?, ?, ?)
         ON CONFLICT (group_id, exam) DO UPDATE SET words = excluded.words",
    )
    .bind(group)
    .bind(exam.as_bytes().as_slice())
    .bind(sealed)
    .execute(&mut **transaction)
    .await
    .map_err(DiffusionError::db("noting whose an exam is"))?;
    Ok(())
}
