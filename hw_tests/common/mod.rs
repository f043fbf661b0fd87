//! What the tool tests share.

mod toy;

pub use toy::{Toy, tool};
