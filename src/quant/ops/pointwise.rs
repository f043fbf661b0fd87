//! Operators that work value by value: leaky rectifiers, other types.

use crate::float;
use crate::ir::{Average, Op, Padding, Window};
use crate::quant::Result;
use crate::quant::fit::{Lowering, fine_bits, fit, line, unsupported};
use crate::quant::grid::{Grid, Span, common, multiple};
use crate::quant::line::{Fitted, Line, Then};
use crate::quant::spec::ActSpec;

/// The grid of both halves.
pub(super) fn exact_leaky(slope: f32, first: Grid) -> Option<Grid> {
    let slope = f64::from(slope);
    let unit = common([first.unit, first.unit * slope].into_iter().filter(|unit| *unit > 0.0))?;
    let below = multiple(first.unit * slope, unit)?;
    Some(Grid { unit, low: first.low.min(0) * below, high: first.high.max(0) * multiple(first.unit, unit)? })
}

/// Values of both halves.
pub(super) fn span_of_leaky(slope: f32, first: Grid) -> Span {
    let [low, high] = first.limits();
    let below = low.min(0.0) * f64::from(slope);
    Span { limits: [below, high.max(0.0)], coarsest: first.unit * f64::from(slope.max(1.0)) }
}

/// A leaky rectifier by itself.
pub(super) fn leaky(node: &float::Node, slope: f32, input: &ActSpec, output: &ActSpec) -> Result<Lowering> {
    if slope < 0.0 {
        return Err(unsupported(node, "a leaky rectifier with a negative slope"));
    }
    if !input.has_zero() {
        return Err(unsupported(node, "a leaky rectifier of a tensor in which no integer stands for 0"));
    }
    let kept = input.kept && output.kept;
    let [low, high] = [input.act.lo, input.act.hi].map(i64::from);
    let zero = i64::from(input.zero_point).clamp(low, high);
    let side = |range: [i64; 2], then: Then| Line { range, ..line(input, then, output) };
    let sides = [side([zero, high], Then::Nothing), side([low, zero.max(low + 1) - 1], Then::Times(slope))];
    let Fitted { requants, last, exact } = fit(&sides, kept, fine_bits(output));
    let op = Op::LeakyRelu([requants[0], requants[1]]);
    Ok(Lowering { op, last, exact: kept.then_some(exact) })
}

/// Another type: only limits where the grid is the same, otherwise an average of one pixel.
pub(super) fn identity(input: &ActSpec, output: &ActSpec) -> Lowering {
    if same_grid(input, output) {
        return Lowering::unchanged(Op::Clamp, input, output);
    }
    let pixel = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let kept = input.kept && output.kept;
    let Fitted { requants, last, exact } = fit(&[line(input, Then::Nothing, output)], kept, fine_bits(output));
    Lowering { op: Op::AvgPool(pixel, Average::Window(requants[0])), last, exact: kept.then_some(exact) }
}

fn same_grid(a: &ActSpec, b: &ActSpec) -> bool {
    let near = |x: f64, y: f64| (x - y).abs() <= 1e-12 * a.scale;
    near(a.scale, b.scale) && near(a.offset, b.offset)
}
