//! MLLP: messages over a stream, each between 0x0B and 0x1C 0x0D (HL7 v2.5 implementation guide,
//! appendix C; MLLP release 1).

pub mod client;
pub mod codec;
pub mod server;

pub use client::{Answer, ClientError, send};
pub use codec::{Decoder, Frame, FrameError, frame};
pub use server::{AllowList, Handler, Peer, ServerSettings, serve, serve_stream};
