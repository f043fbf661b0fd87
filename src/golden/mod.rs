//! The golden model: what the network computes, in integers only, with no notion of tiling, packing or order.

mod activations;
mod error;
mod exact;
mod ops;
mod run;

pub use activations::Activations;
pub use error::GoldenError;
pub use run::{run, run_batch};
