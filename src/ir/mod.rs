//! Intermediate representation: the quantized network as a graph of integer tensors and operators.

mod network;
mod op;

pub use network::{ActType, Layer, LayerId, Network, Shape, Tensor, TensorId};
pub use op::{Conv, Op, Padding, Requant, RowMatrix, Window};
