//! The few words of an exam, as the archive side sends them by themselves: after a choice, a correction, or to a
//! diffusion side that was wiped.

use crate::database::{instant, micros};
use crate::door::{normal_number, stored_birth_date};
use crate::eraser::erase_words;
use crate::factor::replace_contacts;
use crate::keys::Use;
use crate::professional::set_words;
use crate::{Diffusion, DiffusionError, minor, stub};
use ambient::random_bytes;
use link::Stub;
use sqlx::{Row, Sqlite, Transaction};
use uuid::Uuid;

impl Diffusion {
    /// Takes an exam's words, its dates and how long its codes live. It publishes nothing, and what has expired stays
    /// expired: only a recall leads out of that.
    pub(crate) async fn take_stub(&self, mut stub: Stub) -> Result<(), DiffusionError> {
        let doing = "taking the words of an exam";
        let keys = &self.inner.keys;
        let number = keys.digest(Use::Number, &[normal_number(&stub.number).as_bytes()])?;
        let birth = stored_birth_date(keys, stub.exam, stub.birth_date)?;
        let nonce = random_bytes(self.inner.ports.random.as_ref());
        let (group, now) = (self.inner.database.group(), micros(self.now()));
        let whose = self.whose_on_line(stub.exam).await?;
        let mut transaction = self.inner.database.write().await?;
        if let Some(ended) = ended_at(&mut transaction, group, stub.exam, now).await? {
            stub.times.online_until = stub.times.online_until.min(instant(ended));
        }
        let words = stub::Words { title: &stub.title, site: &stub.site, class: &stub.class, times: &stub.times };
        let sealed = stub::seal(keys.master(), nonce, stub.exam, &words)?;
        sqlx::query(
            "INSERT INTO exam (group_id, exam, number_mac, birth_mac, stub, person) VALUES (?1, ?2, ?3, ?4, ?5, ?7)
             ON CONFLICT (group_id, exam) DO UPDATE SET number_mac = excluded.number_mac,
                 birth_mac = excluded.birth_mac, stub = excluded.stub, person = excluded.person,
                 online_until = CASE WHEN visible IS NOT NULL THEN ?6 ELSE online_until END",
        )
        .bind(group)
        .bind(stub.exam.as_bytes().as_slice())
        .bind(number.as_slice())
        .bind(birth.as_slice())
        .bind(sealed)
        .bind(micros(stub.times.online_until))
        .bind(stub.person.map(|person| person.as_bytes().to_vec()))
        .execute(&mut *transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
        sqlx::query("UPDATE sheet SET dead_from = ? WHERE group_id = ? AND exam = ? AND revoked_at IS NULL")
            .bind(micros(stub.codes_until))
            .bind(group)
            .bind(stub.exam.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(DiffusionError::db(doing))?;
        if let Some(whose) = whose {
            set_words(&mut transaction, group, stub.exam, &whose).await?;
        }
        self.take_named(&mut transaction, stub.exam, &stub.professionals, now).await?;
        if !stub.times.can_come_back() && stub.times.online_until <= self.now() {
            erase_words(&mut transaction, group, stub.exam).await?;
        }
        self.parents_until(&mut transaction, &stub).await?;
        replace_contacts(&mut transaction, (group, keys, self.inner.ports.random.as_ref()), &stub).await?;
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }

    /// A sheet issued for a minor is a parent's, until majority: a birth date that was corrected moves it.
    async fn parents_until(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        stub: &Stub,
    ) -> Result<(), DiffusionError> {
        let adult_from = minor::adult_from(stub.birth_date).map(micros);
        sqlx::query(
            "UPDATE sheet SET parent_until = CASE WHEN granted_at < ?1 THEN ?1 END WHERE group_id = ?2 AND exam = ?3",
        )
        .bind(adult_from)
        .bind(self.inner.database.group())
        .bind(stub.exam.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("noting until when a sheet is a parent's"))?;
        Ok(())
    }
}

/// When the exam's time on line ended, if it was on line once and is no more.
async fn ended_at(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
    now: i64,
) -> Result<Option<i64>, DiffusionError> {
    let doing = "taking the words of an exam";
    let row = sqlx::query("SELECT online_until FROM exam WHERE group_id = ? AND exam = ? AND online_until <= ?")
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .bind(now)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
    row.map(|row| row.try_get(0).map_err(DiffusionError::db(doing))).transpose()
}
