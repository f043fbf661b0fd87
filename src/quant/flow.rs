//! Tensors without types of their own: those that inherit one, and those that are part of another node.

use super::spec::ActSpec;
use crate::float::{Clip, Graph, Op, Values};
use crate::ir::TensorId;

/// Whether the node before a tensor passes its input's type on.
pub fn inherits(graph: &Graph, id: TensorId) -> bool {
    let picks = |op: &Op| op.facts().values == Values::Picked;
    id.0 > 0 && picks(&graph.nodes[id.0 - 1].op) && graph.tensor(id).quant.is_none()
}

/// The leaky rectifier that is part of the convolution before a tensor, its only reader.
pub fn hidden(graph: &Graph, id: TensorId) -> Option<usize> {
    let plain = graph.tensor(id).quant.is_none() && id != graph.output && clip_before(graph, id.0) == Clip::NONE;
    let is_conv = matches!(graph.nodes.get(id.0.checked_sub(1)?)?.op, Op::Conv(_));
    let mut readers = graph.consumers(id);
    match (readers.next(), readers.next()) {
        (Some(reader), None) if plain && is_conv => {
            matches!(graph.nodes[reader].op, Op::LeakyRelu(slope) if slope >= 0.0).then_some(reader)
        }
        _ => None,
    }
}

/// Hidden tensors stand for the results of the rectifiers behind them.
pub fn own_types_of_hidden(graph: &Graph, specs: &mut [ActSpec]) {
    for id in 0..specs.len() {
        if let Some(reader) = hidden(graph, TensorId(id)) {
            specs[id] = specs[graph.nodes[reader].output.0];
        }
    }
}

/// The limits of the node that makes a tensor.
pub fn clip_before(graph: &Graph, id: usize) -> Clip {
    id.checked_sub(1).map_or(Clip::NONE, |node| graph.nodes[node].clip)
}
