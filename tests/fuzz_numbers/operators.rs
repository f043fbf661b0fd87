//! The executor on inputs small enough to compute by hand, and the comparison on results that are wrong by one bit.

use std::collections::HashMap;

use crate::blocks::build;
use crate::check::compare;
use crate::exec::apply;
use crate::model::{Attribute, Node, Type};
use crate::recipe::{Family, Recipe, Scales};
use crate::value::Value;

fn node(op: &'static str, inputs: usize, attributes: Vec<(&'static str, Attribute)>, result: Type) -> Node {
    let inputs = (0..inputs).map(|index| index.to_string()).collect();
    let (domain, name, output, range) = ("", op.to_owned(), "y".to_owned(), result.range());
    Node { op, domain, name, inputs, output, attributes, range }
}

fn run(node: &Node, operands: &[Value]) -> Value {
    let values: HashMap<String, Value> =
        operands.iter().enumerate().map(|(index, value)| (index.to_string(), value.clone())).collect();
    apply(node, &values)
}

fn ints(values: &[i64]) -> Attribute {
    Attribute::Ints(values.to_vec())
}

#[test]
fn a_convolution_with_padding_stride_and_bias() {
    let attributes = vec![("pads", ints(&[1, 0])), ("strides", ints(&[2]))];
    let x = Value::new(&[1, 1, 4], vec![1.0, 2.0, 3.0, 4.0]);
    let weight = Value::new(&[1, 1, 3], vec![1.0, 10.0, 100.0]);
    let y = run(&node("Conv", 3, attributes, Type::Float), &[x, weight, Value::new(&[1], vec![0.5])]);
    assert_eq!((y.dims.as_slice(), y.lo.as_slice()), ([1, 1, 2].as_slice(), [210.5, 432.5].as_slice()));
    assert!(y.is_exact());
}

#[test]
fn an_average_that_leaves_padding_out_and_a_last_window_beyond_the_image() {
    let attributes = |count| {
        let kernel = ("kernel_shape", ints(&[2]));
        vec![kernel, ("strides", ints(&[2])), ("pads", ints(&[1, 0])), ("ceil_mode", Attribute::Int(1)), count]
    };
    let x = Value::new(&[1, 1, 4], vec![2.0, 4.0, 6.0, 8.0]);
    let left_out = run(
        &node("AveragePool", 1, attributes(("count_include_pad", Attribute::Int(0))), Type::Float),
        std::slice::from_ref(&x),
    );
    assert_eq!(left_out.lo, [2.0, 5.0, 8.0]);
    let counted = run(&node("AveragePool", 1, attributes(("count_include_pad", Attribute::Int(1))), Type::Float), &[x]);
    assert_eq!(counted.lo, [1.0, 5.0, 8.0]);
}

#[test]
fn quantizers_round_half_to_even_before_the_zero_point() {
    let x = Value::new(&[4], vec![0.5, 1.5, -0.5, 300.0]);
    let operands = [x, Value::scalar(1.0), Value::scalar(3.0)];
    let y = run(&node("QuantizeLinear", 3, Vec::new(), Type::Uint8), &operands);
    assert_eq!(y.lo, [3.0, 5.0, 3.0, 255.0]);
    // QONNX adds the zero point first.
    let operands = [operands[0].clone(), Value::scalar(1.0), Value::scalar(3.0), Value::scalar(4.0)];
    let y = run(&node("Quant", 4, vec![("signed", Attribute::Int(0))], Type::Float), &operands);
    assert_eq!(y.lo, [1.0, 1.0, -1.0, 12.0]);
}

#[test]
fn a_tie_that_single_precision_may_miss_gives_both_neighbours() {
    // 0.35 / 0.1 is no tie, but its quotient in single precision may be one.
    let third = f64::from(0.35_f32);
    let operands = [Value::new(&[1], vec![third]), Value::scalar(f64::from(0.1_f32)), Value::scalar(0.0)];
    let y = run(&node("QuantizeLinear", 3, Vec::new(), Type::Uint8), &operands);
    assert_eq!((y.lo[0], y.hi[0]), (3.0, 4.0));
}

#[test]
fn one_bit_more_is_wrong() {
    let mut recipe = Recipe::new(0);
    (recipe.family, recipe.scales, recipe.prescribed) = (Family::Qonnx, Scales::Dyadic, true);
    let case = build(&recipe);
    let expected = case.output(0);
    let mut found: Vec<f32> = expected.lo.iter().map(|value| *value as f32).collect();
    assert_eq!(compare("exact", 0, expected, &found, 0.0), Ok(()));
    found[0] = f32::from_bits(found[0].to_bits() + 1);
    assert!(compare("exact", 0, expected, &found, 0.0).is_err());
}
