//! Protocol data units (PS3.8 §9.3): frames, association PDUs, P-DATA.
//!
//! Association PDUs go through `dicom-ul`, always strict and under our own maximum; P-DATA, which is nearly
//! all there is, is cut by [`data`] without copying.

pub mod association;
pub mod data;

use bytes::{Buf, Bytes, BytesMut};

/// Type, reserved byte, length (PS3.8 §9.3.1).
pub const HEADER_BYTES: usize = 6;

/// The longest association PDU we read, in bytes: 128 contexts with forty transfer syntaxes each fit.
pub const MAX_ASSOCIATION_PDU_BYTES: u32 = 256 * 1024;

/// The kinds of PS3.8 §9.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 01.
    AssociateRequest,
    /// 02.
    AssociateAccept,
    /// 03.
    AssociateReject,
    /// 04.
    Data,
    /// 05.
    ReleaseRequest,
    /// 06.
    ReleaseResponse,
    /// 07.
    Abort,
}

impl Kind {
    /// The kind of a type byte.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::AssociateRequest,
            2 => Self::AssociateAccept,
            3 => Self::AssociateReject,
            4 => Self::Data,
            5 => Self::ReleaseRequest,
            6 => Self::ReleaseResponse,
            7 => Self::Abort,
            _ => return None,
        })
    }
}

/// A whole PDU whose length was within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// What follows its header.
    pub body: Bytes,
}

/// What the front of a buffer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// A whole PDU, taken out of the buffer.
    Whole(Frame),
    /// Not yet a whole one: the buffer must hold so many bytes for the next attempt to do better.
    Needs(usize),
    /// A PDU of an unknown kind or a length out of bounds. The stream cannot be read on from here.
    Invalid(&'static str),
}

/// Takes the next PDU from the front of `buffer`; `max_data` bounds P-DATA, in bytes after the header.
///
/// Never asks for more than the bound of the kind, whatever length is declared: a declared length of 4 GiB
/// is refused at its sixth byte (A05).
pub fn cut(buffer: &mut BytesMut, max_data: u32) -> Cut {
    let Some(&[kind, _, a, b, c, d]) = buffer.first_chunk::<HEADER_BYTES>() else {
        return Cut::Needs(HEADER_BYTES);
    };
    let Some(kind) = Kind::from_byte(kind) else {
        return Cut::Invalid("unknown PDU type");
    };
    let length = u32::from_be_bytes([a, b, c, d]);
    let (least, most) = match kind {
        Kind::AssociateRequest | Kind::AssociateAccept => (68, MAX_ASSOCIATION_PDU_BYTES),
        Kind::AssociateReject | Kind::ReleaseRequest | Kind::ReleaseResponse | Kind::Abort => (4, 4),
        Kind::Data => (6, max_data),
    };
    if length < least || length > most {
        return Cut::Invalid("PDU length out of bounds");
    }
    let whole = HEADER_BYTES + length as usize;
    if buffer.len() < whole {
        return Cut::Needs(whole);
    }
    let mut pdu = buffer.split_to(whole).freeze();
    pdu.advance(HEADER_BYTES);
    Cut::Whole(Frame { kind, body: pdu })
}

/// A-RELEASE-RQ (PS3.8 §9.3.6).
pub const RELEASE_REQUEST: [u8; 10] = [5, 0, 0, 0, 0, 4, 0, 0, 0, 0];
/// A-RELEASE-RP (PS3.8 §9.3.7).
pub const RELEASE_RESPONSE: [u8; 10] = [6, 0, 0, 0, 0, 4, 0, 0, 0, 0];

/// Why a provider aborts (PS3.8 table 9-26).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortReason {
    /// 0.
    NotSpecified = 0,
    /// 1: unrecognized PDU.
    UnrecognizedPdu = 1,
    /// 2: unexpected PDU.
    UnexpectedPdu = 2,
    /// 6: invalid PDU parameter value.
    InvalidParameter = 6,
}

/// A-ABORT (PS3.8 §9.3.8): from the provider with a reason, or from the user.
pub fn abort(by_provider: Option<AbortReason>) -> [u8; 10] {
    match by_provider {
        Some(reason) => [7, 0, 0, 0, 0, 4, 0, 0, 2, reason as u8],
        None => [7, 0, 0, 0, 0, 4, 0, 0, 0, 0],
    }
}

/// A-ASSOCIATE-RJ (PS3.8 §9.3.4) with result, source and reason of its table 9-21.
pub fn reject(result: u8, source: u8, reason: u8) -> [u8; 10] {
    [3, 0, 0, 0, 0, 4, 0, result, source, reason]
}
