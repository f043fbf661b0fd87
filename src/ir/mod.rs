//! Intermediate representation: the quantized network as a graph of integer tensors and operators, and the checks that make it one.

mod check;
mod fault;
mod frame;
mod host;
mod keywords;
pub(crate) mod limits;
mod names;
mod network;
mod op;
mod part;
mod shape;

pub use check::{Invalid, Place, check};
pub(crate) use check::{check_host, check_names, check_operands, check_used};
pub use fault::Fault;
pub use host::{Host, HostFunction, InputRounding, Layout, OutputSteps};
pub(crate) use names::{escaped, is_identifier, is_name};
pub use network::{ActType, Layer, LayerId, Network, Tensor, TensorId};
pub use op::{Average, Conv, Last, Negative, Op, OpFacts, Padding, Requant, Rounding, RowMatrix, Window};
pub use shape::Shape;
