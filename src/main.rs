//! The `rowsmith` binary.
fn main() {}
