//! HL7 v2 as hospitals speak it: framing (MLLP), segments, messages in and out, acknowledgements.
//!
//! This room must not know any other room, a database or the disk; what parses bytes must not know
//! sockets either. It says what a message tells, never what to do about it.
//!
//! Bytes become a [`Message`] (bounded, any character set, custom delimiters), which becomes a typed
//! [`Event`]: a patient, a merge, orders or reports. The answer is an [`Ack`], rendered in the sender's
//! own character set. Over TCP, [`mllp::server`] does the framing and calls a [`mllp::Handler`].
//!
//! Start with [`Message::parse`], then [`Event::read`].

pub mod ack;
pub mod build;
pub mod cda;
pub mod charset;
pub mod event;
pub mod message;
pub mod mllp;
pub mod types;

pub use ack::{Ack, AckCode};
pub use charset::Charset;
pub use event::{Event, EventError};
pub use message::{Limits, Message, ParseError};
