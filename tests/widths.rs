//! The width algebra: by hand, and tight against every input of small types.

use num_bigint::BigInt;
use proptest::prelude::*;
use rowsmith::ir::{ActType, Requant, Shape, Tensor};
use rowsmith::num::{Range, Scheme, act_range, dot_range, padded_range, requant_range, sum_range};

#[test]
fn bits_by_hand() {
    for (min, max, bits) in [
        (0, 0, 1),
        (-1, 0, 1),
        (0, 1, 2),
        (-2, 1, 2),
        (-8, 7, 4),
        (-9, 7, 5),
        (-8, 8, 5),
        (-(1 << 47), (1 << 47) - 1, 48),
        (0, i128::from(i64::MAX), 64),
        (i128::MIN, 0, 128),
    ] {
        assert_eq!(Range { min, max }.signed_bits(), bits, "{min}..{max}");
        let big = Range { min: BigInt::from(min), max: BigInt::from(max) };
        assert_eq!(big.signed_bits(), bits, "{min}..{max}");
    }
    let union = Range { min: -3, max: 1 }.union(Range { min: -1, max: 9 });
    assert_eq!(union, Range { min: -3, max: 9 });
}

#[test]
fn ranges_by_hand() {
    let unsigned = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let signed = ActType { bits: 4, signed: true, lo: -8, hi: 7 };
    let positive = ActType { bits: 4, signed: false, lo: 3, hi: 15 };
    let fixed: Scheme = "fixed(4)".parse().expect("scheme");
    assert_eq!(dot_range(fixed, act_range(unsigned), 3), Range { min: -315, max: 315 });
    assert_eq!(dot_range(fixed, act_range(signed), 1), Range { min: -56, max: 56 });
    assert_eq!(sum_range(act_range(signed), 4), Range { min: -32, max: 28 });
    // A window over the padding only sums to zero points, whatever the smallest value is.
    let padded = |act, zero_point| {
        let shape = Shape { channels: 1, height: 1, width: 1 };
        padded_range(&Tensor { name: "t".into(), shape, act, scale: None, offset: 0.0, zero_point, producer: None })
    };
    assert_eq!(sum_range(padded(positive, 0), 2), Range { min: 0, max: 30 });
    assert_eq!(sum_range(padded(positive, 2), 2), Range { min: 4, max: 30 });
    assert_eq!(padded(signed, -8), act_range(signed));
    assert_eq!(dot_range(fixed, padded(ActType { hi: 3, lo: 0, ..signed }, -8), 1), Range { min: -56, max: 56 });
    let requant = Requant { mul: 3, add: -7, shift: 5 };
    let acc = Range { min: -10, max: 20 };
    assert_eq!(requant_range(acc, requant), Range::<i128> { min: -37, max: 53 });
    assert_eq!(requant_range(acc, requant), Range::<BigInt> { min: (-37).into(), max: 53.into() });
    // 2^100 * 2^62 and the sign.
    let long = Requant { mul: 1 << 62, add: 0, shift: 0 };
    assert_eq!(requant_range::<BigInt>(Range { min: 0, max: 1 << 100 }, long).signed_bits(), 164);
    assert_eq!(requant_range::<BigInt>(Range { min: -(1 << 100), max: 0 }, long).signed_bits(), 163);
}

proptest! {
    /// Nothing leaves the range, and the largest product of the largest terms reaches its end.
    #[test]
    fn dot_products_stay_inside(levels in prop::collection::vec(-7..=7i32, 1..20), values in prop::collection::vec(-8..=7i32, 20)) {
        let fixed: Scheme = "fixed(4)".parse().expect("scheme");
        let range = dot_range(fixed, Range { min: -8, max: 7 }, levels.len());
        let sum: i128 = levels.iter().zip(&values).map(|(a, b)| i128::from(a * b)).sum();
        prop_assert!(range.min <= sum && sum <= range.max);
        prop_assert_eq!(range.max, levels.len() as i128 * 7 * 8);
    }
}
