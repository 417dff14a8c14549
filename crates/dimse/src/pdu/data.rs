//! P-DATA-TF (PS3.8 §9.3.5): presentation data values cut from a PDU without copying, and written.

use bytes::{Buf, Bytes};

/// One presentation data value (PS3.8 §9.3.5.1, annex E).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdv {
    /// The presentation context.
    pub context_id: u8,
    /// Whether it is a fragment of a command, not of a data set.
    pub is_command: bool,
    /// Whether it is the last fragment.
    pub is_last: bool,
    /// The fragment; shares the memory of the PDU.
    pub data: Bytes,
}

/// Why a P-DATA-TF is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadData {
    /// No presentation data value at all.
    #[error("P-DATA without a value")]
    Empty,
    /// Bytes left that cannot hold a value's header.
    #[error("P-DATA with bytes left over")]
    LeftOver,
    /// A value shorter than its own header or longer than the PDU.
    #[error("P-DATA value length out of bounds")]
    Length,
}

/// Item length, context id, message control header.
pub const PDV_HEADER_BYTES: usize = 6;

/// Takes the next value from the front of `body`, the content of a P-DATA-TF.
///
/// # Errors
/// [`BadData`]; nothing is allocated whatever length is declared (A06).
pub fn next_pdv(body: &mut Bytes) -> Result<Pdv, BadData> {
    let Some(&[a, b, c, d, context_id, control]) = body.first_chunk::<PDV_HEADER_BYTES>() else {
        return Err(if body.is_empty() { BadData::Empty } else { BadData::LeftOver });
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    let after_length = body.len() - 4;
    if length < 2 || length > after_length {
        return Err(BadData::Length);
    }
    body.advance(PDV_HEADER_BYTES);
    let data = body.split_to(length - 2);
    Ok(Pdv { context_id, is_command: control & 1 != 0, is_last: control & 2 != 0, data })
}

/// The headers of a P-DATA-TF that holds one value of `length` bytes: the value follows them.
pub fn single_value_header(context_id: u8, is_command: bool, is_last: bool, length: u32) -> [u8; 12] {
    let control = u8::from(is_command) | (u8::from(is_last) << 1);
    let [p0, p1, p2, p3] = length.saturating_add(PDV_HEADER_BYTES as u32).to_be_bytes();
    let [v0, v1, v2, v3] = length.saturating_add(2).to_be_bytes();
    [4, 0, p0, p1, p2, p3, v0, v1, v2, v3, context_id, control]
}

/// The longest value that a peer takes in one PDU, even as PS3.8 annex E wants it: `peer_max` is its
/// announced maximum, 0 for none (PS3.8 §D.1.1), `own_max` what we would send at most.
pub fn value_bytes(peer_max: u32, own_max: u32) -> usize {
    let limit = if peer_max == 0 { own_max } else { peer_max.min(own_max) };
    (limit as usize).saturating_sub(PDV_HEADER_BYTES).max(2) & !1
}
