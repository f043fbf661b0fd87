//! The executor: ONNX and QONNX operators as their specifications define them, on intervals.

use std::collections::HashMap;

use crate::model::Node;
use crate::quantizers;
use crate::shapes;
use crate::value::{ROUNDING, Sum, Value, is_single, product, rounded, widened};
use crate::windows;

/// All tensors of one run.
pub type Values = HashMap<String, Value>;

/// One node.
pub fn apply(node: &Node, values: &Values) -> Value {
    let operands: Vec<Option<&Value>> = node.inputs.iter().map(|name| values.get(name)).collect();
    let x = operands[0].unwrap_or_else(|| panic!("{} reads an unknown tensor", node.name));
    let operand = |index: usize| operands.get(index).copied().flatten();
    let need = |index: usize| operand(index).expect("operand");
    match node.op {
        "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" => {
            operands[1..].iter().fold(x.clone(), |a, b| binary(node.op, &a, b.expect("operand")))
        }
        "Relu" => x.map(|lo, hi| (lo.max(0.0), hi.max(0.0))),
        "LeakyRelu" => leaky(x, &Value::scalar(node.float("alpha", 0.01))),
        "PRelu" => leaky(x, need(1)),
        "Clip" => {
            let limit = |index: usize, none: f64| operand(index).map_or(none, |limit| limit.lo[0]);
            let (least, most) = (limit(1, f64::NEG_INFINITY), limit(2, f64::INFINITY));
            x.map(|lo, hi| (lo.max(least).min(most), hi.max(least).min(most)))
        }
        "Neg" => x.map(|lo, hi| (-hi, -lo)),
        "Identity" | "Dropout" | "Cast" => x.clone(),
        "Sigmoid" => x.map(|lo, hi| (1.0 / (1.0 + (-lo).exp()) - 1e-6, 1.0 / (1.0 + (-hi).exp()) + 1e-6)),
        "Softmax" => softmax(x),
        "BatchNormalization" => norm(node, x, [need(1), need(2), need(3), need(4)]),
        "Gemm" => gemm(node, x, need(1), operand(2)),
        "MatMul" => matmul(x, need(1)),
        "Conv" => windows::conv(node, x, need(1), operand(2)),
        "MaxPool" | "AveragePool" => windows::pool(node, x),
        "GlobalMaxPool" | "GlobalAveragePool" => {
            let over: Vec<usize> = (2..x.dims.len()).collect();
            windows::reduce(x, &over, true, node.op == "GlobalMaxPool")
        }
        "ReduceMean" | "ReduceMax" => {
            let listed = node.ints("axes").map_or_else(|| need(1).ints(), <[i64]>::to_vec);
            let over: Vec<usize> = listed.iter().map(|&axis| shapes::axis(axis, x.dims.len())).collect();
            windows::reduce(x, &over, node.int("keepdims", 1) != 0, node.op == "ReduceMax")
        }
        "Quant" | "BipolarQuant" | "Trunc" | "QuantizeLinear" | "DequantizeLinear" | "QLinearConv"
        | "QLinearMatMul" => quantizers::apply(node, &operands),
        _ => shapes::apply(node, &operands),
    }
}

/// Extents of two operands after `NumPy`'s broadcasting.
fn broadcast(a: &[usize], b: &[usize]) -> Vec<usize> {
    let rank = a.len().max(b.len());
    let extent = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |axis| dims[axis]);
    (0..rank).map(|axis| extent(a, axis).max(extent(b, axis))).collect()
}

/// An operand repeated to these extents.
fn spread(value: &Value, dims: &[usize]) -> Value {
    let offset = dims.len() - value.dims.len();
    let index = |flat: usize| {
        let (mut rest, mut index, mut stride) = (flat, 0, 1);
        for axis in (0..dims.len()).rev() {
            let position = rest % dims[axis];
            rest /= dims[axis];
            if axis >= offset {
                let extent = value.dims[axis - offset];
                index += if extent == 1 { 0 } else { position * stride };
                stride *= extent;
            }
        }
        index
    };
    value.pick(dims, (0..dims.iter().product()).map(index))
}

/// A function of two tensors, element by element.
pub fn zip(a: &Value, b: &Value, f: impl Fn((f64, f64), (f64, f64)) -> (f64, f64)) -> Value {
    let dims = broadcast(&a.dims, &b.dims);
    let (a, b) = (spread(a, &dims), spread(b, &dims));
    let each = (0..a.len()).map(|i| f((a.lo[i], a.hi[i]), (b.lo[i], b.hi[i])));
    let (lo, hi) = each.unzip();
    Value { dims, lo, hi }
}

fn binary(op: &str, a: &Value, b: &Value) -> Value {
    zip(a, b, |a, b| match op {
        "Add" => rounded((a.0 + b.0, a.1 + b.1), true),
        "Sub" => rounded((a.0 - b.1, a.1 - b.0), true),
        "Mul" => rounded(product(a, b), true),
        "Div" => divided(a, b.0),
        "Max" => (a.0.max(b.0), a.1.max(b.1)),
        _ => (a.0.min(b.0), a.1.min(b.1)),
    })
}

/// A quotient by a number.
pub fn divided((lo, hi): (f64, f64), by: f64) -> (f64, f64) {
    let ends = if by < 0.0 { (hi / by, lo / by) } else { (lo / by, hi / by) };
    rounded(ends, ends.0 * by == lo)
}

fn leaky(x: &Value, slope: &Value) -> Value {
    zip(x, slope, |(lo, hi), (slope, _)| {
        let one = |value: f64| if value < 0.0 { rounded((value * slope, value * slope), true) } else { (value, value) };
        let (a, b) = (one(lo), one(hi));
        // A negative slope makes a valley at zero.
        let valley = if lo < 0.0 && hi > 0.0 { 0.0 } else { a.0 };
        (a.0.min(b.0).min(valley), a.1.max(b.1))
    })
}

fn softmax(x: &Value) -> Value {
    let most = x.range().1;
    let sum = |ends: &[f64]| ends.iter().map(|value| (value - most).exp()).sum::<f64>();
    let (least_sum, most_sum) = (sum(&x.lo), sum(&x.hi));
    x.map(|lo, hi| ((lo - most).exp() / most_sum - 1e-6, (hi - most).exp() / least_sum + 1e-6))
}

fn norm(node: &Node, x: &Value, [scale, bias, mean, variance]: [&Value; 4]) -> Value {
    let (channels, inner) = (x.dims[1], x.dims[2..].iter().product::<usize>());
    let epsilon = node.float("epsilon", 1e-5);
    let each = (0..x.len()).map(|index| {
        let c = index / inner % channels;
        let deviation = (variance.lo[c] + epsilon).sqrt();
        let factor = scale.lo[c] / deviation;
        let ends = (x.lo[index] - mean.lo[c], x.hi[index] - mean.lo[c]);
        let scaled = product(ends, (factor, factor));
        let result = (scaled.0 + bias.lo[c], scaled.1 + bias.lo[c]);
        // Folded into one factor and one constant or not: numbers of few bits give the same.
        let constant = bias.lo[c] - mean.lo[c] * factor;
        let steps = [ends.0, factor, scaled.0, x.lo[index] * factor, constant, result.0];
        if ends.0 == ends.1 && deviation * deviation == variance.lo[c] + epsilon && steps.iter().all(|&v| is_single(v))
        {
            return result;
        }
        let size = factor.abs() * (x.lo[index].abs().max(x.hi[index].abs()) + mean.lo[c].abs()) + bias.lo[c].abs();
        widened(result, 8.0 * ROUNDING * size)
    });
    let (lo, hi) = each.unzip();
    Value { dims: x.dims.clone(), lo, hi }
}

fn gemm(node: &Node, x: &Value, matrix: &Value, bias: Option<&Value>) -> Value {
    let matrix = if node.int("transB", 0) == 0 { matrix.clone() } else { shapes::transposed(matrix, &[1, 0]) };
    let scaled = |value: &Value, factor: f64| value.map(|lo, hi| rounded(product((lo, hi), (factor, factor)), true));
    let product = scaled(&matmul(x, &matrix), node.float("alpha", 1.0));
    match bias {
        Some(bias) => {
            let bias = scaled(bias, node.float("beta", 1.0));
            zip(&product, &bias, |a, b| rounded((a.0 + b.0, a.1 + b.1), true))
        }
        None => product,
    }
}

/// Rows of the first operand times a matrix.
pub fn matmul(x: &Value, matrix: &Value) -> Value {
    let (inner, outer) = (matrix.dims[matrix.dims.len() - 2], matrix.dims[matrix.dims.len() - 1]);
    assert_eq!(x.dims.last(), Some(&inner), "extents of a product");
    let grid = x.grid().zip(matrix.grid()).map(|(a, b)| a + b);
    let rows = x.len() / inner;
    let each = (0..rows * outer).map(|index| {
        let (row, column) = (index / outer, index % outer);
        let mut sum = Sum::default();
        for k in 0..inner {
            let (a, b) = (row * inner + k, k * outer + column);
            sum.add(product((x.lo[a], x.hi[a]), (matrix.lo[b], matrix.hi[b])));
        }
        sum.ends(grid)
    });
    let (lo, hi) = each.unzip();
    Value { dims: [&x.dims[..x.dims.len() - 1], &[outer]].concat(), lo, hi }
}
