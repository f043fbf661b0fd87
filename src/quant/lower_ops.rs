//! Integer parameters of every operator: exactly what the file prescribes, or the nearest there is.

use std::collections::BTreeSet;

use super::error::Result;
use super::exact::{LONG_BITS, MUL_BITS, Pair, pair};
use super::grid::{multiple_of, pixel_counts, reach};
use super::line::{Fitted, Line, NEAR_BITS, Then, fitted, many_results};
use super::lower::unsupported;
use super::scale::requant;
use super::spec::{ActSpec, QuantizedRows};
use crate::float;
use crate::ir::{Average, Conv, Last, Negative, Op, Padding, Requant, Rounding, RowMatrix, Shape, Window};

/// An operator with its last shift.
#[derive(Debug)]
pub(super) struct Lowering {
    pub op: Op,
    pub last: Last,
    /// Whether every result is the one that the file prescribes; none where something was calibrated.
    pub exact: Option<bool>,
}

/// Bits of a mantissa that loses nothing which the type of the result can tell, where nothing is prescribed.
pub(super) fn fine_bits(output: &ActSpec) -> u32 {
    (output.act.bits + 2).clamp(8, NEAR_BITS)
}

/// Limits of a tensor's integers, padding included.
fn limits(spec: &ActSpec) -> [i64; 2] {
    [spec.act.lo.min(spec.zero_point), spec.act.hi.max(spec.zero_point)].map(i64::from)
}

fn steps_to_zero(spec: &ActSpec) -> f64 {
    spec.offset / spec.scale
}

/// A convolution, its rectifier included if it is leaky.
pub(super) fn conv(
    node: &float::Node,
    conv: &float::Conv,
    slope: Option<f32>,
    rows: &QuantizedRows,
    input: &ActSpec,
    output: &ActSpec,
) -> Result<Lowering> {
    if !input.has_zero() && conv.window.padding != Padding::default() {
        return Err(unsupported(node, "padding of a tensor in which no integer stands for 0"));
    }
    let prescribed = rows.prescribed && input.kept && output.kept;
    let (mut lines, mut below) = (Vec::with_capacity(conv.rows), Vec::new());
    for row in 0..conv.rows {
        let levels = &rows.levels[row * conv.columns..(row + 1) * conv.columns];
        let sum: i64 = levels.iter().map(|level| i64::from(*level)).sum();
        let range = reach(levels, limits(input));
        let line = Line {
            range: range.ok_or_else(|| unsupported(node, "an accumulator of more than 62 bits"))?,
            unit: rows.scales[row] * input.scale,
            zero: steps_to_zero(input) * sum as f64,
            constant: rows.bias[row] as f32,
            then: Then::Nothing,
            output,
        };
        let Some(slope) = slope else {
            lines.push(line);
            continue;
        };
        let first = first_positive(&line);
        let [low, high] = line.range;
        let negative = [low, (first - 1).clamp(low, high)];
        lines.push(Line { range: [first.clamp(low, high), high], ..line.clone() });
        lines.push(Line { range: negative, then: Then::Times(slope), ..line });
        below.push(first);
    }
    let Fitted { requants, last, exact } = fit(&lines, prescribed, rows.mantissa_bits);
    let negative = slope.map(|_| {
        let halves = below.iter().zip(requants.chunks(2));
        halves.map(|(&below, pair)| Negative { below, requant: pair[1] }).collect()
    });
    let matrix = RowMatrix {
        columns: conv.columns,
        schemes: rows.schemes.clone(),
        levels: rows.levels.clone(),
        requant: requants.iter().step_by(if slope.is_some() { 2 } else { 1 }).copied().collect(),
        negative,
    };
    let op = Op::Conv(Conv { window: conv.window, groups: conv.groups, matrix });
    Ok(Lowering { op, last, exact: prescribed.then_some(exact) })
}

/// The least integer whose value is not negative.
fn first_positive(line: &Line) -> i64 {
    let [mut low, mut high] = [line.range[0] - 1, line.range[1] + 1];
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if line.real(middle) >= 0.0 { high = middle } else { low = middle }
    }
    high
}

/// One operand by itself.
fn line<'a>(input: &ActSpec, then: Then, output: &'a ActSpec) -> Line<'a> {
    Line {
        range: [input.act.lo, input.act.hi].map(i64::from),
        unit: input.scale,
        zero: steps_to_zero(input),
        constant: 0.0,
        then,
        output,
    }
}

/// Constants of the lines of one layer: exact where its numbers are kept, otherwise near, with mantissas of so many bits.
fn fit(lines: &[Line], kept: bool, bits: u32) -> Fitted {
    if kept {
        return fitted(lines);
    }
    Fitted { requants: lines.iter().map(|line| line.near(bits)).collect(), last: Last::DOWN, exact: false }
}

/// An average, by the number of its pixels. Numbers that no window has share the constants of the next that one has.
pub(super) fn average(
    node: &float::Node,
    (window, [before, after]): (Window, [Shape; 2]),
    count_padding: bool,
    input: &ActSpec,
    output: &ActSpec,
) -> Result<Lowering> {
    let padded = window.padding != Padding::default();
    if padded && count_padding && !input.has_zero() {
        return Err(unsupported(node, "padding of a tensor in which no integer stands for 0"));
    }
    let kept = input.kept && output.kept;
    let all = (window.kernel[0] * window.kernel[1]) as i64;
    let of = |pixels: i64| {
        let one = line(input, Then::Over(pixels as f32), output);
        let range = limits(input).map(|limit| limit * pixels);
        Line { range, zero: one.zero * pixels as f64, ..one }
    };
    let by_pixels = padded && !count_padding;
    let found = if by_pixels { pixel_counts(&window, before, after) } else { BTreeSet::default() };
    let mut counts: Vec<i64> = found.into_iter().map(|count| count as i64).collect();
    if counts.is_empty() {
        counts.push(all);
    }
    let lines: Vec<Line> = counts.iter().map(|&pixels| of(pixels)).collect();
    let Fitted { requants, last, exact } = fit(&lines, kept, fine_bits(output));
    let next = |pixels: i64| counts.partition_point(|&count| count < pixels).min(counts.len() - 1);
    let average = if by_pixels {
        Average::Image((1..=all).map(|pixels| requants[next(pixels)]).collect())
    } else {
        Average::Window(requants[0])
    };
    Ok(Lowering { op: Op::AvgPool(window, average), last, exact: kept.then_some(exact) })
}

/// Another type: an average of one pixel.
pub(super) fn rescaled(input: &ActSpec, output: &ActSpec) -> Lowering {
    let pixel = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let kept = input.kept && output.kept;
    let Fitted { requants, last, exact } = fit(&[line(input, Then::Nothing, output)], kept, fine_bits(output));
    Lowering { op: Op::AvgPool(pixel, Average::Window(requants[0])), last, exact: kept.then_some(exact) }
}

/// Operands side by side.
pub(super) fn concat(operands: &[&ActSpec], output: &ActSpec) -> Lowering {
    let kept = output.kept && operands.iter().all(|operand| operand.kept);
    let lines: Vec<Line> = operands.iter().map(|operand| line(operand, Then::Nothing, output)).collect();
    let Fitted { requants, last, exact } = fit(&lines, kept, fine_bits(output));
    Lowering { op: Op::Concat(requants), last, exact: kept.then_some(exact) }
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
        let one =
            |i: usize| requant(ratios[i], (operands[i].offset - zeros[i]) / output.scale, floor, fine_bits(output));
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
    let unit = super::grid::common(operands.map(|operand| operand.scale))?;
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
