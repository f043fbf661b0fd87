//! Convolutions and dense layers, with the leaky rectifier behind them if there is one.

use crate::float;
use crate::ir::{Conv, Negative, Op, Padding, RowMatrix};
use crate::quant::Result;
use crate::quant::fit::{Lowering, fit, limits, steps_to_zero, unsupported};
use crate::quant::grid::{Grid, HALVINGS, Span, common, largest, multiple, multiple_of, reach};
use crate::quant::line::{Fitted, Line, Then};
use crate::quant::spec::{ActSpec, QuantizedRows};
use crate::quant::weights::prescribed_levels;

/// The accumulators of all rows with their biases, on the coarsest grid that has them all.
pub(super) fn exact(conv: &float::Conv, values: Grid) -> Option<Grid> {
    let quant = conv.quant.as_ref()?;
    let units: Vec<f64> = quant.scales.iter().map(|scale| f64::from(*scale) * values.unit).collect();
    let unit = common(units.iter().copied())?;
    let whole = |unit: &f64| conv.bias.iter().all(|bias| multiple_of(f64::from(*bias), *unit).is_some());
    let halved = |from: i32| (from..HALVINGS).map(|halvings| unit * f64::from(-halvings).exp2()).find(whole);
    let bias = || conv.bias.iter().map(|bias| f64::from(bias.abs()));
    let shared = || common(units.iter().copied().chain(bias())).filter(whole);
    let unit = Some(unit).filter(whole).or_else(shared).or_else(|| halved(1))?;
    let levels = prescribed_levels(conv, quant);
    let (mut low, mut high) = (0, 0);
    for row in 0..conv.rows {
        let factor = multiple(units[row], unit)?;
        let bias = multiple_of(f64::from(conv.bias[row]), unit)?;
        let [least, most] =
            reach(&levels[row * conv.columns..(row + 1) * conv.columns], [values.low.min(0), values.high.max(0)])?;
        low = low.min(least.checked_mul(factor)?.checked_add(bias)?);
        high = high.max(most.checked_mul(factor)?.checked_add(bias)?);
    }
    Some(Grid { unit, low, high })
}

/// Least and largest accumulator of all rows with their biases, and the largest step of a row.
pub(super) fn span(conv: &float::Conv, values: Grid) -> Option<Span> {
    let quant = conv.quant.as_ref()?;
    let levels = prescribed_levels(conv, quant);
    let units = quant.scales.iter().map(|scale| f64::from(*scale) * values.unit);
    let mut limits = [0.0_f64; 2];
    for ((levels, unit), bias) in levels.chunks(conv.columns).zip(units.clone()).zip(&conv.bias) {
        let ends = reach(levels, [values.low.min(0), values.high.max(0)])?;
        let [low, high] = ends.map(|end| end as f64 * unit + f64::from(*bias));
        limits = [limits[0].min(low), limits[1].max(high)];
    }
    Some(Span { limits, coarsest: largest(units) })
}

/// A convolution, its rectifier included if it is leaky.
pub(super) fn lower(
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
