//! What ties a professional to a person besides the exams that name them: a care relation declared at the archive side's
//! desk, an emergency opening. Both are judged by their instants at each request.

use crate::copies::seal_small;
use crate::database::micros;
use crate::{Diffusion, DiffusionError};
use ambient::random_bytes;
use exam::ids::{Finess, Rpps};
use exam::rights::Tie;
use link::CareRelation;
use sqlx::Row;
use std::collections::BTreeSet;
use uuid::Uuid;

impl Diffusion {
    /// Keeps a care relation as the archive side tells it; told again, it replaces what was told before. One that names
    /// no valid professional or structure ties nobody.
    pub(crate) async fn take_relation(&self, relation: &CareRelation) -> Result<(), DiffusionError> {
        let doing = "keeping a care relation";
        let (Ok(rpps), Ok(finess)) = (Rpps::parse(&relation.rpps), Finess::parse(&relation.finess)) else {
            tracing::error!("a care relation names no valid professional or structure: it is not kept");
            return Ok(());
        };
        let plain = serde_json::to_vec(relation).map_err(|error| DiffusionError::Document(error.to_string()))?;
        let nonce = random_bytes(self.inner.ports.random.as_ref());
        let body = seal_small(self.inner.keys.master(), nonce, b"standing", relation.relation, &plain)?;
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO standing (group_id, standing, person, kind, rpps_mac, finess_mac, from_at, until_at, body)
             VALUES (?, ?, ?, 'care', ?, ?, ?, ?, ?)
             ON CONFLICT (group_id, standing) DO UPDATE SET person = excluded.person, rpps_mac = excluded.rpps_mac,
                 finess_mac = excluded.finess_mac, from_at = excluded.from_at, until_at = excluded.until_at,
                 body = excluded.body",
        )
        .bind(self.inner.database.group())
        .bind(relation.relation.as_bytes().as_slice())
        .bind(relation.person.as_bytes().as_slice())
        .bind(self.rpps_mac(&rpps)?.as_slice())
        .bind(self.name_mac(&finess.to_string())?.as_slice())
        .bind(micros(relation.from))
        .bind(micros(relation.until))
        .bind(body)
        .execute(&mut *transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }

    /// What ties this professional to this person now. A login that names structures must name the relation's; an
    /// emergency counts only while the group allows them.
    pub(super) async fn standing_ties(
        &self,
        rpps: &Rpps,
        structures: &BTreeSet<Finess>,
        person: Uuid,
    ) -> Result<BTreeSet<Tie>, DiffusionError> {
        let doing = || DiffusionError::db("judging who cares for a person");
        let rows = sqlx::query(
            "SELECT kind, finess_mac FROM standing
             WHERE group_id = ?1 AND rpps_mac = ?2 AND person = ?3 AND from_at <= ?4 AND until_at > ?4",
        )
        .bind(self.inner.database.group())
        .bind(self.rpps_mac(rpps)?.as_slice())
        .bind(person.as_bytes().as_slice())
        .bind(micros(self.now()))
        .fetch_all(self.inner.database.read())
        .await
        .map_err(doing())?;
        let acts_at = structures.iter().map(|finess| self.name_mac(&finess.to_string()));
        let acts_at: Vec<[u8; 32]> = acts_at.collect::<Result<_, _>>()?;
        let mut ties = BTreeSet::new();
        for row in &rows {
            let kind: String = row.try_get(0).map_err(doing())?;
            let finess: Option<Vec<u8>> = row.try_get(1).map_err(doing())?;
            let there = acts_at.is_empty() || acts_at.iter().any(|mac| finess.as_deref() == Some(mac.as_slice()));
            match kind.as_str() {
                "care" if there => ties.insert(Tie::CareDeclared),
                "emergency" if self.inner.settings.emergency => ties.insert(Tie::Emergency),
                _ => false,
            };
        }
        Ok(ties)
    }
}
