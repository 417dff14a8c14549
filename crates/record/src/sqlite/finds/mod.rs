//! Queries, on SQLite: rows written with the images, read page by page.

mod compose;
mod narrow;
mod search;
mod write;

pub(crate) use write::{bind, documents, fill, put, put_instance, put_series, put_study, told};

use super::SqliteCatalogue;
use super::catalogue::{fact, reading};
use super::rows::Doing;
use crate::model::GroupId;
use crate::{FindPage, Finds, FoundInstance, FoundPage, RecordError};
use async_trait::async_trait;
use dicom::attributes::Level;
use dicom::matching::Query;

/// Images of a record of the version before, made ready at once.
const FILLED_AT_ONCE: u32 = 500;

impl SqliteCatalogue {
    /// Once in a record's life: what queries find of the images that came before they could be found.
    pub(super) async fn fill_finds(&self) -> Result<(), RecordError> {
        let done: Option<i64> = sqlx::query_scalar("SELECT value FROM cursor WHERE group_id = 0 AND name = 'finds'")
            .fetch_optional(&mut *self.reader().await?)
            .await
            .doing("looking whether queries find everything")?;
        if done.is_some() {
            return Ok(());
        }
        let groups: Vec<u32> = sqlx::query_scalar("SELECT group_id FROM tenant")
            .fetch_all(&mut *self.reader().await?)
            .await
            .doing("reading the groups")?;
        for group in groups {
            while self.fill_some(GroupId(group)).await? {}
        }
        let mut turn = self.writer.fact().await?;
        let mut transaction = turn.begin().await?;
        sqlx::query("INSERT INTO cursor (group_id, name, value) VALUES (0, 'finds', 1) ON CONFLICT DO NOTHING")
            .execute(&mut *transaction)
            .await
            .doing("noting that queries find everything")?;
        transaction.commit().await.doing("committing")
    }

    async fn fill_some(&self, group: GroupId) -> Result<bool, RecordError> {
        fact!(self, db => fill(db, self.scene(group), FILLED_AT_ONCE).await?)
    }
}

#[async_trait]
impl Finds for SqliteCatalogue {
    async fn find(&self, group: GroupId, query: &Query, page: FindPage) -> Result<FoundPage, RecordError> {
        reading!(self, db => search::find(db, group, query, page).await?)
    }

    async fn found_instances(
        &self,
        group: GroupId,
        query: &Query,
        after: u64,
        limit: u32,
    ) -> Result<Vec<FoundInstance>, RecordError> {
        if query.level != Level::Instance {
            return Err(RecordError::Refused { reason: "the query is not for instances" });
        }
        reading!(self, db => search::instances(db, group, query, after, limit).await?)
    }
}
