//! The words and the rules of the trade: identifiers, codes, classes of exams, policy rows, retention
//! verdicts with their reasons, life cycles, and who an exam belongs to.
//!
//! This room must not know the clock, the disk, the network, a database, HTTP or async: a legal rule
//! must be provable from a table of cases, so `now` is a parameter and every rule is a pure function.
//!
//! Facts go in (plain data that another room stores), a verdict with its reasons comes out, and nothing
//! is remembered: a verdict is computed each time it is needed, and a decision on who may see what names the
//! statement or the default it rests on.
//!
//! Start with [`policy`], then [`retention`]; who an exam belongs to is [`identity::resolve`], who may see it
//! [`rights::decide`].

pub mod class;
pub mod code;
pub mod dates;
pub mod identity;
pub mod ids;
pub mod lifecycle;
pub mod number;
pub mod partner;
pub mod policy;
pub mod requests;
pub mod retention;
pub mod rights;

pub use class::{ClassFacts, ClassReason, ExamClass, classify};
pub use code::{AccessCode, CodeError, QrToken};
pub use dates::{BirthDate, Zone};
pub use number::{ExamNumber, NumberError};
