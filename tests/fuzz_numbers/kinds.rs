//! Small files of kinds that were wrong once, each exact now.

use crate::build::{Builder, Case, Edge};
use crate::check::{Outcome, check};
use crate::model::{Attribute, Type};
use crate::recipe::{Family, Recipe, Scales};
use crate::value::Value;

const QONNX: &str = "qonnx.custom_op.general";

/// A file with one input of these extents; `make` adds nodes and says which is the result.
fn case(family: Family, scales: Scales, input: &[usize], make: impl Fn(&mut Builder) -> String) -> Case {
    let recipe = Recipe {
        seed: 3,
        family,
        scales,
        prescribed: true,
        input: input.to_vec(),
        channels_last: false,
        batchless: false,
        channels: 4,
        blocks: Vec::new(),
    };
    let (mut builder, inputs, edge) = Builder::new(&recipe);
    let name = make(&mut builder);
    let edge = Edge { dims: builder.dims(&name), name, ..edge };
    builder.finish(&edge, inputs)
}

fn exact(case: &Case) {
    assert_eq!(check(case), Outcome::Exact, "{}", case.model);
}

fn quant(b: &mut Builder, x: &str, scale: f64, bits: f64, mode: &'static str) -> String {
    let operands = [scale, 0.0, bits].map(|value| b.float(value));
    let inputs = [x, &operands[0], &operands[1], &operands[2]];
    b.typed("Quant", QONNX, &inputs, vec![("rounding_mode", Attribute::Text(mode))], Type::Float)
}

fn signs(b: &mut Builder, x: &str) -> String {
    let scale = b.float(0.5);
    b.typed("BipolarQuant", QONNX, &[x, &scale], Vec::new(), Type::Float)
}

fn pad(b: &mut Builder, x: &str) -> String {
    let operands = [b.list(&[0, 0, 1, 0, 0, 0, 0, 2]), b.float(0.0)];
    b.node("Pad", &[x, &operands[0], &operands[1]], Vec::new())
}

fn conv(b: &mut Builder, x: &str, rows: usize, kernel: usize, padding: i64) -> String {
    let (matrix, _) = b.matrix(&[rows, b.dims(x)[1], kernel, kernel], 0);
    let kernel = kernel as i64;
    let attributes =
        vec![("kernel_shape", Attribute::Ints(vec![kernel; 2])), ("pads", Attribute::Ints(vec![padding; 4]))];
    b.node("Conv", &[x, &matrix], attributes)
}

#[test]
fn sums_of_an_image_and_a_vector() {
    exact(&case(Family::Qonnx, Scales::Dyadic, &[2, 3, 3], |b| {
        let x = quant(b, "x", 0.125, 4.0, "ROUND");
        let image = conv(b, &x, 1, 2, 0);
        let image = quant(b, &image, 0.25, 6.0, "ROUND");
        let flat = b.node("Flatten", &[&image], vec![("axis", Attribute::Int(1))]);
        let (matrix, _) = b.matrix(&[4, 4], 1);
        let vector = b.node("MatMul", &[&flat, &matrix], Vec::new());
        let sum = b.node("Add", &[&flat, &vector], Vec::new());
        quant(b, &sum, 0.25, 8.0, "ROUND")
    }));
}

#[test]
fn zeros_around_values_of_one_bit() {
    exact(&case(Family::Qonnx, Scales::Dyadic, &[2, 4, 4], |b| {
        let x = signs(b, "x");
        let x = pad(b, &x);
        conv(b, &x, 3, 3, 1)
    }));
    exact(&case(Family::Qonnx, Scales::Dyadic, &[2, 4, 4], |b| {
        let x = signs(b, "x");
        let padded = pad(b, &x);
        let attributes = vec![("kernel_shape", Attribute::Ints(vec![2; 2])), ("pads", Attribute::Ints(vec![1; 4]))];
        let mean = b.node("AveragePool", &[&padded], attributes);
        let mean = quant(b, &mean, 0.25, 4.0, "ROUND");
        conv(b, &mean, 2, 1, 0)
    }));
}

#[test]
fn limits_behind_padding() {
    exact(&case(Family::Qonnx, Scales::Dyadic, &[2, 4, 4], |b| {
        let x = quant(b, "x", 0.125, 4.0, "ROUND");
        let padded = pad(b, &x);
        let limit = b.float(-0.25);
        let limited = b.node("Min", &[&padded, &limit], Vec::new());
        let typed = quant(b, &limited, 0.125, 4.0, "ROUND");
        conv(b, &typed, 2, 2, 0)
    }));
}

#[test]
fn limits_between_two_steps() {
    exact(&case(Family::Qonnx, Scales::Dyadic, &[2, 4, 4], |b| {
        let x = quant(b, "x", 1.0, 2.0, "ROUND");
        let bounds = [b.float(0.0), b.float(0.5)];
        let limited = b.node("Clip", &[&x, &bounds[0], &bounds[1]], Vec::new());
        let rows = conv(b, &x, 2, 3, 1);
        let sum = b.node("Add", &[&limited, &rows], Vec::new());
        quant(b, &sum, 0.25, 4.0, "ROUND")
    }));
}

/// Single precision moves multiples of this scale off the steps of a type that rounds down.
#[test]
fn types_that_round_down_twice() {
    exact(&case(Family::Qonnx, Scales::Real, &[2, 4, 4], |b| {
        let x = quant(b, "x", 0.164_270_520_210_266_1, 5.0, "FLOOR");
        let padded = pad(b, &x);
        let again = quant(b, &padded, 0.164_270_520_210_266_1, 5.0, "FLOOR");
        let rows = conv(b, &again, 2, 2, 0);
        quant(b, &rows, 0.07, 8.0, "ROUND")
    }));
}

#[test]
fn bits_fall_off_whole_numbers() {
    let scale = 0.223_389_834_165_573_12;
    for (six, mode) in [(true, "ROUND"), (true, "FLOOR"), (false, "ROUND"), (false, "FLOOR")] {
        exact(&case(Family::Qonnx, Scales::Real, &[4, 3, 3], |b| {
            let x = quant(b, "x", scale / 8.0, 7.0, "ROUND");
            let mut operands = vec![x, b.float(scale / 8.0), b.float(0.0), b.float(7.0)];
            if six {
                operands.push(b.float(scale));
            }
            operands.push(b.float(4.0));
            let inputs: Vec<&str> = operands.iter().map(String::as_str).collect();
            let attributes = vec![("rounding_mode", Attribute::Text(mode))];
            let short = b.typed("Trunc", QONNX, &inputs, attributes, Type::Float);
            let rows = conv(b, &short, 2, 3, 1);
            quant(b, &rows, 0.05, 8.0, "ROUND")
        }));
    }
}

/// The host rounds its function as the file says: a probability of 1 is none that 8 bits have.
#[test]
fn types_behind_a_function_of_the_host() {
    for op in ["Sigmoid", "Softmax"] {
        let case = case(Family::Qdq, Scales::Dyadic, &[6], |b| {
            let (scale, zero) = (b.float(1.0 / 256.0), b.constant(Type::Uint8, Value::scalar(0.0)));
            let codes = b.typed("QuantizeLinear", "", &["x", &scale, &zero], Vec::new(), Type::Uint8);
            let x = b.node("DequantizeLinear", &[&codes, &scale, &zero], Vec::new());
            let sixty = b.constant(Type::Int8, Value::new(&[6, 3], (0..18).map(|i| f64::from(i % 7 - 2)).collect()));
            let one = [b.float(16.0), b.constant(Type::Int8, Value::scalar(0.0))];
            let matrix = b.node("DequantizeLinear", &[&sixty, &one[0], &one[1]], Vec::new());
            let rows = b.node("MatMul", &[&x, &matrix], Vec::new());
            let result = b.node(op, &[&rows], Vec::new());
            let codes = b.typed("QuantizeLinear", "", &[&result, &scale, &zero], Vec::new(), Type::Uint8);
            b.node("DequantizeLinear", &[&codes, &scale, &zero], Vec::new())
        });
        assert!((0..4).any(|sample| case.output(sample).range().1 >= 255.0 / 256.0), "{op} saturates");
        exact(&case);
    }
}

/// Biases in steps that are rounded to single precision, where nothing is added to them.
#[test]
fn results_that_are_only_biases() {
    exact(&case(Family::Qonnx, Scales::Real, &[5], |b| {
        let x = quant(b, "x", 0.371_735_334_396_362_3, 3.0, "ROUND");
        let x = b.node("Relu", &[&x], Vec::new());
        let scale = 0.021_536_922_082_304_955;
        let levels = (0..20).map(|level| f64::from(level % 9 - 4) * scale).collect();
        let values = b.floats(&[5, 4], levels);
        let matrix = quant(b, &values, scale, 6.0, "ROUND");
        let step = f64::from((scale * 0.371_735_334_396_362_3) as f32);
        let bias = b.floats(&[4], [-51.0, 61.0, -62.0, 22.0].map(|level| level * step).to_vec());
        let none = b.float(0.0);
        let nothing = b.node("Min", &[&x, &none], Vec::new());
        b.node("Gemm", &[&nothing, &matrix, &bias], Vec::new())
    }));
}

/// Averages of fifteen pixels that are exact in single precision are ties of the next type.
#[test]
fn averages_that_are_exact_stay_exact() {
    exact(&case(Family::Qonnx, Scales::Dyadic, &[2, 7, 6], |b| {
        let x = quant(b, "x", 0.125, 4.0, "ROUND");
        let attributes = vec![
            ("kernel_shape", Attribute::Ints(vec![5, 3])),
            ("pads", Attribute::Ints(vec![1, 0, 1, 0])),
            ("count_include_pad", Attribute::Int(1)),
        ];
        let mean = b.node("AveragePool", &[&x], attributes);
        let typed = quant(b, &mean, 0.062_5, 6.0, "ROUND");
        conv(b, &typed, 2, 1, 0)
    }));
}
