//! The network in floating point: graph, execution, gradients.

mod graph;

pub use graph::{ActQuant, Clip, Conv, Graph, Host, HostFunction, Layout, Node, Op, Rounding, Tensor, WeightQuant};
