//! Averages and maxima of windows.

use std::collections::BTreeSet;

use crate::float;
use crate::ir::{Average, Op, Padding, Shape, Window};
use crate::quant::Result;
use crate::quant::fit::{Lowering, fine_bits, fit, limits, line, unsupported};
use crate::quant::grid::{Grid, Span};
use crate::quant::line::{Fitted, Line, Then};
use crate::quant::spec::ActSpec;

/// The grid of averages.
pub(super) fn exact(window: &Window, count_padding: bool, [before, after]: [Shape; 2], first: Grid) -> Option<Grid> {
    let padded = window.padding != Padding::default();
    let (parts, low, high) = match (padded, count_padding) {
        (false, _) => (window.kernel[0] * window.kernel[1], first.low, first.high),
        (true, true) => (window.kernel[0] * window.kernel[1], first.low.min(0), first.high.max(0)),
        // Averages of different numbers of pixels are multiples of a fraction that has them all.
        (true, false) => (multiple_of_all(&pixel_counts(window, before, after))?, first.low, first.high),
    };
    let steps = |end: i64| end.checked_mul(i64::try_from(parts).ok()?);
    Some(Grid { unit: first.unit / parts as f64, low: steps(low)?, high: steps(high)? })
}

/// Values of averages, padding included.
pub(super) fn span(first: Grid) -> Span {
    let [low, high] = first.limits();
    Span { limits: [low.min(0.0), high.max(0.0)], coarsest: first.unit }
}

/// Numbers of pixels of the image that windows hold.
fn pixel_counts(window: &Window, before: Shape, after: Shape) -> BTreeSet<usize> {
    let inside = |axis: usize, steps: usize, pad: usize, size: usize| -> BTreeSet<usize> {
        let one = |step: usize| {
            let start = step * window.stride[axis];
            (start + window.kernel[axis]).saturating_sub(pad).min(size) - start.saturating_sub(pad).min(size)
        };
        (0..steps).map(one).collect()
    };
    let rows = inside(0, after.height, window.padding.top, before.height);
    let columns = inside(1, after.width, window.padding.left, before.width);
    rows.iter().flat_map(|rows| columns.iter().map(move |columns| rows * columns)).filter(|count| *count > 0).collect()
}

/// The least number that all are parts of.
fn multiple_of_all(numbers: &BTreeSet<usize>) -> Option<usize> {
    let divisor = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    numbers.iter().try_fold(1_usize, |all, &number| (all / divisor(all, number)).checked_mul(number))
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
