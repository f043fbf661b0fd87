//! Which function imports which operator.

use super::call::{Call, Value};
use super::draft::{Draft, Kind};
use super::fault::{Reason, unsupported};
use super::{
    array::dtype, attributes, classical, conv, elementwise, host_types, pad, pool, qlinear, quant, rectifier, resize,
    select, shape,
};

/// Domain of QONNX operators whose channels are the last axis.
const CHANNELS_LAST: &str = "qonnx.custom_op.channels_last";

/// Operators that keep shapes, supported or not: behind a refused one the import goes on, to find all faults at once.
const SHAPE_KEEPING: &[&str] = &[
    "Abs",
    "BatchNormalization",
    "BipolarQuant",
    "Celu",
    "Clip",
    "Div",
    "Elu",
    "Erf",
    "Exp",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "InstanceNormalization",
    "LRN",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "Mish",
    "Mul",
    "PRelu",
    "Quant",
    "Relu",
    "Round",
    "Selu",
    "Sigmoid",
    "Sign",
    "Sin",
    "Softmax",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Swish",
    "Tanh",
    "ThresholdedRelu",
    "Trunc",
];

/// Operators of the ONNX domain that are known at all.
const KNOWN: &[&str] = &[
    "Abs",
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Clip",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Conv",
    "DepthToSpace",
    "DequantizeLinear",
    "Div",
    "Dropout",
    "Exp",
    "Expand",
    "Flatten",
    "Floor",
    "Gather",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Identity",
    "LeakyRelu",
    "Log",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mul",
    "Neg",
    "PRelu",
    "Pad",
    "Pow",
    "QuantizeLinear",
    "Reciprocal",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Resize",
    "Shape",
    "Sigmoid",
    "Size",
    "Slice",
    "Softmax",
    "SpaceToDepth",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Sum",
    "Transpose",
    "Unsqueeze",
    "Upsample",
];

/// Whether an operator keeps the shape of its first operand.
pub(super) fn keeps_shape(op: &str) -> bool {
    SHAPE_KEEPING.contains(&op)
}

/// Refuses an operator that cannot be imported whatever its operands are.
pub(super) fn known(domain: &str, op: &str) -> Result<(), Reason> {
    let known = match domain {
        "" | "ai.onnx" => KNOWN.contains(&op) || qlinear::STANDARD.contains(&op),
        qlinear::DOMAIN => qlinear::OWN.contains(&op) || matches!(op, "QuantizeLinear" | "DequantizeLinear"),
        classical::DOMAIN => classical::OPERATORS.contains(&op),
        CHANNELS_LAST => matches!(op, "Conv" | "MaxPool" | "AveragePool" | "BatchNormalization"),
        _ => quant::DOMAINS.contains(&domain) && matches!(op, "Quant" | "BipolarQuant" | "Trunc"),
    };
    if known { Ok(()) } else { Err(Reason::Operator) }
}

/// Imports one node of which at least one operand is an activation, or one of QONNX.
pub(super) fn import(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    known(&call.node.domain, call.op())?;
    attributes::check(call)?;
    if call.is_done() && matches!(call.op(), "QuantizeLinear" | "DequantizeLinear" | "Quant") {
        return host_types::import(call);
    }
    let last = call.node.domain == CHANNELS_LAST;
    match call.op() {
        "Conv" => conv::conv(draft, call, last),
        "MaxPool" | "AveragePool" => pool::pool(draft, call, last),
        "BatchNormalization" => elementwise::batch_norm(draft, call, last),
        "Gemm" => conv::gemm(draft, call),
        "MatMul" => conv::matmul(draft, call),
        "Clip" if call.is_of_codes() => quant::clip_codes(draft, call),
        "Relu" | "Clip" | "Min" | "Max" => rectifier::clip(draft, call),
        "LeakyRelu" | "PRelu" => rectifier::leaky(draft, call),
        "Add" | "Sub" | "Mul" | "Div" => elementwise::arithmetic(draft, call),
        "Sum" => elementwise::sum(draft, call),
        "Neg" => Ok(Value::Act(elementwise::affine(draft, &call.act(0)?, vec![-1.0], vec![0.0])?)),
        "GlobalAveragePool" | "GlobalMaxPool" => pool::global(draft, call, false),
        "ReduceMean" | "ReduceMax" | "ReduceSum" => pool::reduce_over(draft, call),
        "Concat" => pool::concat(draft, call),
        "Pad" => pad::pad(draft, call),
        "Resize" | "Upsample" => resize::resize(draft, call),
        "Gather" => select::gather(draft, call),
        "Slice" => select::slice(draft, call),
        "Split" => select::split(draft, call),
        "DepthToSpace" | "SpaceToDepth" => shape::blocks(call),
        "Flatten" | "Reshape" | "Transpose" | "Squeeze" | "Unsqueeze" => shape::reshape(call),
        "Shape" => shape::shape_of(call),
        "Identity" => call.any_act(0).map(Value::Act),
        "Dropout" => dropout(call),
        "Cast" => cast(draft, call),
        "Softmax" | "Sigmoid" => elementwise::host(call),
        "Quant" | "BipolarQuant" => quant::quant(draft, call),
        "Trunc" => quant::trunc(draft, call),
        "QuantizeLinear" => quant::quantize(draft, call),
        "DequantizeLinear" => quant::dequantize(draft, call),
        "Scaler" => classical::scaler(draft, call),
        "LinearClassifier" | "LinearRegressor" => classical::linear(draft, call),
        "Normalizer" => classical::normalizer(call),
        op if op.starts_with('Q') => qlinear::import(draft, call),
        _ => Err(unsupported("it is supported only on constants")),
    }
}

fn dropout(call: &Call) -> Result<Value, Reason> {
    let training = call.optional(2)?.map_or(Ok(0.0), |flag| flag.scalar())?;
    if training != 0.0 && call.opset >= 12 {
        return Err(unsupported("training mode is not supported"));
    }
    call.act(0).map(Value::Act)
}

/// A type that holds all values changes none of them.
fn cast(draft: &Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let integers = match (&act.kind, draft.tensors[act.tensor].quant) {
        (Kind::Codes(_, zero), Some(quant)) => {
            let shift = quant::shift(&quant, *zero);
            Some((i64::from(quant.lo) + shift, i64::from(quant.hi) + shift))
        }
        _ => None,
    };
    match (call.int("to", 0) as i32, integers) {
        (dtype::FLOAT | dtype::DOUBLE | dtype::FLOAT16 | dtype::BFLOAT16, None) | (dtype::INT64, Some(_)) => {
            Ok(Value::Act(act))
        }
        (to, Some((lo, hi))) if dtype::range(to).is_some_and(|(least, most)| least <= lo && hi <= most) => {
            Ok(Value::Act(act))
        }
        (to, Some(_)) => {
            Err(unsupported(format!("element type {to} cannot hold the integers of the QuantizeLinear before it")))
        }
        (to, None) => Err(unsupported(format!("activations of element type {to} are not supported"))),
    }
}
