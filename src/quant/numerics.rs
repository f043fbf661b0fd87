//! The quantized network in floating point: every tensor on its grid.

use candle_core::Tensor;

use super::fit::fine_bits;
use super::flow::{hidden, inherits};
use super::ops::{self, Rescaled};
use super::scale::mantissa;
use super::spec::ActSpec;
use crate::float::{Graph, Node, Numerics, Result, Steps, round_in_steps, straight_through};
use crate::ir::TensorId;

/// Integers half way between two steps go up, and so does what single precision finds this close below.
const TIE: f64 = 1.0 / 16384.0;

/// Rounds every tensor to its type, as the integer network does; gradients pass straight through.
#[derive(Clone, Copy, Debug)]
pub struct OnGrid<'a>(pub &'a [ActSpec]);

impl Numerics for OnGrid<'_> {
    fn tensor(&self, graph: &Graph, id: TensorId, value: Tensor) -> Result<Tensor> {
        if inherits(graph, id) || hidden(graph, id).is_some() {
            return Ok(value);
        }
        let spec = &self.0[id.0];
        let limits = [spec.act.lo, spec.act.hi].map(|limit| f64::from(limit - spec.base()));
        let ActSpec { scale, origin, rounding, dropped, .. } = *spec;
        let as_found = spec.prescribed || spec.kept || id == TensorId(0);
        let value = if as_found { value } else { (value + scale * TIE)? };
        round_in_steps(&value, &Steps { scale, origin, limits, rounding, dropped })
    }

    fn operand(&self, graph: &Graph, node: usize, operand: usize, value: Tensor) -> Result<Tensor> {
        let node = &graph.nodes[node];
        let output = &self.0[node.output.0];
        let by_itself = match ops::habits(&node.op).rescaled {
            Rescaled::Operands => true,
            Rescaled::Sum => !output.prescribed,
            Rescaled::No | Rescaled::Result(_) => false,
        };
        if !by_itself || self.keeps(node) {
            return Ok(value);
        }
        let (input, scale) = (&self.0[node.inputs[operand].0], output.scale);
        let grid = (value * (fitted(input.scale / scale, output) / scale))?;
        let rounded = (&grid + (0.5 + TIE))?.floor()?;
        Ok((straight_through(&grid, &rounded)? * scale)?)
    }

    fn result(&self, graph: &Graph, node: usize, value: Tensor) -> Result<Tensor> {
        let node = &graph.nodes[node];
        let Rescaled::Result(parts) = ops::habits(&node.op).rescaled else { return Ok(value) };
        let (input, output) = (&self.0[node.inputs[0].0], &self.0[node.output.0]);
        if self.keeps(node) {
            return Ok(value);
        }
        Ok((value * fitted(input.scale / (parts as f64 * output.scale), output))?)
    }
}

impl OnGrid<'_> {
    /// Whether a node's result is exactly that of the file.
    fn keeps(&self, node: &Node) -> bool {
        self.0[node.output.0].kept && node.inputs.iter().all(|id| self.0[id.0].kept)
    }
}

/// The ratio that requantization has for an add, an average or a concatenation, as a share of the exact one.
fn fitted(ratio: f64, output: &ActSpec) -> f64 {
    let (mul, shift) = mantissa(ratio, fine_bits(output));
    mul as f64 / f64::from(shift).exp2() / ratio
}
