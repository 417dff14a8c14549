//! That a tree only grew: consistency proofs of RFC 6962 §2.1.2. Pure.

use crate::tree::{Hash, Span, node_hash, split};

/// The spans whose roots prove that the tree of `new` leaves begins with that of `old`. None are needed when either
/// is empty or both are the same.
pub(crate) fn growth_spans(old: u64, new: u64) -> Vec<Span> {
    if old == 0 || old >= new {
        return Vec::new();
    }
    let (mut start, mut end, mut whole) = (0, new, true);
    let mut spans = Vec::new();
    // The root of what is left is known to who asks only as long as it began at 0.
    while old < end {
        let middle = start + split(end - start);
        if old <= middle {
            spans.push(Span { start: middle, end });
            end = middle;
        } else {
            spans.push(Span { start, end: middle });
            start = middle;
            whole = false;
        }
    }
    if !whole {
        spans.push(Span { start, end });
    }
    spans.reverse();
    spans
}

/// A size and its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sized {
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

/// Whether `path` proves that the tree `new` begins with the tree `old` (RFC 9162 §2.1.4.2).
pub(crate) fn has_grown(old: Sized, new: Sized, path: &[Hash]) -> bool {
    if old.size == 0 || old.size >= new.size {
        return path.is_empty() && (old.size == 0 || old == new);
    }
    let (mut at, mut last) = (old.size - 1, new.size - 1);
    let shift = at.trailing_ones();
    (at, last) = (at >> shift, last >> shift);
    let mut path = path.iter().copied();
    let first = if old.size.is_power_of_two() { Some(old.root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut left, mut right) = (first, first);
    for beside in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            left = node_hash(&beside, &left);
            right = node_hash(&beside, &right);
            let skip = if at == 0 { 0 } else { at.trailing_zeros() };
            (at, last) = (at >> skip, last >> skip);
        } else {
            right = node_hash(&right, &beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && left == old.root && right == new.root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Frontier, fold, leaf_hash};

    fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] | [_] => fold(leaves),
            many => {
                let (left, right) = many.split_at(usize::try_from(split(many.len() as u64)).unwrap());
                node_hash(&root(left), &root(right))
            }
        }
    }

    fn path(leaves: &[Hash], old: u64) -> Vec<Hash> {
        let of = |span: Span| root(&leaves[usize::try_from(span.start).unwrap()..usize::try_from(span.end).unwrap()]);
        growth_spans(old, leaves.len() as u64).into_iter().map(of).collect()
    }

    fn sized(leaves: &[Hash]) -> Sized {
        let mut frontier = Frontier::default();
        leaves.iter().for_each(|leaf| frontier.push(*leaf));
        Sized { size: frontier.size(), root: frontier.root() }
    }

    #[test]
    fn paths_are_those_of_the_published_vectors() {
        let leaves: Vec<Hash> =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
                .iter()
                .map(|leaf| leaf_hash(&[], &hex::decode(leaf).unwrap()))
                .collect();
        let hexed = |old: u64, new: usize| path(&leaves[..new], old).iter().map(hex::encode).collect::<Vec<_>>();
        assert_eq!(hexed(1, 1), Vec::<String>::new());
        assert_eq!(
            hexed(1, 8),
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
            ]
        );
        assert_eq!(
            hexed(6, 8),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
            ]
        );
    }

    #[test]
    fn a_tree_is_proved_to_have_grown_from_itself_and_from_no_other() {
        let leaves: Vec<Hash> = (0..40_u8).map(|n| leaf_hash(&[], &[n])).collect();
        let other: Vec<Hash> = (100..140_u8).map(|n| leaf_hash(&[], &[n])).collect();
        for new in 1..=40_usize {
            for old in 0..=new {
                let (before, after) = (sized(&leaves[..old]), sized(&leaves[..new]));
                let path = path(&leaves[..new], old as u64);
                assert!(has_grown(before, after, &path), "{old} to {new}");
                if old > 0 {
                    assert!(!has_grown(sized(&other[..old]), after, &path), "{old} to {new}: another beginning");
                    assert!(!has_grown(before, sized(&other[..new]), &path), "{old} to {new}: another end");
                }
                assert!(!has_grown(before, after, &[path, vec![leaves[0]]].concat()), "{old} to {new}: longer");
            }
        }
    }
}
