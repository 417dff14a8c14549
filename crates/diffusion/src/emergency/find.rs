//! Finding a person by name and birth date, both whole: nothing is searched, nothing is suggested.

use crate::database::{micros, uuid_at};
use crate::keys::Use;
use crate::{Diffusion, DiffusionError};
use ambient::random_bytes;
use link::BirthDate;
use sqlx::{Row, Sqlite, Transaction};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;

/// Names that found nobody, in an hour, before a professional is asked to wait.
const MOST_IN_AN_HOUR: i64 = 5;

/// A name without accents, hyphens or case, its words in one order: `Noël Le-Goff` is `LE GOFF Noel`.
fn folded(name: &str) -> String {
    let plain: String = name.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let mut words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// What a person is found by; nothing for a name without a letter.
fn traits(name: &str, born: BirthDate) -> Option<String> {
    let name = folded(name);
    let part = |part: Option<u8>| part.map_or_else(|| "--".to_owned(), |part| format!("{part:02}"));
    (!name.is_empty()).then(|| format!("{name}|{:04}-{}-{}", born.year, part(born.month), part(born.day)))
}

/// By whom an exam is found from now on, in the transaction that publishes it.
pub(crate) async fn set_traits(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
    mac: Option<[u8; 32]>,
) -> Result<(), DiffusionError> {
    sqlx::query("UPDATE exam SET traits_mac = ? WHERE group_id = ? AND exam = ?")
        .bind(mac.map(|mac| mac.to_vec()))
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("noting whose an exam is"))?;
    Ok(())
}

impl Diffusion {
    /// The keyed digest of what a person is found by.
    pub(crate) fn traits_mac(&self, name: &str, born: BirthDate) -> Result<Option<[u8; 32]>, DiffusionError> {
        traits(name, born).map(|text| self.inner.keys.digest(Use::Traits, &[text.as_bytes()])).transpose()
    }

    /// The one person of that name and birth date with an exam here. Two of them are nobody.
    pub(super) async fn person_named(&self, name: &str, born: BirthDate) -> Result<Option<Uuid>, DiffusionError> {
        let Some(mac) = self.traits_mac(name, born)? else { return Ok(None) };
        let rows = sqlx::query(
            "SELECT DISTINCT person FROM exam
             WHERE group_id = ? AND traits_mac = ? AND person IS NOT NULL AND stub IS NOT NULL LIMIT 2",
        )
        .bind(self.inner.database.group())
        .bind(mac.as_slice())
        .fetch_all(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("looking for a person"))?;
        match rows.as_slice() {
            [one] => uuid_at(one, 0).map(Some),
            _ => Ok(None),
        }
    }

    /// Whether this professional has typed too many names that are nobody's.
    pub(super) async fn tried_too_often(&self, rpps_mac: &[u8; 32]) -> Result<bool, DiffusionError> {
        let doing = || DiffusionError::db("counting emergencies");
        let row = sqlx::query("SELECT count(*) FROM emergency_tried WHERE group_id = ? AND rpps_mac = ? AND at > ?")
            .bind(self.inner.database.group())
            .bind(rpps_mac.as_slice())
            .bind(micros(self.now() - time::Duration::HOUR))
            .fetch_one(self.inner.database.read())
            .await
            .map_err(doing())?;
        Ok(row.try_get::<i64, _>(0).map_err(doing())? >= MOST_IN_AN_HOUR)
    }

    /// Counts a name that is nobody's, or that this professional may not open.
    pub(super) async fn note_tried(&self, rpps_mac: &[u8; 32]) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("counting emergencies");
        let tried = Uuid::from_bytes(random_bytes(self.inner.ports.random.as_ref()));
        let mut transaction = self.inner.database.write().await?;
        sqlx::query("INSERT INTO emergency_tried (group_id, tried, rpps_mac, at) VALUES (?, ?, ?, ?)")
            .bind(self.inner.database.group())
            .bind(tried.as_bytes().as_slice())
            .bind(rpps_mac.as_slice())
            .bind(micros(self.now()))
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_by_the_whole_name_in_any_order_and_the_whole_date() {
        let born = BirthDate { year: 1957, month: Some(4), day: Some(9) };
        let found = traits("LEFÈVRE Marie-Noëlle", born);
        assert_eq!(found.as_deref(), Some("lefevre marie noelle|1957-04-09"));
        assert_eq!(traits("Marie Noelle Lefevre", born), found);
        assert_ne!(traits("Marie Lefevre", born), found);
        assert_ne!(traits("LEFÈVRE Marie-Noëlle", BirthDate { day: None, ..born }), found);
        assert_eq!(traits(" - ", born), None);
    }
}
