//! Operators that work value by value.

use num_bigint::BigInt;

use crate::golden::exact::{Exact, Width};
use crate::ir::{ActType, Last, Requant, Tensor};
use crate::num::act_range;

/// Clamp to the output type.
pub(super) fn clamp(values: &[i32], act: ActType) -> Vec<i32> {
    values.iter().map(|value| (*value).clamp(act.lo, act.hi)).collect()
}

/// Values from the zero point upwards requantized by the first constants, those below it by the second, then clamped.
pub(super) fn by_sign(requant: [Requant; 2], last: Last, input: &Tensor, values: &[i32], act: ActType) -> Vec<i32> {
    let [own, other] = requant.map(|requant| width(input, requant, last));
    let constants = |value: i32| requant[usize::from(value < input.zero_point)];
    match own.max(other) {
        Width::Narrow | Width::Wide => scaled::<i64>(constants, last, values, act),
        Width::Huge => scaled::<i128>(constants, last, values, act),
        Width::Big => scaled::<BigInt>(constants, last, values, act),
    }
}

fn scaled<T: Exact>(constants: impl Fn(i32) -> Requant, last: Last, values: &[i32], act: ActType) -> Vec<i32> {
    values.iter().map(|&v| T::from_wide(v.into()).requant(constants(v), last).clamp_to(act)).collect()
}

/// The integers that values of a tensor need.
pub(super) fn width(tensor: &Tensor, requant: Requant, last: Last) -> Width {
    Width::of(act_range(tensor.act), requant, last)
}
