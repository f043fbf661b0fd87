//! Why a network cannot be quantized.

use std::path::PathBuf;

use miette::Diagnostic;

use crate::files::FileError;
use crate::float::FloatError;
use crate::golden::GoldenError;
use crate::ir::Invalid;

/// A refusal of the quantizer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum QuantError {
    /// The float network could not be run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Float(#[from] FloatError),
    /// There is something that integers cannot express.
    #[error("node `{node}`: {cause}")]
    #[diagnostic(code("RWS-Q001"), help("{help}"))]
    Unsupported {
        /// The node.
        node: String,
        /// Why not.
        cause: String,
        /// What to do.
        help: &'static str,
    },
    /// The network has no weights.
    #[error("the network has no convolution or dense layer to quantize")]
    #[diagnostic(code("RWS-Q002"), help("quantize a network with weights"))]
    NoWeights,
    /// The settings contradict each other.
    #[error("{0}")]
    #[diagnostic(code("RWS-Q003"), help("see `rowsmith quantize --help`"))]
    Settings(String),
    /// A training state cannot be used or written.
    #[error("{}: {cause}", path.display())]
    #[diagnostic(code("RWS-Q004"), help("remove the file to restart the training, or name another one"))]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A training ran away.
    #[error("the training diverged in epoch {epoch}: its loss is {loss}, after {first} in the first epoch")]
    #[diagnostic(code("RWS-Q005"), help("lower --rate; nothing was written, and the training state was removed"))]
    Diverged {
        /// Epoch, counted from 1.
        epoch: usize,
        /// Its mean loss.
        loss: f64,
        /// That of the first epoch.
        first: f64,
    },
    /// An output cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileError),
    /// The integer network is none.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Network(#[from] Invalid),
    /// The golden model refused an input of its own network.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Golden(#[from] GoldenError),
}

impl From<candle_core::Error> for QuantError {
    fn from(error: candle_core::Error) -> Self {
        Self::Float(error.into())
    }
}

/// Result of this module.
pub type Result<T> = std::result::Result<T, QuantError>;
