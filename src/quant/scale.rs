//! The scales a row may have: those that requantization has a short mantissa for (numerics, section 3).

use crate::ir::Requant;

/// Largest mantissa: one bit less than a manifest holds is room to double it.
const MAX_MUL: f64 = (1u64 << 62) as f64;
/// Largest shift of scales that are not prescribed.
const MAX_SHIFT: i32 = 40;

/// Shift below which a mantissa keeps its zeros: the added constant has the resolution of the shift.
const FINE_SHIFT: u32 = 5;

/// `mul * 2^-shift` nearest to a positive ratio, the mantissa at most `bits` wide.
pub fn mantissa(ratio: f64, bits: u32) -> (u64, u32) {
    // Above 2^bits the mantissa is a short number shifted left, for the shift cannot be negative.
    let exponent = ratio.log2().floor() as i32 + 1 - bits as i32;
    let step = f64::from(exponent.max(-MAX_SHIFT)).exp2();
    let value = ((ratio / step).round() * step).clamp(0.0, MAX_MUL);
    let mut shift = (-exponent).clamp(0, MAX_SHIFT) as u32;
    let mut mul = (value * f64::from(shift).exp2()).round() as u64;
    while shift > FINE_SHIFT && mul > 0 && mul.is_multiple_of(2) {
        (mul, shift) = (mul / 2, shift - 1);
    }
    (mul, shift)
}

/// All ratios `mul * 2^-shift` with a mantissa of `bits` bits within `low..=high`, ascending; at least one.
pub fn ratios(low: f64, high: f64, bits: u32) -> Vec<f64> {
    let mut all = Vec::new();
    let (first, last) = (low.log2().floor() as i32, high.log2().ceil() as i32);
    for exponent in first..=last {
        let step = f64::from(exponent + 1 - bits as i32).exp2();
        all.extend((1u32 << (bits - 1)..1 << bits).map(|mul| f64::from(mul) * step));
    }
    let legal = |ratio: &f64| *ratio <= MAX_MUL && *ratio >= f64::from(-MAX_SHIFT).exp2();
    all.retain(|ratio| (low..=high).contains(ratio) && legal(ratio));
    if all.is_empty() {
        let (mul, shift) = mantissa(high.clamp(f64::from(-MAX_SHIFT).exp2(), MAX_MUL), bits);
        all.push(mul.max(1) as f64 * f64::from(shift).exp2().recip());
    }
    all
}

/// Requantization by `ratio`, then plus `constant` (in steps of the result), rounded to nearest, or down.
pub fn requant(ratio: f64, constant: f64, floor: bool, bits: u32) -> Requant {
    let (mul, shift) = mantissa(ratio, bits);
    let unit = f64::from(shift).exp2();
    let rounding = if floor { 0.0 } else { unit / 2.0 };
    // Larger constants saturate every result anyway.
    let limit = 2f64.powi(58);
    let add = ((constant * unit).round() + rounding).floor().clamp(-limit, limit) as i64;
    Requant { mul, add, shift }
}

#[cfg(test)]
mod tests {
    use super::{mantissa, ratios};

    /// Ratios beyond 16 bits, and beyond the mantissa's, stay what they are.
    #[test]
    fn large_ratios_are_not_cut_off() {
        for ratio in [65_535.0, 65_536.0, 105_203.0, 3.1e6, 1.2e9, 4.7e15] {
            for bits in [8, 16, 24] {
                let (mul, shift) = mantissa(ratio, bits);
                let found = mul as f64 / f64::from(shift).exp2();
                let error = (found / ratio - 1.0).abs();
                assert!(error <= f64::from(bits).exp2().recip(), "{ratio} in {bits} bits: {found}");
            }
        }
        let found = ratios(100_000.0, 101_000.0, 10);
        assert!(!found.is_empty() && found.iter().all(|ratio| (100_000.0..=101_000.0).contains(ratio)), "{found:?}");
    }
}
