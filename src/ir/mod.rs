//! Intermediate representation: the quantized network as a graph of integer tensors and operators.

mod host;
mod network;
mod op;
mod shape;

pub use host::{Host, HostFunction, InputRounding, Layout, OutputSteps};
pub use network::{ActType, Layer, LayerId, Network, Tensor, TensorId};
pub use op::{Average, Conv, Last, Negative, Op, Padding, Requant, Rounding, RowMatrix, Window};
pub use shape::Shape;
