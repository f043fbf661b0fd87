//! Windows over single channels.

use super::exact::{Exact, Width};
use crate::ir::{Requant, Shape, Tensor, Window};
use crate::num::sum_range;

/// Largest value of each window; padding never wins.
pub(super) fn max_pool(window: &Window, input: &Tensor, values: &[i32], output: &Tensor) -> Vec<i32> {
    let act = output.act;
    slide(window, input.shape, values, output.shape, |pixels| {
        pixels.max().map_or(act.lo, |largest| largest.clamp(act.lo, act.hi))
    })
}

/// Sum of each window, requantized; padding adds nothing.
pub(super) fn avg_pool(window: &Window, requant: Requant, input: &Tensor, values: &[i32], output: &Tensor) -> Vec<i32> {
    let acc = sum_range(input.act, window.kernel[0] * window.kernel[1]);
    if Width::of(acc, requant) == Width::Huge {
        averaged::<i128>(window, requant, input, values, output)
    } else {
        averaged::<i64>(window, requant, input, values, output)
    }
}

fn averaged<T: Exact>(window: &Window, requant: Requant, input: &Tensor, values: &[i32], output: &Tensor) -> Vec<i32> {
    slide(window, input.shape, values, output.shape, |pixels| {
        T::from_wide(pixels.map(i64::from).sum()).requant(requant).clamp_to(output.act)
    })
}

/// Applies `reduce` to the pixels of every window that lie inside the image.
fn slide(
    window: &Window,
    shape: Shape,
    values: &[i32],
    result: Shape,
    reduce: impl Fn(&mut dyn Iterator<Item = i32>) -> i32,
) -> Vec<i32> {
    let inside = |step: usize, axis: usize, before: usize, size: usize| {
        let start = step * window.stride[axis];
        start.saturating_sub(before)..(start + window.kernel[axis]).saturating_sub(before).min(size)
    };
    let mut out = Vec::with_capacity(result.len());
    for plane in values.chunks_exact(shape.pixels()) {
        for y in 0..result.height {
            let rows = inside(y, 0, window.padding.top, shape.height);
            for x in 0..result.width {
                let columns = inside(x, 1, window.padding.left, shape.width);
                let lines = rows.clone().map(|row| &plane[row * shape.width..(row + 1) * shape.width]);
                out.push(reduce(&mut lines.flat_map(|line| line[columns.clone()].iter().copied())));
            }
        }
    }
    out
}
