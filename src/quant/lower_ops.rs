//! Integer parameters of every operator: exactly what the file prescribes, or the nearest there is.

use super::error::Result;
use super::exact::{MUL_BITS, Pair, Stair, pair, without_ties};
use super::grid::{multiple_of, reach};
use super::lower::unsupported;
use super::scale::requant;
use super::spec::{ActSpec, QuantizedRows};
use crate::float;
use crate::ir::{Average, Conv, Negative, Op, Padding, Requant, Rounding, RowMatrix, Sum, Window};

/// Bits of a mantissa that is only near: more do not make it exact.
const NEAR_BITS: u32 = 16;
/// Most results of a step function whose thresholds are all looked for.
const RESULTS: i64 = 1 << 17;

/// An operator with its rounding.
#[derive(Debug)]
pub(super) struct Lowering {
    pub op: Op,
    pub rounding: Rounding,
    /// Whether every result is the one that the file prescribes; none where something was calibrated.
    pub exact: Option<bool>,
}

/// A function from an integer to an integer of the result: `unit * x + constant`, in single precision, then rounded.
struct Line<'a> {
    /// Integers that occur.
    range: [i64; 2],
    /// Real value of a step.
    unit: f64,
    /// Steps from the integer 0 to the origin of `unit`.
    zero: f64,
    /// Added behind the multiplication.
    constant: f32,
    /// What follows.
    then: Then,
    output: &'a ActSpec,
}

/// What follows a sum of products before it is rounded.
#[derive(Clone, Copy)]
enum Then {
    Nothing,
    Times(f32),
    Over(f32),
}

impl Then {
    fn apply(self, value: f32) -> f32 {
        match self {
            Self::Nothing => value,
            Self::Times(factor) => value * factor,
            Self::Over(divisor) => value / divisor,
        }
    }

    fn factor(self) -> f64 {
        match self {
            Self::Nothing => 1.0,
            Self::Times(factor) => factor.into(),
            Self::Over(divisor) => 1.0 / f64::from(divisor),
        }
    }
}

/// A requantization that was found.
#[derive(Clone, Copy, Debug)]
struct Fit {
    requant: Requant,
    rounding: Rounding,
    exact: bool,
}

impl Line<'_> {
    fn real(&self, at: i64) -> f32 {
        (self.unit * (at as f64 + self.zero)) as f32 + self.constant
    }

    fn ratio(&self) -> f64 {
        self.unit * self.then.factor() / self.output.scale
    }

    /// The result for 0, in steps.
    fn result_of_zero(&self) -> f64 {
        let value = (self.unit * self.zero + f64::from(self.constant)) * self.then.factor();
        (value - self.output.offset) / self.output.scale
    }

    /// The shortest constants that are exact everywhere, or else the nearest.
    fn fit(&self) -> Fit {
        let output = self.output;
        let few = i64::from(output.act.hi) - i64::from(output.act.lo) < RESULTS;
        let found = if output.prescribed && few { self.exact() } else { self.whole() };
        found.unwrap_or_else(|| {
            // Integers of many bits tell more than a short mantissa.
            let long = !output.prescribed || self.range[1] - self.range[0] >= RESULTS;
            let requant = self.near(if long { MUL_BITS } else { NEAR_BITS });
            Fit { requant, rounding: Rounding::Floor, exact: false }
        })
    }

    fn exact(&self) -> Option<Fit> {
        let output = self.output;
        let value = |at: i64| output.quantize(self.then.apply(self.real(at)));
        let stair = Stair::of(self.range, [output.act.lo, output.act.hi], value);
        let fit = |rounding| move |requant| Fit { requant, rounding, exact: true };
        // Other rows of the layer may ask for a rounding of ties, which costs a bit.
        let ratio = self.ratio();
        let short = stair.floor(ratio, MUL_BITS - 1).map(fit(Rounding::Floor));
        let tied = || stair.half(ratio, self.result_of_zero(), output.ties()).map(fit(output.ties()));
        short.or_else(tied).or_else(|| stair.floor(ratio, MUL_BITS).map(fit(Rounding::Floor)))
    }

    /// A grid that has all values as they are takes no rounding.
    fn whole(&self) -> Option<Fit> {
        let ratio = self.ratio();
        let mul =
            (ratio.round() >= 0.0 && ratio.round() < f64::from(1u32 << MUL_BITS)).then(|| ratio.round() as u32)?;
        let near = (ratio - f64::from(mul)).abs() <= 1e-12 * ratio;
        let add = self.result_of_zero();
        let add = if add.fract() == 0.0 { add as i64 } else { multiple_of(add, 1.0)? };
        near.then_some(Fit { requant: Requant { mul, add, shift: 0 }, rounding: Rounding::Floor, exact: true })
    }

    fn near(&self, bits: u32) -> Requant {
        let floor = self.output.rounding == float::Rounding::Floor;
        requant(self.ratio(), self.result_of_zero(), floor, bits)
    }
}

/// One rounding for all requantizations of a layer.
fn joined<'a>(fits: impl IntoIterator<Item = &'a mut Fit>) -> (Rounding, bool) {
    let mut fits: Vec<&mut Fit> = fits.into_iter().collect();
    let tied = fits.iter().map(|fit| fit.rounding).find(|rounding| *rounding != Rounding::Floor);
    for fit in fits.iter_mut().filter(|fit| tied.is_some() && fit.rounding == Rounding::Floor) {
        let Requant { mul, add, shift } = fit.requant;
        if let Some(requant) = without_ties(fit.requant) {
            fit.requant = requant;
        } else {
            // The mantissa loses its last bit.
            fit.requant = Requant { mul: mul & !1, add: add | 1, shift };
            fit.exact = false;
        }
    }
    (tied.unwrap_or_default(), fits.iter().all(|fit| fit.exact))
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
    let mut fits: Vec<[Fit; 2]> = Vec::with_capacity(conv.rows);
    let mut below = Vec::with_capacity(conv.rows);
    for row in 0..conv.rows {
        let levels = &rows.levels[row * conv.columns..(row + 1) * conv.columns];
        let sum: i64 = levels.iter().map(|level| i64::from(*level)).sum();
        let line = Line {
            range: reach(levels, limits(input)),
            unit: rows.scales[row] * input.scale,
            zero: steps_to_zero(input) * sum as f64,
            constant: rows.bias[row] as f32,
            then: Then::Nothing,
            output,
        };
        let fit = |line: &Line| {
            if prescribed {
                return line.fit();
            }
            Fit { requant: line.near(rows.mantissa_bits), rounding: Rounding::Floor, exact: false }
        };
        let Some(slope) = slope else {
            fits.push([fit(&line); 2]);
            continue;
        };
        let first = first_positive(&line);
        let [low, high] = line.range;
        let positive = Line { range: [first.clamp(low, high), high], ..line };
        let negative = Line { range: [low, (first - 1).clamp(low, high)], then: Then::Times(slope), ..line };
        fits.push([fit(&positive), fit(&negative)]);
        below.push(first);
    }
    let (rounding, exact) = joined(fits.iter_mut().flat_map(|pair| &mut pair[..if slope.is_some() { 2 } else { 1 }]));
    let negative = below.iter().zip(&fits).map(|(&below, pair)| Negative { below, requant: pair[1].requant }).collect();
    let matrix = RowMatrix {
        columns: conv.columns,
        schemes: rows.schemes.clone(),
        levels: rows.levels.clone(),
        requant: fits.iter().map(|pair| pair[0].requant).collect(),
        negative: slope.is_some().then_some(negative),
    };
    let op = Op::Conv(Conv { window: conv.window, groups: conv.groups, matrix });
    Ok(Lowering { op, rounding, exact: prescribed.then_some(exact) })
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

fn fit(line: &Line, kept: bool) -> Fit {
    if kept {
        line.fit()
    } else {
        Fit { requant: line.near(fine_bits(line.output)), rounding: Rounding::Floor, exact: false }
    }
}

/// An average, by the number of its pixels.
pub(super) fn average(
    node: &float::Node,
    window: Window,
    count_padding: bool,
    input: &ActSpec,
    output: &ActSpec,
) -> Result<Lowering> {
    let padded = window.padding != Padding::default();
    if padded && !input.has_zero() {
        return Err(unsupported(node, "padding of a tensor in which no integer stands for 0"));
    }
    let kept = input.kept && output.kept;
    let all = (window.kernel[0] * window.kernel[1]) as i64;
    let of = |pixels: i64| {
        let one = line(input, Then::Over(pixels as f32), output);
        let range = limits(input).map(|limit| limit * pixels);
        fit(&Line { range, zero: one.zero * pixels as f64, ..one }, kept)
    };
    let mut fits: Vec<Fit> = if padded && !count_padding { (1..=all).map(of).collect() } else { vec![of(all)] };
    let (rounding, exact) = joined(&mut fits);
    let average = match fits.as_slice() {
        [only] if !padded || count_padding => Average::Window(only.requant),
        fits => Average::Image(fits.iter().map(|fit| fit.requant).collect()),
    };
    Ok(Lowering { op: Op::AvgPool(window, average), rounding, exact: kept.then_some(exact) })
}

/// Another type: an average of one pixel.
pub(super) fn rescaled(input: &ActSpec, output: &ActSpec) -> Lowering {
    let pixel = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let kept = input.kept && output.kept;
    let mut fits = [fit(&line(input, Then::Nothing, output), kept)];
    let (rounding, exact) = joined(&mut fits);
    let op = Op::AvgPool(pixel, Average::Window(fits[0].requant));
    Lowering { op, rounding, exact: kept.then_some(exact) }
}

/// Operands side by side.
pub(super) fn concat(operands: &[&ActSpec], output: &ActSpec) -> Lowering {
    let kept = output.kept && operands.iter().all(|operand| operand.kept);
    let mut fits: Vec<Fit> = operands.iter().map(|operand| fit(&line(operand, Then::Nothing, output), kept)).collect();
    let (rounding, exact) = joined(&mut fits);
    let op = Op::Concat(fits.iter().map(|fit| fit.requant).collect());
    Lowering { op, rounding, exact: kept.then_some(exact) }
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
    let side = |range: [i64; 2], then: Then| fit(&Line { range, ..line(input, then, output) }, kept);
    let mut fits = [side([zero, high], Then::Nothing), side([low, zero.max(low + 1) - 1], Then::Times(slope))];
    let (rounding, exact) = joined(&mut fits);
    let op = Op::LeakyRelu([fits[0].requant, fits[1].requant]);
    Ok(Lowering { op, rounding, exact: kept.then_some(exact) })
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
        (true, true) => common_line(operands, output).or_else(|| {
            let value = |a: i64, b: i64| output.quantize(real(0, a) + real(1, b));
            pair(ranges, ratios, constant, ([output.act.lo, output.act.hi], output.ties()), value)
        }),
    };
    if !kept {
        // Each operand rounded by itself: what calibrated types lose is more.
        let floor = output.rounding == float::Rounding::Floor;
        let zeros = [output.offset, 0.0];
        let one =
            |i: usize| requant(ratios[i], (operands[i].offset - zeros[i]) / output.scale, floor, fine_bits(output));
        let op = Op::Add(Sum::of([one(0), one(1)]));
        return Lowering { op, rounding: Rounding::Floor, exact: None };
    }
    let exact = found.is_some();
    let long = !output.prescribed || operands.iter().any(|operand| !operand.prescribed);
    if !exact && long {
        let op = Op::Add(long_sum(ratios, constant, output));
        return Lowering { op, rounding: Rounding::Floor, exact: Some(false) };
    }
    let found = found.unwrap_or_else(|| near_sum(ratios, constant, output));
    let one = |mul: u32, add: i64| Requant { mul, add, shift: 0 };
    let sum = Sum { operands: [one(found.mul[0], found.add), one(found.mul[1], 0)], shift: found.shift };
    Lowering { op: Op::Add(sum), rounding: found.rounding, exact: Some(exact) }
}

/// All values lie on the grid of the result.
fn whole_sum(ratios: [f64; 2], constant: f64) -> Option<Pair> {
    let fits = |ratio: &f64| ratio.fract() == 0.0 && *ratio < f64::from(1u32 << MUL_BITS);
    let whole = ratios.iter().all(fits) && constant.fract() == 0.0;
    whole.then(|| Pair {
        mul: ratios.map(|ratio| ratio as u32),
        add: constant as i64,
        shift: 0,
        rounding: Rounding::Floor,
    })
}

/// Operands on a common grid are one integer, and the sum is its step function.
fn common_line(operands: [&ActSpec; 2], output: &ActSpec) -> Option<Pair> {
    let unit = super::grid::common(operands.map(|operand| operand.scale))?;
    let times = operands.map(|operand| operand.scale / unit);
    let ends = |end: fn(&ActSpec) -> i32| -> i64 {
        operands.iter().zip(times).map(|(operand, times)| i64::from(end(operand)) * times as i64).sum()
    };
    let zero = operands.iter().zip(times).map(|(operand, times)| steps_to_zero(operand) * times).sum();
    let range = [ends(|operand| operand.act.lo), ends(|operand| operand.act.hi)];
    let found = Line { range, unit, zero, constant: 0.0, then: Then::Nothing, output }.exact()?;
    let mul = times.map(|times| times as u64 * u64::from(found.requant.mul));
    let short = mul.iter().all(|mul| mul >> MUL_BITS == 0);
    short.then(|| Pair {
        mul: mul.map(|mul| mul as u32),
        add: found.requant.add,
        shift: found.requant.shift,
        rounding: found.rounding,
    })
}

/// Bits below the steps of the result, where operands of many bits are added up.
const GUARD_BITS: u32 = 20;

/// Operands of many bits, each on a grid finer than that of the result unless that is as fine.
fn long_sum(ratios: [f64; 2], constant: f64, output: &ActSpec) -> Sum {
    let shift = if output.prescribed { GUARD_BITS } else { 0 };
    let unit = f64::from(shift).exp2();
    let half = if output.rounding == float::Rounding::Floor || shift == 0 { 0.0 } else { 0.5 };
    let one = |operand: usize, constant: f64| requant(ratios[operand] * unit, constant * unit, false, MUL_BITS);
    Sum { operands: [one(0, constant + half), one(1, 0.0)], shift }
}

/// The nearest ratios with one shift for both.
fn near_sum(ratios: [f64; 2], constant: f64, output: &ActSpec) -> Pair {
    let largest = ratios[0].max(ratios[1]);
    let shift = (NEAR_BITS as i32 - 1 - largest.log2().floor() as i32).clamp(0, 40) as u32;
    let unit = f64::from(shift).exp2();
    let mul = ratios.map(|ratio| (ratio * unit).round().min(65535.0) as u32);
    let half = if output.rounding == float::Rounding::Floor { 0.0 } else { 0.5 };
    Pair { mul, add: ((constant + half) * unit).floor() as i64, shift, rounding: Rounding::Floor }
}
