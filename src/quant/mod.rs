//! The quantizer: from a float graph and a few samples to rows of mixed schemes.

mod activations;
mod assign;
mod classes;
mod columns;
mod compensate;
mod error;
mod error_metrics;
mod evaluate;
mod lower;
mod numerics;
mod pipeline;
mod rows;
mod scale;
mod sensitivity;
mod settings;
mod spec;
mod summary;
mod train;
mod transport;
mod weights;

pub use activations::{Calibration, act_error};
pub use assign::{Assignment, Evidence};
pub use classes::{RowClass, row_classes};
pub use error::{QuantError, Result};
pub use error_metrics::{ErrorSum, sqnr_db};
pub use evaluate::{Evaluation, compare, evaluate, float_outputs};
pub use lower::lower;
pub use numerics::OnGrid;
pub use pipeline::{Quantization, Quantizer, Trial};
pub use rows::{WeightClip, row_error};
pub use sensitivity::{eigenvalues, output_sensitivity};
pub use settings::{ActClip, Method, Settings};
pub use spec::{ActSpec, QuantizedGraph, QuantizedRows};
pub use summary::{ErrorShares, LayerSummary, RowSummary, SchemeSummary};
pub use train::{Checkpoint, EpochResult, TrainOptions, TrainState, Variant};
pub use transport::transport;
