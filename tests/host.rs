//! The host's rounding of real numbers to the core's integers, against each quantizer's own definition.

use rowsmith::ir::InputRounding;

/// `(value, scale, offset, integer)`: `value = scale * integer + offset` on the grid.
fn check(rounding: InputRounding, cases: &[(f32, f64, f64, f32)]) {
    for &(value, scale, offset, expected) in cases {
        let found = rounding.integer(value, scale, offset);
        assert!(
            (found - expected).abs() < 1e-9,
            "{rounding:?} of {value} by {scale}, {offset}: {found}, not {expected}"
        );
    }
}

/// `QuantizeLinear` and `Quant` by ROUND: ties to the even multiple of the scale, whatever the zero point is.
#[test]
fn ties_to_even_before_the_zero_point() {
    let zero = -3.0 * 0.5;
    check(
        InputRounding::HalfEven,
        &[(0.25, 0.5, 0.0, 0.0), (0.75, 0.5, 0.0, 2.0), (-0.25, 0.5, 0.0, 0.0), (-0.75, 0.5, 0.0, -2.0)],
    );
    check(InputRounding::HalfEven, &[(0.25, 0.5, zero, 3.0), (0.75, 0.5, zero, 5.0), (0.3, 0.5, zero, 4.0)]);
    // The offset of a file is a 32-bit float: a zero point of 128 steps of 0.1 is not quite whole.
    check(InputRounding::HalfEven, &[(0.0, 0.1_f32.into(), (-128.0 * 0.1_f32).into(), 128.0)]);
}

/// An odd zero point that is added before the rounding turns ties around.
#[test]
fn ties_to_odd_multiples() {
    check(InputRounding::HalfOdd, &[(0.25, 0.5, 0.0, 1.0), (0.75, 0.5, 0.0, 1.0), (1.25, 0.5, 0.0, 3.0)]);
    check(InputRounding::HalfOdd, &[(0.25, 0.5, -0.5, 2.0), (0.3, 0.5, -0.5, 2.0), (-0.25, 0.5, 0.0, -1.0)]);
}

/// `BipolarQuant`: -1 or 1, 1 for 0, on a grid of 2 from -1.
#[test]
fn signs() {
    check(
        InputRounding::HalfUp,
        &[(0.0, 2.0, -1.0, 1.0), (-0.0, 2.0, -1.0, 1.0), (-1e-6, 2.0, -1.0, 0.0), (0.7, 2.0, -1.0, 1.0)],
    );
    check(InputRounding::HalfUp, &[(0.25, 0.5, 0.0, 1.0), (-0.25, 0.5, 0.0, 0.0), (0.75, 0.5, 0.0, 2.0)]);
}

#[test]
fn down() {
    check(InputRounding::Floor, &[(0.99, 0.5, 0.0, 1.0), (-0.01, 0.5, 0.0, -1.0), (0.99, 0.5, -1.0, 3.0)]);
}

/// The division is one of 32-bit floats, as in ONNX Runtime: 0.35 / 0.1 is a tie there and none in 64 bits.
#[test]
fn single_precision() {
    let (value, scale) = (0.35_f32, 0.1_f32);
    assert!((value / scale - 3.5).abs() < f32::EPSILON && (f64::from(value) / f64::from(scale) - 3.5).abs() > 1e-9);
    check(InputRounding::HalfEven, &[(value, scale.into(), 0.0, (value / scale).round_ties_even())]);
}
