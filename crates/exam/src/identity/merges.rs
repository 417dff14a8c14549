//! Merges of patients: followed to the survivor, never in a circle.

use super::facts::{Identifier, MergeFact};
use std::collections::{BTreeMap, BTreeSet};

/// Why a merge cannot stand. The sender is told (AE), the fact is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum MergeRefusal {
    /// Both numbers are the same.
    #[error("a patient cannot be merged with itself")]
    Itself,
    /// The survivor is, through earlier merges, the merged one.
    #[error("the surviving patient was itself merged into the other one")]
    Circle,
    /// The merged one was already merged into somebody else.
    #[error("the merged patient was already merged into another one")]
    Already,
}

/// Which number stands for which after all merges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merges {
    into: BTreeMap<Identifier, Identifier>,
    refused: BTreeSet<(MergeFact, MergeRefusal)>,
}

impl Merges {
    /// Applies a set of merges by their messages' time: a merge that would contradict an earlier one
    /// is refused, whatever came first.
    pub fn of<'a>(facts: impl IntoIterator<Item = &'a MergeFact>) -> Self {
        let sorted: BTreeSet<&MergeFact> = facts.into_iter().collect();
        let mut merges = Self::default();
        for fact in sorted {
            match merges.refusal(fact) {
                None => {
                    // One that says again what is known must not replace the first: that could close a circle.
                    merges.into.entry(fact.merged.clone()).or_insert_with(|| fact.survivor.clone());
                }
                Some(why) => {
                    merges.refused.insert((fact.clone(), why));
                }
            }
        }
        merges
    }

    /// The number that remains.
    pub fn survivor<'a>(&'a self, id: &'a Identifier) -> &'a Identifier {
        let mut current = id;
        // `refusal` keeps circles out; the bound keeps a mistake there from hanging.
        for _ in 0..=self.into.len() {
            match self.into.get(current) {
                Some(next) => current = next,
                None => break,
            }
        }
        current
    }

    /// Whether this number was merged into another.
    pub fn is_merged(&self, id: &Identifier) -> bool {
        self.into.contains_key(id)
    }

    /// The merges that cannot stand, with why.
    pub fn refused(&self) -> impl Iterator<Item = (&MergeFact, MergeRefusal)> {
        self.refused.iter().map(|(fact, why)| (fact, *why))
    }

    fn refusal(&self, fact: &MergeFact) -> Option<MergeRefusal> {
        if fact.survivor == fact.merged {
            return Some(MergeRefusal::Itself);
        }
        if self.survivor(&fact.survivor) == &fact.merged {
            return Some(MergeRefusal::Circle);
        }
        let already = self.into.get(&fact.merged)?;
        (self.survivor(already) != self.survivor(&fact.survivor)).then_some(MergeRefusal::Already)
    }
}

/// Whether `new` can stand beside the merges already known: what the sender is told.
pub fn check_merge<'a>(known: impl IntoIterator<Item = &'a MergeFact>, new: &MergeFact) -> Result<(), MergeRefusal> {
    Merges::of(known).refusal(new).map_or(Ok(()), Err)
}
