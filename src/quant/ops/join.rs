//! Sums of two tensors, and tensors side by side.

use crate::float;
use crate::ir::{Last, Op, Requant, Rounding};
use crate::quant::exact::{LONG_BITS, MUL_BITS, Pair, pair};
use crate::quant::fit::{Lowering, fine_bits, fit, line, steps_to_zero};
use crate::quant::grid::{Grid, Span, common, largest, multiple, multiple_of};
use crate::quant::line::{Fitted, Line, NEAR_BITS, Then, many_results};
use crate::quant::scale::requant;
use crate::quant::spec::ActSpec;

/// The grid of all sums.
pub(super) fn exact_sum(known: &[Grid]) -> Option<Grid> {
    let (unit, [low, high]) = on_common(known)?;
    Some(Grid { unit, low: low.iter().sum(), high: high.iter().sum() })
}

/// The grid of all operands.
pub(super) fn exact_concat(known: &[Grid]) -> Option<Grid> {
    let (unit, [low, high]) = on_common(known)?;
    Some(Grid { unit, low: low.into_iter().min()?, high: high.into_iter().max()? })
}

/// The unit that all operands are whole multiples of, and their least and largest values in it.
fn on_common(known: &[Grid]) -> Option<(f64, [Vec<i64>; 2])> {
    let unit = common(known.iter().map(|grid| grid.unit))?;
    let ends = |end: fn(&Grid) -> i64| -> Option<Vec<i64>> {
        known.iter().map(|grid| Some(end(grid) * multiple(grid.unit, unit)?)).collect()
    };
    Some((unit, [ends(|grid| grid.low)?, ends(|grid| grid.high)?]))
}

/// Values of sums.
pub(super) fn span_of_sum(known: &[Grid]) -> Span {
    let sum = |sum: [f64; 2], limits: [f64; 2]| [sum[0] + limits[0], sum[1] + limits[1]];
    let limits = known.iter().map(Grid::limits).fold([0.0; 2], sum);
    Span { limits, coarsest: largest(known.iter().map(|grid| grid.unit)) }
}

/// Values of all operands.
pub(super) fn span_of_concat(known: &[Grid]) -> Span {
    let low = known.iter().map(|grid| grid.limits()[0]).fold(f64::INFINITY, f64::min);
    let high = known.iter().map(|grid| grid.limits()[1]).fold(f64::NEG_INFINITY, f64::max);
    Span { limits: [low, high], coarsest: largest(known.iter().map(|grid| grid.unit)) }
}

/// Operands side by side.
pub(super) fn concat(operands: &[&ActSpec], output: &ActSpec) -> Lowering {
    let kept = output.kept && operands.iter().all(|operand| operand.kept);
    let lines: Vec<Line> = operands.iter().map(|operand| line(operand, Then::Nothing, output)).collect();
    let Fitted { requants, last, exact } = fit(&lines, kept, fine_bits(output));
    Lowering { op: Op::Concat(requants), last, exact: kept.then_some(exact) }
}

/// A sum on a common grid, rounded once.
pub(super) fn add(operands: [&ActSpec; 2], output: &ActSpec) -> Lowering {
    let kept = output.kept && operands.iter().all(|operand| operand.kept);
    let ratios = operands.map(|operand| operand.scale / output.scale);
    let constant = (operands[0].offset + operands[1].offset - output.offset) / output.scale;
    let ranges = operands.map(|operand| [operand.act.lo, operand.act.hi].map(i64::from));
    let real = |operand: usize, integer: i64| operands[operand].value(integer as i32) as f32;
    let found = match (kept, output.prescribed) {
        (false, _) => None,
        (true, false) => whole_sum(ratios, constant),
        (true, true) => {
            let pair = || {
                let value = |a: i64, b: i64| output.quantize(real(0, a) + real(1, b));
                pair(ranges, ratios, constant, ([output.act.lo, output.act.hi], output.ties()), value)
            };
            common_line(operands, output, MUL_BITS).or_else(pair).or_else(|| common_line(operands, output, LONG_BITS))
        }
    };
    if !kept && !output.prescribed {
        // Each operand rounded by itself: what calibrated types lose is more.
        let floor = output.rounding == float::Rounding::Floor;
        let zeros = [output.offset, 0.0];
        let one = |i: usize| match (operands[i].offset - zeros[i]) / output.scale {
            // Operands on the grid of the sum.
            0.0 if operands[i].scale.to_bits() == output.scale.to_bits() => Requant::IDENTITY,
            constant => requant(ratios[i], constant, floor, fine_bits(output)),
        };
        return Lowering { op: Op::Add([one(0), one(1)]), last: Last::DOWN, exact: None };
    }
    let exact = found.is_some();
    let many = |operand: &&ActSpec| if kept { !operand.prescribed } else { operand.act.bits > NEAR_BITS };
    if !exact && (!output.prescribed || operands.iter().any(many)) {
        let (requants, shift) = long_sum(ratios, constant, output);
        return Lowering { op: Op::Add(requants), last: Last { shift, ..Last::DOWN }, exact: kept.then_some(false) };
    }
    let Pair { mul, add, last } = found.unwrap_or_else(|| near_sum(ratios, constant, output));
    let one = |mul: u64, add: i64| Requant { mul, add, shift: 0 };
    Lowering { op: Op::Add([one(mul[0], add), one(mul[1], 0)]), last, exact: kept.then_some(exact) }
}

/// All values lie on the grid of the result.
fn whole_sum(ratios: [f64; 2], constant: f64) -> Option<Pair> {
    let fits = |ratio: &f64| ratio.fract() == 0.0 && *ratio < f64::from(LONG_BITS).exp2();
    let add = multiple_of(constant, 1.0).filter(|_| ratios.iter().all(fits))?;
    Some(Pair { mul: ratios.map(|ratio| ratio as u64), add, last: Last::DOWN })
}

/// Operands on a common grid are one integer, and the sum is its step function. Mantissas have at most so many bits.
fn common_line(operands: [&ActSpec; 2], output: &ActSpec, bits: u32) -> Option<Pair> {
    let unit = common(operands.map(|operand| operand.scale))?;
    let times = operands.map(|operand| operand.scale / unit);
    let ends = |end: fn(&ActSpec) -> i32| -> i64 {
        operands.iter().zip(times).map(|(operand, times)| i64::from(end(operand)) * times as i64).sum()
    };
    let zero = operands.iter().zip(times).map(|(operand, times)| steps_to_zero(operand) * times).sum();
    let range = [ends(|operand| operand.act.lo), ends(|operand| operand.act.hi)];
    let line = Line { range, unit, zero, constant: 0.0, then: Then::Nothing, output };
    let modes = [Rounding::Floor, output.ties()];
    modes.into_iter().find_map(|rounding| {
        let Requant { mul, add, shift } = line.exact(Last { shift: 0, rounding }, bits)?;
        // Operands are at most 2^16 times the common unit.
        let mul = times.map(|times| (times as u64).saturating_mul(mul));
        let short = mul.iter().all(|mul| mul >> bits == 0);
        short.then_some(Pair { mul, add, last: Last { shift, rounding } })
    })
}

/// Bits below the steps of the result, where operands of many bits are added up.
const GUARD_BITS: u32 = 20;

/// Operands of many bits, each on a grid finer than that of the result unless that is as fine.
fn long_sum(ratios: [f64; 2], constant: f64, output: &ActSpec) -> ([Requant; 2], u32) {
    // As many of them as leave room for the mantissas.
    let room = MUL_BITS as i32 - 1 - ratios[0].max(ratios[1]).log2().floor() as i32;
    let shift = if output.prescribed { GUARD_BITS.min(room.max(0) as u32) } else { 0 };
    let unit = f64::from(shift).exp2();
    let half = if output.rounding == float::Rounding::Floor || shift == 0 { 0.0 } else { 0.5 };
    let one = |operand: usize, constant: f64| requant(ratios[operand] * unit, constant * unit, false, MUL_BITS);
    ([one(0, constant + half), one(1, 0.0)], shift)
}

/// Largest shift of sums that are only near.
const MAX_SHIFT: i32 = 40;
/// Bits of their constants.
const MAX_ADD_BITS: i32 = 61;

/// The nearest ratios with one shift for both.
fn near_sum(ratios: [f64; 2], constant: f64, output: &ActSpec) -> Pair {
    let largest = ratios[0].max(ratios[1]);
    let bits = if many_results(output) { MUL_BITS } else { NEAR_BITS };
    // The constant needs room behind the shift, too.
    let room = MAX_ADD_BITS - (constant.abs() + 1.0).log2().ceil() as i32;
    let shift = (bits as i32 - 1 - largest.log2().floor() as i32).min(room).clamp(0, MAX_SHIFT) as u32;
    let unit = f64::from(shift).exp2();
    let mul = ratios.map(|ratio| ((ratio * unit).round() as u64).min(i64::MAX as u64));
    let half = if output.rounding == float::Rounding::Floor { 0.0 } else { 0.5 };
    Pair { mul, add: ((constant + half) * unit).floor() as i64, last: Last { shift, ..Last::DOWN } }
}
