//! Styles and scripts, embedded.
