//! The network in floating point: graph, samples, execution with gradients.

mod error;
mod exec;
mod fake;
mod graph;
mod params;
mod samples;
mod window;

pub use crate::ir::HostFunction;
pub use error::{FloatError, Result};
pub use exec::{AsIs, Executor, Numerics};
pub use fake::{Steps, quantize_activation, round_in_steps, straight_through};
pub use graph::{ActQuant, Clip, Conv, Graph, Node, Op, Rounding, Tensor, WeightQuant};
pub use params::{ConvParams, Params};
pub use samples::Samples;
