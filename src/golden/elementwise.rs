//! Operators that work value by value.

use super::exact::{Exact, Last, Width};
use crate::ir::{ActType, Requant, Tensor};
use crate::num::act_range;

/// Clamp to the output type.
pub(super) fn clamp(values: &[i32], act: ActType) -> Vec<i32> {
    values.iter().map(|value| (*value).clamp(act.lo, act.hi)).collect()
}

/// Each operand requantized, then summed, shifted and clamped.
pub(super) fn add(requants: [Requant; 2], last: Last, operands: [(&Tensor, &[i32]); 2], act: ActType) -> Vec<i32> {
    let huge = operands.iter().zip(requants).any(|((tensor, _), requant)| is_huge(tensor, requant));
    let values = operands.map(|(_, values)| values);
    if huge { summed::<i128>(requants, last, values, act) } else { summed::<i64>(requants, last, values, act) }
}

fn summed<T: Exact>([a, b]: [Requant; 2], last: Last, [left, right]: [&[i32]; 2], act: ActType) -> Vec<i32> {
    let term = |value: i32, requant| T::from_wide(value.into()).scaled(requant);
    let total = |(&left, &right): (&i32, &i32)| term(left, a).plus(term(right, b));
    left.iter().zip(right).map(|pair| total(pair).shifted(last.shift, last.rounding).clamp_to(act)).collect()
}

/// Values from the zero point upwards requantized by the first constants, those below it by the second, then clamped.
pub(super) fn by_sign(requant: [Requant; 2], last: Last, input: &Tensor, values: &[i32], act: ActType) -> Vec<i32> {
    let huge = requant.iter().any(|&requant| is_huge(input, requant));
    let constants = |value: i32| requant[usize::from(value < input.zero_point)];
    if huge { scaled::<i128>(constants, last, values, act) } else { scaled::<i64>(constants, last, values, act) }
}

fn scaled<T: Exact>(constants: impl Fn(i32) -> Requant, last: Last, values: &[i32], act: ActType) -> Vec<i32> {
    values.iter().map(|&v| T::from_wide(v.into()).requant(constants(v), last).clamp_to(act)).collect()
}

fn is_huge(tensor: &Tensor, requant: Requant) -> bool {
    Width::of(act_range(tensor.act), requant) == Width::Huge
}
