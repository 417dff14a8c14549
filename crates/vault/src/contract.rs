//! The contract suite: what every adapter of [`crate::ObjectStore`] must do.
