use crate::tree::{leaf_hash, root_of_path};
use crate::{LeafIndex, PublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// That an event stands in the log, for a stranger who holds the log's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The event's position.
    pub leaf: LeafIndex,
    /// The salt of the leaf.
    pub salt: [u8; 32],
    /// The event's canonical bytes.
    pub event: Vec<u8>,
    /// The inclusion path, from the leaf upwards (RFC 6962 §2.1.1).
    pub path: Vec<[u8; 32]>,
    /// The signed checkpoint the path leads to (C2SP `tlog-checkpoint`).
    pub checkpoint: String,
}

impl Proof {
    /// Whether `key` signed a checkpoint whose tree holds exactly this event at this place.
    pub fn holds(&self, key: &PublicKey) -> bool {
        let leaf = leaf_hash(&self.salt, &self.event);
        key.open(&self.checkpoint).is_some_and(|checkpoint| {
            root_of_path(leaf, self.leaf.0, checkpoint.size, &self.path) == Some(checkpoint.root)
        })
    }

    /// The text of a `.tlog-proof` file (C2SP `tlog-proof`); its extra data are salt then event.
    pub fn to_text(&self) -> String {
        let extra = STANDARD.encode([self.salt.as_slice(), &self.event].concat());
        let path: String = self.path.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
        format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {}\n{path}\n{}", self.leaf.0, self.checkpoint)
    }

    /// Reads such a text.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        if lines.next()? != "c2sp.org/tlog-proof@v1" {
            return None;
        }
        let extra = STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
        let (salt, event) = extra.split_first_chunk::<32>()?;
        let leaf = LeafIndex(lines.next()?.strip_prefix("index ")?.parse().ok()?);
        let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
        let path = lines.take(65).map(hash).collect::<Option<_>>()?;
        Some(Self { leaf, salt: *salt, event: event.to_vec(), path, checkpoint: checkpoint.into() })
    }
}
