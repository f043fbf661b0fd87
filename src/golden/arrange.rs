//! Operators that put values in other places.

use std::iter::repeat_n;

use super::elementwise::by_sign;
use crate::ir::{ActType, Last, Requant, Tensor};

/// Channels of all operands, one after the other, each operand requantized and clamped.
pub(super) fn concat<'a>(
    requants: &[Requant],
    last: Last,
    operands: impl Iterator<Item = (&'a Tensor, &'a [i32])>,
    act: ActType,
) -> Vec<i32> {
    let parts = operands.zip(requants);
    parts.flat_map(|((tensor, values), &requant)| by_sign([requant; 2], last, tensor, values, act)).collect()
}

/// Every pixel repeated `factor` times, vertically and horizontally.
pub(super) fn upsample(factor: [usize; 2], input: &Tensor, values: &[i32]) -> Vec<i32> {
    let [down, across] = factor;
    let lines = values.chunks_exact(input.shape.width);
    lines
        .flat_map(|line| line.iter().flat_map(|&value| repeat_n(value, across)).collect::<Vec<_>>().repeat(down))
        .collect()
}
