//! phantom.
