//! exam.
