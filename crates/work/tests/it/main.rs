//! The jobs on a real database file.

mod jobs;
