//! The tree of RFC 6962 §2.1: hashes, the right edge, roots and paths. Pure.

use sha2::{Digest, Sha256};

/// A node or leaf of the tree.
pub(crate) type Hash = [u8; 32];

/// The leaf of an event: SHA-256(0x00 ‖ salt ‖ event bytes). The salt keeps a short event from
/// being guessed from its leaf once it has been erased.
pub(crate) fn leaf_hash(salt: &[u8], event: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(salt).chain_update(event).finalize().into()
}

pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a perfect subtree whose leaves (or lower roots) are `hashes`: a power of two of them.
pub(crate) fn fold(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            node_hash(&fold(left), &fold(right))
        }
    }
}

/// The tree's right edge: the roots of its perfect subtrees, largest first. Enough to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// Reads a stored frontier; `None` when its length does not fit the size.
    pub(crate) fn read(size: u64, stored: &[u8]) -> Option<Self> {
        let (roots, rest) = stored.as_chunks::<32>();
        let fits = rest.is_empty() && roots.len() == size.count_ones() as usize;
        fits.then(|| Self { size, roots: roots.to_vec() })
    }

    pub(crate) fn stored(&self) -> Vec<u8> {
        self.roots.concat()
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                root = node_hash(&left, &root);
            }
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// The root of the whole tree. Of the empty tree: SHA-256 of nothing.
    pub(crate) fn root(&self) -> Hash {
        let from_right = self.roots.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
        from_right.unwrap_or_else(|| fold(&[]))
    }
}

/// A range of leaves whose root is asked for while a path is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// The spans whose roots make the inclusion path of `leaf` in a tree of `size`, leaf upwards
/// (RFC 6962 §2.1.1). Needs `leaf < size`.
pub(crate) fn path_spans(leaf: u64, size: u64) -> Vec<Span> {
    let (mut start, mut end) = (0, size);
    let mut spans = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if leaf < middle {
            spans.push(Span { start: middle, end });
            end = middle;
        } else {
            spans.push(Span { start, end: middle });
            start = middle;
        }
    }
    spans.reverse();
    spans
}

/// The largest power of two smaller than `size` (for `size` above 1).
pub(crate) fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The root that `path` leads to from `leaf` at `index` in a tree of `size`; `None` when the path's
/// length does not fit (RFC 9162 §2.1.3.2).
pub(crate) fn root_of_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let spans = path_spans(index, size);
    if spans.len() != path.len() {
        return None;
    }
    let climb = |below: Hash, (span, beside): (&Span, &Hash)| match span.start > index {
        true => node_hash(&below, beside),
        false => node_hash(beside, &below),
    };
    Some(spans.iter().zip(path).fold(leaf, climb))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves, roots and paths published with Certificate Transparency's reference implementation.
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    const PATHS: [(u64, u64, &[&str]); 4] = [
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1,
            5,
            &[
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];

    fn leaves() -> Vec<Hash> {
        LEAVES.iter().map(|leaf| leaf_hash(&[], &hex::decode(leaf).unwrap())).collect()
    }

    /// RFC 6962 §2.1, word for word: the slow way.
    fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => fold(&[]),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(usize::try_from(split(many.len() as u64)).unwrap());
                node_hash(&root(left), &root(right))
            }
        }
    }

    fn path(leaves: &[Hash], leaf: u64) -> Vec<Hash> {
        let of = |span: Span| root(&leaves[usize::try_from(span.start).unwrap()..usize::try_from(span.end).unwrap()]);
        path_spans(leaf, leaves.len() as u64).into_iter().map(of).collect()
    }

    #[test]
    fn roots_are_those_of_the_published_vectors() {
        let mut frontier = Frontier::default();
        assert_eq!(hex::encode(frontier.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (leaf, expected) in leaves().into_iter().zip(ROOTS) {
            frontier.push(leaf);
            assert_eq!(hex::encode(frontier.root()), expected);
            assert_eq!(Frontier::read(frontier.size(), &frontier.stored()), Some(frontier.clone()));
        }
        assert_eq!(Frontier::read(7, &frontier.stored()), None);
    }

    #[test]
    fn paths_are_those_of_the_published_vectors() {
        for (leaf, size, expected) in PATHS {
            let leaves = &leaves()[..usize::try_from(size).unwrap()];
            let found: Vec<String> = path(leaves, leaf).iter().map(hex::encode).collect();
            assert_eq!(found, expected, "{leaf} of {size}");
        }
    }

    #[test]
    fn a_path_leads_to_the_root_for_its_own_leaf_and_place_only() {
        let leaves: Vec<Hash> = (0..70_u8).map(|n| leaf_hash(&[], &[n])).collect();
        for size in 1..=70_u64 {
            let leaves = &leaves[..usize::try_from(size).unwrap()];
            for (index, leaf) in (0..).zip(leaves) {
                let path = path(leaves, index);
                assert_eq!(root_of_path(*leaf, index, size, &path), Some(root(leaves)));
                assert_ne!(
                    root_of_path(*leaf, (index + 1) % size, size, &path),
                    Some(root(leaves)).filter(|_| size > 1)
                );
                assert_eq!(root_of_path(*leaf, size, size, &path), None);
                assert_eq!(root_of_path(*leaf, index, size, &[path, vec![*leaf]].concat()), None);
            }
        }
    }
}
