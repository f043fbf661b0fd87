//! Rows times windows.

use num_bigint::BigInt;

use crate::golden::exact::{Exact, Width, narrow_dot};
use crate::ir::{ActType, Conv, Last, Negative, Requant, Shape, Tensor, Window};
use crate::num::{dot_range, padded_range};

/// A convolution: the windows of one row of output pixels are gathered, then met with every row of the matrix. A row
/// meets the part of the window that its group of channels fills.
pub(super) fn conv(conv: &Conv, last: Last, input: &Tensor, values: &[i32], output: &Tensor) -> Vec<i32> {
    let matrix = &conv.matrix;
    let rows: Vec<RowRun> = (0..matrix.rows())
        .map(|row| {
            let requant = matrix.requant[row];
            let negative = matrix.negative_of(row);
            let acc = dot_range(matrix.schemes[row], padded_range(input), matrix.columns);
            let width = negative.map_or(Width::Narrow, |negative| Width::of(acc, negative.requant, last));
            let width = width.max(Width::of(acc, requant, last));
            RowRun { levels: matrix.row(row), requant, negative, last, width, act: output.act }
        })
        .collect();
    let Shape { height, width, .. } = output.shape;
    let mut result = vec![0; output.shape.len()];
    let window_len = conv.groups * matrix.columns;
    let mut windows = vec![0; width * window_len];
    let group_rows = matrix.rows() / conv.groups;
    for y in 0..height {
        gather(&conv.window, input, values, y, &mut windows);
        for (row, run) in rows.iter().enumerate() {
            let start = (row * height + y) * width;
            let first = row / group_rows * matrix.columns;
            let parts = windows.chunks_exact(window_len).map(|window| &window[first..first + matrix.columns]);
            run.line(parts, &mut result[start..start + width]);
        }
    }
    result
}

/// One row of the matrix with everything that is fixed for all pixels.
struct RowRun<'a> {
    levels: &'a [i32],
    requant: Requant,
    negative: Option<Negative>,
    last: Last,
    width: Width,
    act: ActType,
}

impl RowRun<'_> {
    /// One line of results, from the parts of the windows that the row meets.
    fn line<'w>(&self, windows: impl Iterator<Item = &'w [i32]>, results: &mut [i32]) {
        match self.width {
            Width::Narrow => self.pixels(windows, results, narrow_dot),
            Width::Wide => self.pixels(windows, results, i64::dot),
            Width::Huge => self.pixels(windows, results, i128::dot),
            Width::Big => self.pixels(windows, results, BigInt::dot),
        }
    }

    fn pixels<'w, T: Exact>(
        &self,
        windows: impl Iterator<Item = &'w [i32]>,
        results: &mut [i32],
        dot: impl Fn(&[i32], &[i32]) -> T,
    ) {
        for (result, window) in results.iter_mut().zip(windows) {
            *result = self.result(dot(self.levels, window));
        }
    }

    fn result<T: Exact>(&self, acc: T) -> i32 {
        let requant = match self.negative {
            Some(Negative { below, requant }) if acc.is_below(below) => requant,
            _ => self.requant,
        };
        acc.requant(requant, self.last).clamp_to(self.act)
    }
}

/// Fills `windows` with the inputs of every pixel of output row `y`: channel, kernel row, kernel column; padding is the
/// zero point.
fn gather(window: &Window, input: &Tensor, values: &[i32], y: usize, windows: &mut [i32]) {
    let [kernel_height, kernel_width] = window.kernel;
    let shape = input.shape;
    let columns = shape.channels * kernel_height * kernel_width;
    windows.fill(input.zero_point);
    for (x, target) in windows.chunks_exact_mut(columns).enumerate() {
        let first = x * window.stride[1];
        // Kernel columns whose input column lies inside the image.
        let from = window.padding.left.saturating_sub(first).min(kernel_width);
        let to = kernel_width.min((shape.width + window.padding.left).saturating_sub(first)).max(from);
        let column = first + from - window.padding.left.min(first + from);
        for (index, line) in target.chunks_exact_mut(kernel_width).enumerate() {
            let (channel, kernel_row) = (index / kernel_height, index % kernel_height);
            let row = (y * window.stride[0] + kernel_row).checked_sub(window.padding.top);
            if let Some(row) = row.filter(|&row| row < shape.height) {
                let start = (channel * shape.height + row) * shape.width + column;
                line[from..to].copy_from_slice(&values[start..start + (to - from)]);
            }
        }
    }
}
