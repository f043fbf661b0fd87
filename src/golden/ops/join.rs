//! Operators of several tensors.

use num_bigint::BigInt;

use super::pointwise::{by_sign, width};
use crate::golden::exact::{Exact, Width};
use crate::ir::{ActType, Last, Requant, Tensor};

/// Each operand requantized, then summed, shifted and clamped.
pub(super) fn add(requants: [Requant; 2], last: Last, operands: [(&Tensor, &[i32]); 2], act: ActType) -> Vec<i32> {
    let [a, b] = [0, 1].map(|operand| width(operands[operand].0, requants[operand], last));
    let values = operands.map(|(_, values)| values);
    match a.max(b) {
        Width::Narrow | Width::Wide => summed::<i64>(requants, last, values, act),
        Width::Huge => summed::<i128>(requants, last, values, act),
        Width::Big => summed::<BigInt>(requants, last, values, act),
    }
}

fn summed<T: Exact>([a, b]: [Requant; 2], last: Last, [left, right]: [&[i32]; 2], act: ActType) -> Vec<i32> {
    let term = |value: i32, requant| T::from_wide(value.into()).scaled(requant);
    let total = |(&left, &right): (&i32, &i32)| term(left, a).plus(term(right, b));
    left.iter().zip(right).map(|pair| total(pair).shifted(last.shift, last.rounding).clamp_to(act)).collect()
}

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
