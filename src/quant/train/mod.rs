//! Fine-tuning: quantization-aware training.

mod adam;
mod checkpoint;
mod epoch;
mod learned;
mod options;
mod run;
mod state;

pub use checkpoint::Checkpoint;
pub use epoch::EpochResult;
pub use options::{TrainOptions, Variant};
pub use state::TrainState;
