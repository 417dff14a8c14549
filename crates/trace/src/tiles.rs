//! Full tiles as files: C2SP `tlog-tiles` paths, 256 hashes each. They are made from the rows and
//! can be made again; partial tiles are computed when asked for and never written.

use crate::note::write_file;
use crate::tree::{Hash, Span, fold, node_hash, split};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Hashes in a tile.
pub(crate) const WIDTH: u64 = 256;

/// The folder of tiles.
#[derive(Debug, Clone)]
pub(crate) struct Tiles {
    folder: PathBuf,
}

impl Tiles {
    pub(crate) fn new(data: &Path) -> Self {
        Self { folder: data.join("tile") }
    }

    /// `tile/<level>/<index>`, the index in groups of three digits, all but the last marked `x`.
    pub(crate) fn path(&self, level: u32, index: u64) -> PathBuf {
        let mut groups = vec![format!("{:03}", index % 1000)];
        let mut rest = index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        let mut path = self.folder.join(level.to_string());
        path.extend(groups.into_iter().rev());
        path
    }

    /// A full tile; `None` when it is not there or not of the right length.
    pub(crate) fn read(&self, level: u32, index: u64) -> io::Result<Option<Vec<Hash>>> {
        match fs::read(self.path(level, index)) {
            Ok(bytes) => {
                let (hashes, rest) = bytes.as_chunks::<32>();
                let full = rest.is_empty() && hashes.len() as u64 == WIDTH;
                Ok(full.then(|| hashes.to_vec()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn write(&self, level: u32, index: u64, hashes: &[Hash]) -> io::Result<()> {
        let path = self.path(level, index);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        write_file(&path, &hashes.concat(), 0o600)
    }

    /// How many tiles of `level` stand at the front of a tree of `size`, looking from its end.
    pub(crate) fn written(&self, level: u32, size: u64) -> io::Result<u64> {
        let mut count = full(level, size);
        while count > 0 && self.read(level, count - 1)?.is_none() {
            count -= 1;
        }
        Ok(count)
    }

    /// Writes the tiles above level 0 that are missing for a tree of `size`.
    pub(crate) fn write_upper(&self, size: u64) -> io::Result<()> {
        for level in 1..8 {
            for index in self.written(level, size)?..full(level, size) {
                let lower = (index * WIDTH..(index + 1) * WIDTH).map(|below| {
                    let tile = self.read(level - 1, below)?;
                    tile.map(|tile| fold(&tile)).ok_or_else(|| io::Error::other("a lower tile is missing"))
                });
                self.write(level, index, &lower.collect::<io::Result<Vec<_>>>()?)?;
            }
        }
        Ok(())
    }

    /// The root of a span of leaves: from tiles where they are full, from `tail` (the leaves from
    /// `tail_start` on) for the rest.
    pub(crate) fn root(&self, span: Span, tail: &[Hash], tail_start: u64) -> io::Result<Hash> {
        let Span { start, end } = span;
        let width = end - start;
        if width == 1 && start >= tail_start {
            let leaf = usize::try_from(start - tail_start).ok().and_then(|place| tail.get(place));
            return leaf.copied().ok_or_else(|| io::Error::other("a leaf is missing"));
        }
        let perfect = width.is_power_of_two() && start.is_multiple_of(width);
        if perfect && let Some(hashes) = self.covering(start, width)? {
            return Ok(fold(&hashes));
        }
        if width == 1 {
            return Err(io::Error::other("a tile is missing"));
        }
        let middle = start + split(width);
        let left = self.root(Span { start, end: middle }, tail, tail_start)?;
        let right = self.root(Span { start: middle, end }, tail, tail_start)?;
        Ok(node_hash(&left, &right))
    }

    /// The hashes, in one tile, whose fold is the root of a perfect span.
    fn covering(&self, start: u64, width: u64) -> io::Result<Option<Vec<Hash>>> {
        let level = width.ilog2() / 8;
        let unit = 1 << (8 * level);
        let (first, count) = (start / unit, width / unit);
        let Some(tile) = self.read(level, first / WIDTH)? else { return Ok(None) };
        let from = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        Ok(tile.get(from..).map(|rest| rest.iter().take(usize::try_from(count).unwrap_or(0)).copied().collect()))
    }
}

/// Number of full tiles of `level` in a tree of `size` leaves.
pub(crate) fn full(level: u32, size: u64) -> u64 {
    size.checked_shr(8 * (level + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Frontier, leaf_hash};

    #[test]
    fn paths_are_those_of_tlog_tiles() {
        let tiles = Tiles::new(Path::new("d"));
        assert_eq!(tiles.path(0, 0), Path::new("d/tile/0/000"));
        assert_eq!(tiles.path(1, 67), Path::new("d/tile/1/067"));
        assert_eq!(tiles.path(0, 1_234_067), Path::new("d/tile/0/x001/x234/067"));
        assert_eq!(tiles.path(0, 1_000), Path::new("d/tile/0/x001/000"));
    }

    #[test]
    fn the_root_of_any_front_of_the_tree_comes_from_tiles_and_a_tail() {
        let folder = tempfile::tempdir().unwrap();
        let tiles = Tiles::new(folder.path());
        let leaves: Vec<Hash> = (0..66_000_u32).map(|n| leaf_hash(&[], &n.to_le_bytes())).collect();
        for (index, hashes) in (0..).zip(leaves.chunks_exact(256)) {
            tiles.write(0, index, hashes).unwrap();
        }
        tiles.write_upper(66_000).unwrap();
        assert!(tiles.path(1, 0).exists(), "65,536 leaves fill one tile of level 1");
        let mut frontier = Frontier::default();
        for (size, leaf) in (1..).zip(&leaves) {
            frontier.push(*leaf);
            if matches!(size, 1 | 2 | 255..=257 | 511..=513 | 65_535..=65_537 | 66_000) {
                let tail_start = size / 256 * 256;
                let tail = &leaves[usize::try_from(tail_start).unwrap()..usize::try_from(size).unwrap()];
                let root = tiles.root(Span { start: 0, end: size }, tail, tail_start).unwrap();
                assert_eq!(root, frontier.root(), "{size}");
            }
        }
    }
}
