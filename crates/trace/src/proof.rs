use crate::LeafIndex;

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
