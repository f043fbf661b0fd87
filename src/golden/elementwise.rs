//! Operators that work value by value.

use super::exact::{Exact, Width};
use crate::ir::{ActType, Requant, Tensor};
use crate::num::act_range;

/// Clamp to the output type.
pub(super) fn clamp(values: &[i32], act: ActType) -> Vec<i32> {
    values.iter().map(|value| (*value).clamp(act.lo, act.hi)).collect()
}

/// Each operand requantized, then summed and clamped.
pub(super) fn add(requant: [Requant; 2], operands: [(&Tensor, &[i32]); 2], act: ActType) -> Vec<i32> {
    let huge = operands.iter().zip(requant).any(|((tensor, _), requant)| is_huge(tensor, requant));
    let [(_, left), (_, right)] = operands;
    if huge { sum::<i128>(requant, left, right, act) } else { sum::<i64>(requant, left, right, act) }
}

fn sum<T: Exact>(requant: [Requant; 2], left: &[i32], right: &[i32], act: ActType) -> Vec<i32> {
    let term = |value: i32, requant| T::from_wide(value.into()).requant(requant);
    left.iter().zip(right).map(|(&a, &b)| term(a, requant[0]).plus(term(b, requant[1])).clamp_to(act)).collect()
}

/// Values of at least 0 requantized by the first constants, negative ones by the second, then clamped.
pub(super) fn by_sign(requant: [Requant; 2], input: &Tensor, values: &[i32], act: ActType) -> Vec<i32> {
    let huge = requant.iter().any(|&requant| is_huge(input, requant));
    if huge { scaled::<i128>(requant, values, act) } else { scaled::<i64>(requant, values, act) }
}

fn scaled<T: Exact>(requant: [Requant; 2], values: &[i32], act: ActType) -> Vec<i32> {
    let constants = |value: i32| requant[usize::from(value < 0)];
    values.iter().map(|&v| T::from_wide(v.into()).requant(constants(v)).clamp_to(act)).collect()
}

fn is_huge(tensor: &Tensor, requant: Requant) -> bool {
    Width::of(act_range(tensor.act), requant) == Width::Huge
}
