//! A record that is older than its vault: after the restore of an old backup, or with a witness's journal beside it.

use crate::ArchiveError;
use crate::rebuild::{generation, lines, name_journal};
use record::{Catalogue, GroupId, JournalEntry};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use vault::{Kind, ObjectKey, Vault};

/// What a record learnt from objects that it did not name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaughtUp {
    /// Journal entries applied.
    pub entries: u64,
    /// Entries under numbers that name others here: the record and the journal went separate ways.
    pub contradicting: u64,
    /// Generations named again.
    pub generations: u64,
    /// Objects that the record still does not name: destroyed, or unreadable.
    pub unnamed: u64,
}

/// Brings a record that is older than its vault up to the facts of journal objects it does not name yet, in order.
pub async fn run(
    catalogue: &dyn Catalogue,
    vault: &Vault,
    group: GroupId,
    now: OffsetDateTime,
) -> Result<CaughtUp, ArchiveError> {
    let mut caught_up = CaughtUp::default();
    let (mut journals, mut others) = (Vec::new(), Vec::new());
    for key in unnamed(catalogue, vault, group).await? {
        match vault.verify(key).await {
            Ok(verified) if verified.manifest.kind == Kind::Journal => journals.push(verified),
            Ok(verified) => others.push(verified),
            Err(error) => tracing::warn!(object = %key, %error, "an object that the record does not name"),
        }
    }
    journals.sort_by_key(|journal| journal.manifest.content["first"].as_u64());
    for journal in &journals {
        for line in lines(vault, &journal.manifest).await? {
            match catalogue.journal_after(group, line.number.saturating_sub(1), 1).await?.first() {
                Some(known) if known.number == line.number && known.body == line.body => {}
                Some(known) if known.number == line.number => caught_up.contradicting += 1,
                _ => {
                    let entry = JournalEntry { group, number: line.number, at: line.at, body: line.body };
                    catalogue.restore_journal(entry).await?;
                    caught_up.entries += 1;
                }
            }
        }
        if caught_up.contradicting == 0 {
            name_journal(catalogue, group, journal).await?;
        }
    }
    for sealed in others {
        if let Some((generation, headers)) = generation(&sealed, now)?
            && catalogue.restore_generation(generation, headers).await.is_ok()
        {
            caught_up.generations += 1;
        }
    }
    caught_up.unnamed = unnamed(catalogue, vault, group).await?.len() as u64;
    Ok(caught_up)
}

/// The vault's objects that the record does not name.
async fn unnamed(catalogue: &dyn Catalogue, vault: &Vault, group: GroupId) -> Result<Vec<ObjectKey>, ArchiveError> {
    let (mut named, mut after) = (BTreeSet::new(), None::<String>);
    loop {
        let page = catalogue.objects(group, after.as_deref(), 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.object.clone());
        named.extend(page.into_iter().map(|object| object.object));
    }
    let (mut unnamed, mut after) = (Vec::new(), None);
    loop {
        let page = vault.keys(after, 500).await?;
        let Some(last) = page.last().copied() else { return Ok(unnamed) };
        after = Some(last);
        unnamed.extend(page.into_iter().filter(|key| !named.contains(&key.to_string())));
    }
}
