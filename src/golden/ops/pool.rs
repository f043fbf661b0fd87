//! Windows over single channels.

use num_bigint::BigInt;

use crate::golden::exact::{Exact, Width};
use crate::ir::{Average, Last, Shape, Tensor, Window};
use crate::num::{padded_range, sum_range};

/// Largest value of each window; padding never wins.
pub(super) fn max_pool(window: &Window, input: &Tensor, values: &[i32], output: &Tensor) -> Vec<i32> {
    let act = output.act;
    slide(window, input.shape, values, output.shape, |pixels, _| {
        pixels.max().map_or(act.lo, |largest| largest.clamp(act.lo, act.hi))
    })
}

/// An average with its rounding.
pub(super) struct Mean<'a> {
    /// The window.
    pub window: &'a Window,
    /// What it divides by.
    pub average: &'a Average,
    /// Its last shift.
    pub last: Last,
}

impl Mean<'_> {
    /// Sum of each window, requantized.
    pub(super) fn pool(&self, input: &Tensor, values: &[i32], output: &Tensor) -> Vec<i32> {
        let acc = sum_range(padded_range(input), self.area());
        let requants = match self.average {
            Average::Window(requant) => std::slice::from_ref(requant),
            Average::Image(requants) => requants,
        };
        match requants.iter().map(|&requant| Width::of(acc, requant, self.last)).max() {
            None | Some(Width::Narrow | Width::Wide) => self.averaged::<i64>(input, values, output),
            Some(Width::Huge) => self.averaged::<i128>(input, values, output),
            Some(Width::Big) => self.averaged::<BigInt>(input, values, output),
        }
    }

    fn averaged<T: Exact>(&self, input: &Tensor, values: &[i32], output: &Tensor) -> Vec<i32> {
        let zero = i64::from(input.zero_point);
        slide(self.window, input.shape, values, output.shape, |pixels, count| {
            let sum: i64 = pixels.map(i64::from).sum();
            let (sum, requant) = match self.average {
                Average::Window(requant) => (sum + zero * (self.area() - count) as i64, *requant),
                Average::Image(requants) => (sum, requants[count - 1]),
            };
            T::from_wide(sum).requant(requant, self.last).clamp_to(output.act)
        })
    }

    fn area(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1]
    }
}

/// Applies `reduce` to the pixels of every window that lie inside the image, and their number.
fn slide(
    window: &Window,
    shape: Shape,
    values: &[i32],
    result: Shape,
    reduce: impl Fn(&mut dyn Iterator<Item = i32>, usize) -> i32,
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
                let mut pixels = lines.flat_map(|line| line[columns.clone()].iter().copied());
                out.push(reduce(&mut pixels, rows.len() * columns.len()));
            }
        }
    }
    out
}
