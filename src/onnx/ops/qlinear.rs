//! Operators on integers as ONNX Runtime writes them: each is its real counterpart between known types.

use std::rc::Rc;

use super::{arithmetic, conv, dense, host, host_types, join, pool, quant, rectifier};
use crate::onnx::act::{Act, Kind};
use crate::onnx::array::{Array, Grid};
use crate::onnx::attributes::Kind::{Float, Int, Ints, Text};
use crate::onnx::call::{Call, Value};
use crate::onnx::domain::{CHANNELS_LAST, Domain};
use crate::onnx::draft::Draft;
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::Operator;
use crate::onnx::proto::{Attribute, Node};
use crate::onnx::window;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::onnx(&["QLinearConv"]).with(window::ATTRIBUTES).imports(import),
    Operator::onnx(&["QLinearMatMul"]).imports(import),
    Operator::of(&["QGemm"], OWN).with(dense::GEMM).imports(import),
    Operator::of(&["QLinearAdd", "QLinearMul", "QLinearSigmoid"], OWN).imports(import),
    Operator::of(&["QLinearAveragePool"], OWN)
        .with(&[
            ("auto_pad", Text),
            ("ceil_mode", Int),
            ("channels_last", Int),
            ("count_include_pad", Int),
            ("kernel_shape", Ints),
            ("pads", Ints),
            ("strides", Ints),
        ])
        .imports(import),
    Operator::of(&["QLinearGlobalAveragePool"], OWN).with(&[("channels_last", Int)]).imports(import),
    Operator::of(&["QLinearConcat"], OWN).with(&[("axis", Int)]).imports(import),
    Operator::of(&["QLinearSoftmax"], OWN).with(&[("axis", Int), ("opset", Int)]).imports(import),
    Operator::of(&["QLinearLeakyRelu"], OWN).with(&[("alpha", Float)]).imports(import),
    Operator::of(&["QLinearReduceMean"], OWN).with(pool::REDUCE).imports(import),
];

/// Operators of ONNX Runtime.
const OWN: &[Domain] = &[Domain::Microsoft];

/// The real operator, with operands that are dequantized, and a result that is quantized.
fn import(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    match call.op() {
        "QLinearConv" => {
            let inputs = vec![Some(real(draft, call, 0)?), Some(real(draft, call, 3)?), bias(call, 8, [1, 4])?];
            let real = Real::new(call, "Conv", inputs, &[]);
            let result = conv::conv(draft, &real.call(call))?;
            typed(draft, call, result, 6)
        }
        "QLinearMatMul" => {
            let real = Real::new(call, "MatMul", vec![Some(real(draft, call, 0)?), Some(real(draft, call, 3)?)], &[]);
            let result = dense::matmul(draft, &real.call(call))?;
            typed(draft, call, result, 6)
        }
        "QGemm" => {
            let inputs = vec![Some(real(draft, call, 0)?), Some(real(draft, call, 3)?), bias(call, 6, [1, 4])?];
            let real = Real::new(call, "Gemm", inputs, &[]);
            let result = dense::gemm(draft, &real.call(call))?;
            if call.input(7).is_some() { typed(draft, call, result, 7) } else { Ok(result) }
        }
        "QLinearAdd" | "QLinearMul" => {
            let real =
                Real::new(call, &call.op()[7..], vec![Some(real(draft, call, 0)?), Some(real(draft, call, 3)?)], &[]);
            let result = arithmetic::arithmetic(draft, &real.call(call))?;
            with_zero(draft, call, result, 6)
        }
        "QLinearConcat" => {
            let inputs = (2..call.inputs.len())
                .step_by(3)
                .map(|operand| real(draft, call, operand).map(Some))
                .collect::<Result<_, _>>()?;
            let real = Real::new(call, "Concat", inputs, &[]);
            let result = join::concat(draft, &real.call(call))?;
            typed(draft, call, result, 0)
        }
        "QLinearAveragePool" | "QLinearGlobalAveragePool" => {
            let mut real = Real::new(call, &call.op()[7..], vec![Some(real(draft, call, 0)?)], &["channels_last"]);
            if call.int("channels_last", 0) != 0 {
                CHANNELS_LAST.clone_into(&mut real.node.domain);
            }
            if call.op() == "QLinearAveragePool" {
                let result = pool::pool(draft, &real.call(call))?;
                with_zero(draft, call, result, 3)
            } else {
                let result = pool::global(draft, &real.call(call))?;
                typed(draft, call, result, 3)
            }
        }
        "QLinearReduceMean" => {
            let real = Real::new(call, "ReduceMean", vec![Some(real(draft, call, 0)?)], &[]);
            let result = pool::reduce_over(draft, &real.call(call))?;
            typed(draft, call, result, 3)
        }
        "QLinearLeakyRelu" => {
            let real = Real::new(call, "LeakyRelu", vec![Some(real(draft, call, 0)?)], &[]);
            let result = rectifier::leaky(draft, &real.call(call))?;
            typed(draft, call, result, 3)
        }
        "QLinearSigmoid" | "QLinearSoftmax" => {
            let mut real = Real::new(call, &call.op()[7..], vec![Some(real(draft, call, 0)?)], &["opset"]);
            if call.op() == "QLinearSoftmax" {
                real.opset = call.int("opset", call.opset);
            }
            let result = host::host(draft, &real.call(call))?;
            let inputs = vec![Some(result), call.input(3).cloned(), call.input(4).cloned()];
            let typed = Real { node: call.node.clone(), inputs, opset: call.opset };
            host_types::quantized(&typed.call(call))
        }
        _ => Err(Reason::Operator),
    }
}

/// The real counterpart of a node.
struct Real {
    node: Node,
    inputs: Vec<Option<Value>>,
    opset: i64,
}

impl Real {
    fn new(call: &Call, op: &str, inputs: Vec<Option<Value>>, without: &[&str]) -> Self {
        let keeps = |attribute: &&Attribute| !without.contains(&attribute.name.as_str());
        let attribute = call.node.attribute.iter().filter(keeps).cloned().collect();
        let node = Node { op_type: op.to_owned(), attribute, domain: String::new(), ..call.node.clone() };
        Self { node, inputs, opset: call.opset }
    }

    fn call<'a>(&'a self, outer: &Call<'a>) -> Call<'a> {
        Call {
            node: &self.node,
            inputs: self.inputs.clone(),
            opset: self.opset,
            batch: outer.batch,
            room: outer.room,
            output: 0,
            folder: outer.folder,
        }
    }
}

/// An operand with its scale and zero point behind it, as real numbers.
fn real(draft: &mut Draft, call: &Call, operand: usize) -> Result<Value, Reason> {
    match call.input(operand) {
        Some(Value::Act(act)) => {
            let scale = call.constant(operand + 1)?.uniform();
            let zero = zero(call, operand + 2)?;
            match act.kind {
                Kind::Codes(made, from) if Some(made) == scale && from == zero => {
                    Ok(Value::Act(Act { kind: Kind::Real, ..act.clone() }))
                }
                Kind::Codes(..) => Err(unsupported(format!(
                    "the scale or zero point of operand {operand} is not that of the node that made it"
                ))),
                Kind::Done(_) | Kind::Typed(_) | Kind::Complement => {
                    Err(unsupported("it follows a Softmax or Sigmoid, which may only end a network"))
                }
                Kind::Real => quant::integer_input(draft, act, scale, zero).map(Value::Act),
            }
        }
        Some(Value::Const(array)) => {
            let (scale, zeros) = (call.constant(operand + 1)?, call.optional(operand + 2)?);
            // Scales of weights belong to rows: the first axis of a convolution, the columns of a matrix.
            let transposed = call.int("transB", 0) != 0 || call.op() == "QLinearConv";
            let axis = if transposed { 0 } else { array.dims.len().saturating_sub(1) };
            quant::dequantized(array, &scale, zeros.as_deref(), axis).map(Value::from)
        }
        _ => Err(invalid(format!("operand {operand} is missing"))),
    }
}

fn zero(call: &Call, operand: usize) -> Result<i64, Reason> {
    match call.optional(operand)? {
        Some(zeros) => zeros.ints()?.first().copied().ok_or_else(|| invalid("a zero point is empty")),
        None => Ok(0),
    }
}

/// Integers of a bias, in steps of the scales of both operands.
fn bias(call: &Call, operand: usize, scales: [usize; 2]) -> Result<Option<Value>, Reason> {
    let Some(bias) = call.optional(operand)? else { return Ok(None) };
    let input =
        call.constant(scales[0])?.uniform().ok_or_else(|| unsupported("a scale for each channel is not supported"))?;
    let rows = call.constant(scales[1])?.reals();
    let scale = |row: usize| f64::from(input) * f64::from(rows[if rows.len() == 1 { 0 } else { row }]);
    let integers = bias.ints()?;
    if rows.is_empty() || (rows.len() != 1 && rows.len() != integers.len()) {
        return Err(invalid("its bias does not match the scales of its weights"));
    }
    let values = integers.iter().enumerate().map(|(row, &integer)| (integer as f64 * scale(row)) as f32).collect();
    let array = Array { grid: None::<Grid>, ..Array::real(bias.dims.clone(), values) };
    Ok(Some(Value::Const(Rc::new(array))))
}

/// As [`typed`], of an operator that adds the zero point before it rounds: ties go to even integers, not to even multiples.
fn with_zero(draft: &mut Draft, call: &Call, result: Value, first: usize) -> Result<Value, Reason> {
    let typed = typed(draft, call, result, first)?;
    if let Value::Act(Act { tensor, kind: Kind::Codes(scale, zero), .. }) = &typed
        && zero % 2 != 0
        && let Some(quant) = &mut draft.tensors[*tensor].quant
    {
        quant.offset = 0.0 - *zero as f32 * scale;
        (quant.lo, quant.hi) = (quant.lo.saturating_add(*zero as i32), quant.hi.saturating_add(*zero as i32));
    }
    Ok(typed)
}

/// The result as integers of the type that the operands from `first` give.
fn typed(draft: &mut Draft, call: &Call, result: Value, first: usize) -> Result<Value, Reason> {
    let inputs = vec![Some(result), call.input(first).cloned(), call.input(first + 1).cloned()];
    let real = Real { node: Node { attribute: Vec::new(), ..call.node.clone() }, inputs, opset: call.opset };
    quant::quantize(draft, &real.call(call))
}
