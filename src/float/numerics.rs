//! Where callers can step in: values on their way through a graph.

use candle_core::Tensor;

use super::{Graph, Result, quantize_activation};
use crate::ir::TensorId;

/// Changes values on their way; the default leaves them as they are.
pub trait Numerics {
    /// A tensor as its readers get it. The default is the type that the file prescribes.
    fn tensor(&self, graph: &Graph, id: TensorId, value: Tensor) -> Result<Tensor> {
        match &graph.tensor(id).quant {
            Some(quant) => quantize_activation(&value, quant),
            None => Ok(value),
        }
    }

    /// One operand of a node.
    fn operand(&self, _graph: &Graph, _node: usize, _operand: usize, value: Tensor) -> Result<Tensor> {
        Ok(value)
    }

    /// The result of a node before its clip.
    fn result(&self, _graph: &Graph, _node: usize, value: Tensor) -> Result<Tensor> {
        Ok(value)
    }
}

/// The network as the file has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsIs;

impl Numerics for AsIs {}
