//! negatoscope.
fn main() {}
