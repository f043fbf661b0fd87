//! Fine-tuning: quantization-aware training.

mod adam;
mod checkpoint;
mod learned;
mod options;
mod run;
mod state;

pub use checkpoint::Checkpoint;
pub use options::{TrainOptions, Variant};
pub use state::{EpochResult, TrainState};
