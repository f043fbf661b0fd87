//! Every operator in integers: one file for each family, and the one place that tells them apart.

mod conv;
mod join;
mod pointwise;
mod pool;

use super::error::{QuantError, Result};
use super::fit::{Lowering, unsupported};
use super::grid::{BITS, Grid, Span};
use super::spec::{ActSpec, QuantizedGraph};
use crate::float::{Clip, Graph, Node, Op};
use crate::ir::{self, Shape};

/// Where requantizations round an operator's numbers; convolutions choose the scales of their rows instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rescaled {
    /// Nowhere, or at the scales of rows.
    No,
    /// Every operand by itself.
    Operands,
    /// Every operand by itself, but once together where the type of the result is prescribed.
    Sum,
    /// The result, which is a sum over so many.
    Result(usize),
}

/// What the choice of types asks of an operator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    /// Operands that come from no rectifier are as wide as the network's ends.
    pub wide_operands: bool,
    /// Results are.
    pub wide_result: bool,
    /// Where numbers are rounded on the way.
    pub rescaled: Rescaled,
}

/// The habits of an operator.
pub(super) fn habits(op: &Op) -> Habits {
    let of = |wide_operands, wide_result, rescaled| Habits { wide_operands, wide_result, rescaled };
    match op {
        Op::Conv(_) | Op::MaxPool(_) | Op::Upsample(_) | Op::Flatten => of(false, false, Rescaled::No),
        Op::AvgPool { window, .. } => of(false, true, Rescaled::Result(window.kernel[0] * window.kernel[1])),
        Op::Add => of(true, false, Rescaled::Sum),
        Op::Concat => of(false, false, Rescaled::Operands),
        Op::LeakyRelu(_) => of(true, false, Rescaled::No),
        Op::Identity => of(false, false, Rescaled::Result(1)),
    }
}

/// The grid of a result without a type of its own, from the grids of its operands: as it is, or as single precision has it.
pub(super) fn grid(graph: &Graph, node: usize, known: &[Option<Grid>]) -> Option<Grid> {
    let Node { op, clip, inputs, output, .. } = &graph.nodes[node];
    let known: Vec<Grid> = known.iter().copied().collect::<Option<_>>()?;
    let shapes = [inputs[0], *output].map(|id| graph.tensor(id).shape);
    let exact = exact(op, &known, shapes).and_then(|grid| grid.clipped(*clip)).filter(|grid| grid.bits() <= BITS);
    exact.or_else(|| fine(op, &known, *clip))
}

/// The coarsest grid that has every result.
fn exact(op: &Op, known: &[Grid], shapes: [Shape; 2]) -> Option<Grid> {
    let first = *known.first()?;
    match op {
        Op::Conv(conv) => conv::exact(conv, first),
        Op::Add => join::exact_sum(known),
        Op::Concat => join::exact_concat(known),
        Op::AvgPool { window, count_padding } => pool::exact(window, *count_padding, shapes, first),
        Op::LeakyRelu(slope) => pointwise::exact_leaky(*slope, first),
        Op::MaxPool(_) | Op::Upsample(_) | Op::Flatten | Op::Identity => Some(first),
    }
}

/// A grid for results that have none in common.
fn fine(op: &Op, known: &[Grid], clip: Clip) -> Option<Grid> {
    let first = *known.first()?;
    let span = match op {
        Op::Conv(conv) => conv::span(conv, first)?,
        Op::Add => join::span_of_sum(known),
        Op::Concat => join::span_of_concat(known),
        Op::AvgPool { .. } => pool::span(first),
        Op::LeakyRelu(slope) if *slope >= 0.0 => pointwise::span_of_leaky(*slope, first),
        Op::Identity => Span { limits: first.limits(), coarsest: first.unit },
        Op::LeakyRelu(_) | Op::MaxPool(_) | Op::Upsample(_) | Op::Flatten => return None,
    };
    Grid::fine(span, clip)
}

/// The layer that a node becomes, together with the nodes from `first` up to it.
pub(super) fn lower(quantized: &QuantizedGraph, first: usize, last: usize) -> Result<Lowering> {
    let graph = quantized.graph;
    let (op, node) = (&graph.nodes[first].op, &graph.nodes[last]);
    let output = &quantized.acts[node.output.0];
    let operands: Vec<&ActSpec> = graph.nodes[first].inputs.iter().map(|id| &quantized.acts[id.0]).collect();
    let input = operands[0];
    let unchanged = |op: ir::Op| Lowering::unchanged(op, input, output);
    Ok(match op {
        Op::Conv(conv) => {
            let rows = quantized.rows[first].as_ref().ok_or(QuantError::NoWeights)?;
            let slope = if let Op::LeakyRelu(slope) = node.op { Some(slope) } else { None };
            conv::lower(node, conv, slope, rows, input, output)?
        }
        Op::MaxPool(_) if graph.tensor(node.output).quant.is_some() => {
            return Err(unsupported(node, "a prescribed type after max pooling"));
        }
        Op::MaxPool(window) => unchanged(ir::Op::MaxPool(*window)),
        Op::AvgPool { window, count_padding } => {
            let shapes = [node.inputs[0], node.output].map(|id| graph.tensor(id).shape);
            pool::average(node, (*window, shapes), *count_padding, input, output)?
        }
        Op::Add => join::add([operands[0], operands[1]], output),
        Op::Concat => join::concat(&operands, output),
        Op::LeakyRelu(slope) => pointwise::leaky(node, *slope, input, output)?,
        Op::Upsample(factor) => unchanged(ir::Op::Upsample(*factor)),
        Op::Flatten => unchanged(ir::Op::Flatten),
        Op::Identity => pointwise::identity(input, output),
    })
}
