//! An exam that was destroyed: nothing answers for it any more.

use crate::certificate::by_the_program;
use crate::database::{micros, uuid_at};
use crate::eraser::{End, erase_exam, erase_key};
use crate::publish::visible_of;
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError};
use trace::Kind;
use uuid::Uuid;

impl Diffusion {
    /// Erases the web copy, the stub, the codes and the sessions of an exam; the right code is answered like an
    /// unknown number from then on. Traced first. Forgetting twice is the same as once.
    pub(crate) async fn forget_exam(&self, exam: Uuid) -> Result<(), DiffusionError> {
        if self.answers_for(exam).await? {
            let event = by_the_program(Kind::Erase, exam, [("what", "forgotten".to_owned())]);
            self.inner.ports.trace.append(event).await.map_err(not_traced)?;
        }
        let (group, now) = (self.inner.database.group(), micros(self.now()));
        let mut transaction = self.inner.database.write().await?;
        if let Some(visible) = visible_of(&mut transaction, group, exam).await? {
            erase_key(&mut transaction, group, visible, End::Withdrawn, now).await?;
        }
        erase_exam(&mut transaction, group, exam).await?;
        transaction.commit().await.map_err(DiffusionError::db("forgetting an exam"))?;
        for publication in self.bytes_left_of(exam).await? {
            self.erase_bytes_now(publication).await?;
        }
        self.inner.database.empty_log().await
    }

    async fn answers_for(&self, exam: Uuid) -> Result<bool, DiffusionError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM exam WHERE group_id = ?1 AND exam = ?2)
                 OR EXISTS (SELECT 1 FROM sheet WHERE group_id = ?1 AND exam = ?2)",
        )
        .bind(self.inner.database.group())
        .bind(exam.as_bytes().as_slice())
        .fetch_one(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("looking for an exam"))
    }

    async fn bytes_left_of(&self, exam: Uuid) -> Result<Vec<Uuid>, DiffusionError> {
        let rows =
            sqlx::query("SELECT publication FROM publication WHERE group_id = ? AND exam = ? AND bytes_gone = 0")
                .bind(self.inner.database.group())
                .bind(exam.as_bytes().as_slice())
                .fetch_all(self.inner.database.read())
                .await
                .map_err(DiffusionError::db("looking for an exam's bytes"))?;
        rows.iter().map(|row| uuid_at(row, 0)).collect()
    }
}
