//! Fine-tuning: quantization-aware training.

mod adam;
mod learned;
mod options;
mod run;
mod state;

pub use options::{TrainOptions, Variant};
pub use state::{EpochResult, TrainState};
