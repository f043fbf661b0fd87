//! Operators that work value by value.

use super::exact::{Exact, Width};
use crate::ir::{ActType, Requant, Tensor};
use crate::num::Range;

/// Clamp to the output type.
pub(super) fn clamp(values: &[i32], act: ActType) -> Vec<i32> {
    values.iter().map(|value| (*value).clamp(act.lo, act.hi)).collect()
}

/// Each operand requantized, then summed and clamped.
pub(super) fn add(requant: [Requant; 2], operands: [(&Tensor, &[i32]); 2], act: ActType) -> Vec<i32> {
    let huge = operands.iter().zip(requant).any(|((tensor, _), requant)| {
        let range = Range { min: tensor.act.lo.into(), max: tensor.act.hi.into() };
        Width::of(range, requant) == Width::Huge
    });
    let [(_, left), (_, right)] = operands;
    if huge { sum::<i128>(requant, left, right, act) } else { sum::<i64>(requant, left, right, act) }
}

fn sum<T: Exact>(requant: [Requant; 2], left: &[i32], right: &[i32], act: ActType) -> Vec<i32> {
    let term = |value: i32, requant| T::from_wide(value.into()).requant(requant);
    left.iter().zip(right).map(|(&a, &b)| term(a, requant[0]).plus(term(b, requant[1])).clamp_to(act)).collect()
}
