//! Operators that work value by value.

use super::exact::{Exact, Width};
use crate::ir::{ActType, Requant, Rounding, Sum, Tensor};
use crate::num::act_range;

/// Clamp to the output type.
pub(super) fn clamp(values: &[i32], act: ActType) -> Vec<i32> {
    values.iter().map(|value| (*value).clamp(act.lo, act.hi)).collect()
}

/// Each operand requantized, then summed, shifted and clamped.
pub(super) fn add(sum: Sum, rounding: Rounding, operands: [(&Tensor, &[i32]); 2], act: ActType) -> Vec<i32> {
    let huge = operands.iter().zip(sum.operands).any(|((tensor, _), requant)| is_huge(tensor, requant));
    let values = operands.map(|(_, values)| values);
    if huge { summed::<i128>(sum, rounding, values, act) } else { summed::<i64>(sum, rounding, values, act) }
}

fn summed<T: Exact>(sum: Sum, rounding: Rounding, [left, right]: [&[i32]; 2], act: ActType) -> Vec<i32> {
    let term = |value: i32, requant| T::from_wide(value.into()).requant(requant, Rounding::Floor);
    let total = |(&a, &b): (&i32, &i32)| term(a, sum.operands[0]).plus(term(b, sum.operands[1]));
    left.iter().zip(right).map(|pair| total(pair).shifted(sum.shift, rounding).clamp_to(act)).collect()
}

/// Values from the zero point upwards requantized by the first constants, those below it by the second, then clamped.
pub(super) fn by_sign(
    requant: [Requant; 2],
    rounding: Rounding,
    input: &Tensor,
    values: &[i32],
    act: ActType,
) -> Vec<i32> {
    let huge = requant.iter().any(|&requant| is_huge(input, requant));
    let constants = |value: i32| requant[usize::from(value < input.zero_point)];
    if huge {
        scaled::<i128>(constants, rounding, values, act)
    } else {
        scaled::<i64>(constants, rounding, values, act)
    }
}

fn scaled<T: Exact>(constants: impl Fn(i32) -> Requant, rounding: Rounding, values: &[i32], act: ActType) -> Vec<i32> {
    values.iter().map(|&v| T::from_wide(v.into()).requant(constants(v), rounding).clamp_to(act)).collect()
}

fn is_huge(tensor: &Tensor, requant: Requant) -> bool {
    Width::of(act_range(tensor.act), requant) == Width::Huge
}
