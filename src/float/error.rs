//! What can go wrong in floating point.

use miette::Diagnostic;

use crate::numpy::ArrayError;

/// Why a graph could not be run, or samples not be read.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum FloatError {
    /// The tensor library gave up: out of memory, or a fault of ours.
    #[error("the tensor library failed: {0}")]
    #[diagnostic(
        code("RWS-F001"),
        help("if memory ran out, give fewer or smaller samples; otherwise please report this")
    )]
    Tensor(#[from] candle_core::Error),
    /// A file of samples cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Samples(#[from] ArrayError),
}

/// Result of this module.
pub type Result<T> = std::result::Result<T, FloatError>;
