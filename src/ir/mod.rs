//! Intermediate representation: the quantized network as a graph of integer tensors and operators.

mod host;
mod network;
mod op;

pub use host::{Host, HostFunction, InputRounding, Layout, OutputSteps};
pub use network::{ActType, Layer, LayerId, Network, Shape, Tensor, TensorId};
pub use op::{Average, Conv, Last, Negative, Op, Padding, Requant, Rounding, RowMatrix, Window};
