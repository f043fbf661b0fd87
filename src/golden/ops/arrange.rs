//! Operators that put values in other places.

use std::iter::repeat_n;

use crate::ir::Tensor;

/// Every pixel repeated `factor` times, vertically and horizontally.
pub(super) fn upsample(factor: [usize; 2], input: &Tensor, values: &[i32]) -> Vec<i32> {
    let [down, across] = factor;
    let lines = values.chunks_exact(input.shape.width);
    lines
        .flat_map(|line| line.iter().flat_map(|&value| repeat_n(value, across)).collect::<Vec<_>>().repeat(down))
        .collect()
}
