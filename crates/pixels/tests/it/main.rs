//! What the room promises, by its public door.
