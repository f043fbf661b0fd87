//! The network in floating point: graph, samples, execution with gradients.

mod error;
mod exec;
mod fake;
mod graph;
mod numerics;
mod ops;
mod params;
mod samples;
mod site;

pub use crate::ir::HostFunction;
pub use error::{FloatError, Result};
pub use exec::Executor;
pub use fake::{Steps, quantize_activation, round_in_steps, straight_through};
pub use graph::{ActQuant, Clip, Graph, Node, Rounding, Tensor};
pub use numerics::{AsIs, Numerics};
pub use ops::{Conv, ConvParams, Facts, Op, Scaling, Values, WeightQuant};
pub use params::Params;
pub use samples::Samples;
