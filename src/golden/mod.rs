//! The golden model: what the network computes, in integers only, with no notion of tiling, packing or order.

mod activations;
mod arrange;
mod conv;
mod elementwise;
mod error;
mod exact;
mod layer;
mod pool;
mod run;

pub use activations::Activations;
pub use error::GoldenError;
pub use run::{run, run_batch};
