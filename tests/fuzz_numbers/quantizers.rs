//! QONNX `Quant`, `BipolarQuant`, `Trunc`; ONNX `QuantizeLinear`, `DequantizeLinear` and the `QLinear` operators.

use crate::exec::{divided, matmul};
use crate::model::Node;
use crate::value::{ROUNDING, Value, rounded, widened};
use crate::windows;

/// One node of this kind.
pub fn apply(node: &Node, operands: &[Option<&Value>]) -> Value {
    let x = operands[0].expect("operand");
    let operand = |index: usize| operands.get(index).copied().flatten();
    let need = |index: usize| operand(index).expect("operand");
    let number = |index: usize| need(index).lo[0];
    match node.op {
        "Quant" => quant(node, x, need(1), number(2), number(3)),
        "BipolarQuant" => {
            let scale = number(1);
            let sign = |value: f64| if value >= 0.0 { scale } else { -scale };
            x.map(|lo, hi| (sign(lo), sign(hi)))
        }
        "Trunc" => trunc(node, x, &(1..operands.len()).map(number).collect::<Vec<_>>()),
        "QuantizeLinear" => {
            let (least, most) = node.range;
            each(node, x, need(1), operand(2), |ends, scale, zero| {
                quantized(divided(ends, scale), zero, least, most, f64::round_ties_even)
            })
        }
        "DequantizeLinear" => each(node, x, need(1), operand(2), |(lo, hi), scale, zero| {
            rounded(((lo - zero) * scale, (hi - zero) * scale), true)
        }),
        "QLinearConv" => {
            let from = [number(1), number(2)];
            let centred = x.map(|lo, hi| (lo - from[1], hi - from[1]));
            let sum = windows::conv(node, &centred, &shifted(need(3), need(5)), operand(8));
            let inner = sum.dims[2..].iter().product();
            requantized(node, &sum, from[0], need(4), [number(6), number(7)], inner)
        }
        _ => {
            let from = [number(1), number(2)];
            let centred = x.map(|lo, hi| (lo - from[1], hi - from[1]));
            let sum = matmul(&centred, &shifted(need(3), need(5)));
            requantized(node, &sum, from[0], need(4), [number(6), number(7)], 1)
        }
    }
}

/// Integers of `x`, which is already divided by the scale.
fn quantized(x: (f64, f64), zero: f64, least: f64, most: f64, round: impl Fn(f64) -> f64) -> (f64, f64) {
    let one = |value: f64| (round(value) + zero).clamp(least, most);
    (one(x.0), one(x.1))
}

/// A function of each element with its scale and zero point, which may differ along one axis.
fn each(
    node: &Node,
    x: &Value,
    scale: &Value,
    zero: Option<&Value>,
    f: impl Fn((f64, f64), f64, f64) -> (f64, f64),
) -> Value {
    let axis = crate::shapes::axis(node.int("axis", 1), x.dims.len().max(1));
    let inner: usize = x.dims.iter().skip(axis + 1).product();
    let pick =
        |list: &Value, index: usize| if list.len() == 1 { list.lo[0] } else { list.lo[index / inner % list.len()] };
    let each = (0..x.len())
        .map(|index| f((x.lo[index], x.hi[index]), pick(scale, index), zero.map_or(0.0, |zero| pick(zero, index))));
    let (lo, hi) = each.unzip();
    Value { dims: x.dims.clone(), lo, hi }
}

/// Smallest and largest integer of a QONNX type.
pub fn limits(bits: f64, signed: bool, narrow: bool) -> (f64, f64) {
    let steps = if signed { (bits - 1.0).exp2() } else { bits.exp2() };
    match (signed, narrow) {
        (true, true) => (1.0 - steps, steps - 1.0),
        (true, false) => (-steps, steps - 1.0),
        (false, true) => (0.0, steps - 2.0),
        (false, false) => (0.0, steps - 1.0),
    }
}

fn rounding(mode: &str) -> fn(f64) -> f64 {
    match mode {
        "ROUND" | "HALF_EVEN" => f64::round_ties_even,
        "FLOOR" => f64::floor,
        "CEIL" => f64::ceil,
        other => panic!("the executor does not round by {other}"),
    }
}

fn quant(node: &Node, x: &Value, scale: &Value, zero: f64, bits: f64) -> Value {
    let (least, most) = limits(bits, node.int("signed", 1) != 0, node.int("narrow", 0) != 0);
    let round = rounding(node.text("rounding_mode", "ROUND"));
    crate::exec::zip(x, scale, |ends, (scale, _)| {
        let (lo, hi) = divided(ends, scale);
        let (lo, hi) = rounded((lo + zero, hi + zero), true);
        let (lo, hi) = (round(lo.clamp(least, most)), round(hi.clamp(least, most)));
        rounded(((lo - zero) * scale, (hi - zero) * scale), true)
    })
}

/// Five operands: scale, zero point, widths; six: scale, zero point, width, scale and width of the result.
fn trunc(node: &Node, x: &Value, numbers: &[f64]) -> Value {
    let round = rounding(node.text("rounding_mode", "FLOOR"));
    let (scale, zero, from) = (numbers[0], numbers[1], numbers[2]);
    let (to_scale, to) = if numbers.len() == 5 { (numbers[3], numbers[4]) } else { (scale, numbers[3]) };
    let factor = if numbers.len() == 5 { to_scale / scale } else { (from - to).exp2() };
    let (least, most) = if numbers.len() == 5 {
        limits(to, node.int("signed", 1) != 0, node.int("narrow", 0) != 0)
    } else {
        (f64::NEG_INFINITY, f64::INFINITY)
    };
    x.map(|lo, hi| {
        let integer = |value: f64| {
            // The operand lies on its grid: the quotient is rounded to an integer first.
            let whole = (value / scale + zero).round_ties_even();
            round(whole / factor).clamp(least, most)
        };
        rounded(((integer(lo) - zero) * to_scale, (integer(hi) - zero) * to_scale), true)
    })
}

/// Weights without their zero point, which may differ between rows.
fn shifted(weight: &Value, zero: &Value) -> Value {
    let inner = weight.len() / zero.len();
    let each = (0..weight.len()).map(|index| weight.lo[index] - zero.lo[index / inner]);
    Value::new(&weight.dims, each.collect())
}

fn requantized(node: &Node, sum: &Value, from: f64, weight: &Value, [to, zero]: [f64; 2], inner: usize) -> Value {
    let (least, most) = node.range;
    let each = (0..sum.len()).map(|index| {
        let row = if weight.len() == 1 { 0 } else { index / inner % weight.len() };
        let factor = from * weight.lo[row] / to;
        let (lo, hi) = (sum.lo[index] * factor, sum.hi[index] * factor);
        // Three operations in single precision, unless all of them are exact.
        let exact = lo == hi && factor.log2().fract() == 0.0 && from.log2().fract() == 0.0;
        let ends = if exact { (lo, hi) } else { widened((lo, hi), 4.0 * ROUNDING * lo.abs().max(hi.abs())) };
        quantized(ends, zero, least, most, f64::round_ties_even)
    });
    let (lo, hi) = each.unzip();
    Value { dims: sum.dims.clone(), lo, hi }
}
