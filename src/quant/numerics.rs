//! The quantized network in floating point: every tensor on its grid.

use candle_core::Tensor;

use super::activations::inherits;
use super::spec::ActSpec;
use crate::float::{Graph, Numerics, Op, Result, straight_through};
use crate::ir::TensorId;

/// Rounds every tensor to its type, as the integer network does; gradients pass straight through.
#[derive(Clone, Copy, Debug)]
pub struct OnGrid<'a>(pub &'a [ActSpec]);

impl Numerics for OnGrid<'_> {
    fn tensor(&self, graph: &Graph, id: TensorId, value: Tensor) -> Result<Tensor> {
        if inherits(graph, id) {
            return Ok(value);
        }
        let spec = &self.0[id.0];
        let grid = ((value - spec.offset)? / spec.scale)?;
        let limited = grid.clamp(f64::from(spec.act.lo), f64::from(spec.act.hi))?;
        let rounded = if spec.floor { limited.floor()? } else { (&limited + 0.5)?.floor()? };
        let rounded = rounded.clamp(f64::from(spec.act.lo), f64::from(spec.act.hi))?;
        Ok(straight_through(&limited, &rounded)?.affine(spec.scale, spec.offset)?)
    }

    fn operand(&self, graph: &Graph, node: usize, _operand: usize, value: Tensor) -> Result<Tensor> {
        let node = &graph.nodes[node];
        if !matches!(node.op, Op::Add | Op::Concat) {
            return Ok(value);
        }
        let scale = self.0[node.output.0].scale;
        let grid = (value / scale)?;
        let rounded = (&grid + 0.5)?.floor()?;
        Ok((straight_through(&grid, &rounded)? * scale)?)
    }
}
