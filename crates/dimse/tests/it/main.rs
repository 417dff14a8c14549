//! The suite of this room.
