//! Requantizations that meet a prescribed step function everywhere, not only nearly.
//!
//! What a file prescribes for an accumulator is a step function: nondecreasing, computed as the file's executor computes it. It is
//! known by its thresholds, the least accumulators that give each result. Constants M, B, S meet it if for every threshold `t`
//! of result `n` both `t*M + B >= n * 2^S` and `(t-1)*M + B < n * 2^S`: for given M and S an interval for B, which is empty or not.
//! Where ties are lowered from some results, the bounds of these are higher.

use crate::ir::{Last, Requant, Rounding};

/// Longest mantissa that is tried first, in bits: that of single precision.
pub(super) const MUL_BITS: u32 = 24;
/// Longest mantissa that a ratio in double precision can tell.
pub(super) const LONG_BITS: u32 = 52;
/// Largest shift: beyond it constants have no room for results.
const MAX_SHIFT: u32 = 62;
/// Largest constant of the manifest.
const MAX_ADD: i128 = i64::MAX as i128;

/// A nondecreasing function from `low..=high` to integers that a clamp limits.
#[derive(Clone, Debug)]
pub(super) struct Stair {
    low: i64,
    high: i64,
    /// Result of `low`, result of `high`.
    ends: [i64; 2],
    /// Results at which the clamp holds the function, whatever lies beyond.
    clamp: [i64; 2],
    /// Ascending: a result and the least argument that gives at least it.
    thresholds: Vec<(i64, i64)>,
}

impl Stair {
    /// Finds the thresholds of `value` by bisection; `clamp` are the limits of its results.
    pub fn of([low, high]: [i64; 2], clamp: [i32; 2], value: impl Fn(i64) -> i32) -> Self {
        let value = |at: i64| i64::from(value(at));
        let ends = [value(low), value(high)];
        let mut thresholds = Vec::new();
        let mut from = low;
        while value(from) < ends[1] {
            // The next argument with a larger result.
            let now = value(from);
            let (mut below, mut above) = (from, high);
            let mut step = 1;
            while below + step < above {
                if value(below + step) > now {
                    above = below + step;
                    break;
                }
                below += step;
                step *= 2;
            }
            while above - below > 1 {
                let middle = below + (above - below) / 2;
                if value(middle) > now {
                    above = middle;
                } else {
                    below = middle;
                }
            }
            let then = value(above);
            thresholds.push((now + 1, above));
            if then > now + 1 {
                thresholds.push((then, above));
            }
            from = above;
        }
        Self { low, high, ends, clamp: clamp.map(i64::from), thresholds }
    }

    /// The shortest mantissa of at most `bits` bits and the least shift, near `ratio`, that meet the function with this last shift.
    pub fn constants(&self, ratio: f64, last: Last, bits: u32) -> Option<Requant> {
        if self.thresholds.is_empty() {
            return last.constant(self.ends[0]);
        }
        for shift in 0..=MAX_SHIFT {
            let near = ratio * f64::from(shift + last.shift).exp2();
            if near >= f64::from(bits).exp2() {
                break;
            }
            for mul in [near.floor(), near.ceil()].into_iter().filter(|mul| *mul >= 1.0) {
                let mul = mul as i128;
                if mul >> bits == 0
                    && let Some(add) = self.constant(mul, shift, last)
                {
                    return Some(Requant { mul: mul as u64, add, shift });
                }
            }
        }
        None
    }

    /// A constant that meets every threshold with this mantissa and these shifts.
    fn constant(&self, mul: i128, shift: u32, last: Last) -> Option<i64> {
        let at_least = |result: i64, at: i64| last.least(result, shift) - i128::from(at) * mul;
        let mut range = [-MAX_ADD, MAX_ADD];
        if self.ends[0] > self.clamp[0] {
            range[0] = range[0].max(at_least(self.ends[0], self.low));
        }
        if self.ends[1] < self.clamp[1] {
            range[1] = range[1].min(at_least(self.ends[1] + 1, self.high) - 1);
        }
        for &(result, at) in &self.thresholds {
            range[0] = range[0].max(at_least(result, at));
            range[1] = range[1].min(at_least(result, at - 1) - 1);
            if range[0] > range[1] {
                return None;
            }
        }
        (range[0] <= range[1]).then(|| (range[0] + (range[1] - range[0]) / 2) as i64)
    }
}

impl Last {
    /// The least `acc * mul + add` that gives at least a result, with this shift of a row's own.
    fn least(self, result: i64, own: u32) -> i128 {
        let whole = i128::from(result) << (own + self.shift);
        // What counts as a tie: all the bits that the last shift discards are zero.
        let tie = if self.shift > 0 { own } else { 0 };
        let lowered = own + self.shift > 0 && self.rounding.lowers_tie(result & 1 == 1);
        whole + if lowered { 1 << tie } else { 0 }
    }

    /// A requantization that gives one result whatever comes in.
    fn constant(self, result: i64) -> Option<Requant> {
        let add = i64::try_from(self.least(result, 0)).ok()?;
        Some(Requant { mul: 0, add, shift: 0 })
    }
}

/// `(at * mul + add) >> shift`, ties as `rounding` says.
fn rounded(requant: Requant, rounding: Rounding, at: i64) -> i128 {
    let sum = i128::from(at) * i128::from(requant.mul) + i128::from(requant.add);
    let result = sum >> requant.shift;
    let tie = requant.shift > 0 && sum & ((1 << requant.shift) - 1) == 0;
    if tie && rounding.lowers_tie(result & 1 == 1) { result - 1 } else { result }
}

/// The same function in a layer with a rounding of ties: a half that never is one.
pub(super) fn without_ties(requant: Requant) -> Requant {
    match requant {
        Requant { shift: 0, .. } => requant,
        // Constants that large saturate every result.
        Requant { mul, add, shift } => {
            Requant { mul: 2 * mul, add: add.saturating_mul(2).saturating_add(1), shift: shift + 1 }
        }
    }
}

/// A sum of two operands that meets `value` for all pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub mul: [u64; 2],
    pub add: i64,
    /// The shift of the sum.
    pub last: Last,
}

/// Pairs of operands that are tried one by one.
const PAIRS: i64 = 1 << 18;

/// Constants of a sum: `ratios` are steps of the result for a step of each operand, `constant` the result for zeros, `ties` where
/// halves go if they have to.
pub(super) fn pair(
    ranges: [[i64; 2]; 2],
    ratios: [f64; 2],
    constant: f64,
    (clamp, ties): ([i32; 2], Rounding),
    value: impl Fn(i64, i64) -> i32,
) -> Option<Pair> {
    let count = |[low, high]: [i64; 2]| high - low + 1;
    if count(ranges[0]).checked_mul(count(ranges[1])).is_none_or(|pairs| pairs > PAIRS) {
        return None;
    }
    let right = || ranges[1][0]..=ranges[1][1];
    let wanted: Vec<(i64, i64, i64)> = (ranges[0][0]..=ranges[0][1])
        .flat_map(|a| right().map(move |b| (a, b)))
        .map(|(a, b)| (a, b, value(a, b).into()))
        .collect();
    let [lo, hi] = clamp.map(i64::from);
    for shift in 0..=MAX_SHIFT {
        let unit = f64::from(shift).exp2();
        let mul = ratios.map(|ratio| (ratio * unit).round());
        if mul.iter().any(|mul| *mul >= f64::from(1u32 << MUL_BITS)) {
            break;
        }
        let mul = mul.map(|mul| mul as i64);
        let mut range = [i128::MIN, i128::MAX];
        for &(a, b, result) in &wanted {
            // Mantissas of 24 bits and values of 32.
            let sum = i128::from(a * mul[0] + b * mul[1]);
            let at_least = |result: i64| (i128::from(result) << shift) - sum;
            if result > lo {
                range[0] = range[0].max(at_least(result));
            }
            if result < hi {
                range[1] = range[1].min(at_least(result + 1) - 1);
            }
            if range[0] > range[1] {
                break;
            }
        }
        if range[0] <= range[1] {
            let add = match range {
                [i128::MIN, i128::MAX] => 0,
                [i128::MIN, most] => most,
                [least, i128::MAX] => least,
                [least, most] => least + (most - least) / 2,
            };
            let add = i64::try_from(add).ok()?;
            return Some(Pair { mul: mul.map(|mul| mul as u64), add, last: Last { shift, ..Last::DOWN } });
        }
        let whole = ratios.iter().chain([&constant]).all(|value| (value * unit).fract() == 0.0);
        if whole && shift > 0 && (constant * unit).abs() < 2f64.powi(61) {
            let add = (constant * unit) as i64 + (1 << (shift - 1));
            let tied = |a: i64, b: i64| {
                let sum = Requant { mul: 1, add, shift };
                rounded(sum, ties, a * mul[0] + b * mul[1]).clamp(lo.into(), hi.into())
            };
            if wanted.iter().all(|&(a, b, result)| tied(a, b) == i128::from(result)) {
                return Some(Pair { mul: mul.map(|mul| mul as u64), add, last: Last { shift, rounding: ties } });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{LONG_BITS, Last, MUL_BITS, Requant, Rounding, Stair};

    const CLAMP: [i32; 2] = [-128, 127];

    fn stair(value: impl Fn(i64) -> i32) -> Stair {
        Stair::of([-3000, 3000], CLAMP, |at| value(at).clamp(CLAMP[0], CLAMP[1]))
    }

    /// What a layer makes of an accumulator.
    fn of(found: Requant, last: Last, at: i64) -> i64 {
        let sum = (at * found.mul as i64 + found.add) >> if last.shift > 0 { found.shift } else { 0 };
        let shift = if last.shift > 0 { last.shift } else { found.shift };
        let tie = shift > 0 && sum & ((1 << shift) - 1) == 0;
        let result = sum >> shift;
        let lowered = tie && last.rounding.lowers_tie(result & 1 == 1);
        (result - i64::from(lowered)).clamp(CLAMP[0].into(), CLAMP[1].into())
    }

    #[test]
    fn every_argument_of_a_quotient_is_met() {
        for scale in [0.0137f32, 0.11, 0.023_45, 1.7] {
            let value = |at: i64| ((at as f32 * 0.007_812_5 + 0.013) / scale).round_ties_even() as i32;
            let found = stair(value).constants(0.007_812_5 / f64::from(scale), Last::DOWN, 16).unwrap();
            for at in -3000..=3000 {
                assert_eq!(
                    of(found, Last::DOWN, at),
                    i64::from(value(at).clamp(-128, 127)),
                    "{scale}: {at}, {found:?}"
                );
            }
        }
    }

    #[test]
    fn ties_need_their_own_rounding() {
        let value = |at: i64| (at as f32 * 0.25 + 0.125).round_ties_even() as i32;
        let odd = |at: i64| ((at as f32 * 0.25) + 0.25).round_ties_even() as i32;
        let even = Last { shift: 0, rounding: Rounding::HalfEven };
        let meets = |value: &dyn Fn(i64) -> i32, last: Last| {
            let found = stair(value).constants(0.25, last, 16)?;
            assert!((-3000..=3000).all(|at| of(found, last, at) == i64::from(value(at).clamp(-128, 127))));
            Some(found)
        };
        assert_eq!(meets(&odd, Last::DOWN), None);
        assert!(meets(&odd, even).is_some());
        // With an odd zero point even multiples are odd integers.
        let moved = |at: i64| odd(at) + 3;
        assert_eq!(meets(&moved, Last::DOWN).or_else(|| meets(&moved, even)), None);
        assert!(meets(&moved, Last { shift: 0, rounding: Rounding::HalfOdd }).is_some());
        // Without ties any rounding will do.
        assert!(meets(&value, Last::DOWN).is_some() && meets(&value, even).is_some());
    }

    /// Accumulators of 36 bits tell more than 24 bits of a mantissa.
    #[test]
    fn long_accumulators_take_long_mantissas() {
        let (mul, shift, ends) = (0x1_2345_6789_i128, 60, [-(1 << 35), 1 << 35]);
        let value = |at: i64| ((i128::from(at) * mul + (1 << (shift - 1))) >> shift) as i32;
        let stair = Stair::of(ends, CLAMP, |at| value(at).clamp(CLAMP[0], CLAMP[1]));
        let ratio = mul as f64 / f64::from(shift).exp2();
        assert_eq!(stair.constants(ratio, Last::DOWN, MUL_BITS), None);
        let found = stair.constants(ratio, Last::DOWN, LONG_BITS).unwrap();
        for &(result, at) in &stair.thresholds {
            let of = |at: i64| (i128::from(at) * i128::from(found.mul) + i128::from(found.add)) >> found.shift;
            assert!(of(at) >= result.into() && of(at - 1) < result.into(), "{found:?} at {at}");
        }
    }

    /// Averages of 1 to 64 pixels, all sums of pixels, two scales: ties go where the file says, and nothing else is one.
    #[test]
    fn averages_of_any_number_of_pixels_are_met_everywhere() {
        for pixels in 1..=64 {
            for (steps, rounding) in [(1.0, Rounding::HalfEven), (2.0, Rounding::HalfOdd), (0.25, Rounding::HalfEven)] {
                let odd = i32::from(rounding == Rounding::HalfOdd);
                // The definition, in exact integers: `4 * steps * sum / (4 * pixels)`, halves to even.
                let value = |sum: i64| {
                    let (above, below) = ((4.0 * steps) as i64 * sum, 4 * pixels);
                    let (floor, rest) = (above.div_euclid(below), above.rem_euclid(below));
                    let up = 2 * rest > below || (2 * rest == below && floor % 2 != 0);
                    ((floor + i64::from(up)) as i32 + odd).clamp(CLAMP[0], CLAMP[1])
                };
                let ends = [-128 * pixels, 127 * pixels];
                let stair = Stair::of(ends, CLAMP, value);
                let ratio = steps / pixels as f64;
                let modes = (0..=12).map(|shift| Last { shift, rounding });
                let found = std::iter::once(Last::DOWN)
                    .chain(modes)
                    .find_map(|last| Some((stair.constants(ratio, last, MUL_BITS)?, last)));
                let (found, last) = found.unwrap_or_else(|| panic!("{pixels} pixels, {steps} steps"));
                for sum in ends[0]..=ends[1] {
                    assert_eq!(of(found, last, sum), i64::from(value(sum)), "{pixels} pixels, {steps} steps, {sum}");
                }
            }
        }
    }
}
