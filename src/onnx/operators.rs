//! Which function imports which operator.

use super::call::{Call, Value};
use super::draft::Draft;
use super::fault::{Reason, unsupported};
use super::{array::dtype, conv, elementwise, pool, quant, resize, shape};

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
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Conv",
    "DequantizeLinear",
    "Div",
    "Dropout",
    "Expand",
    "Flatten",
    "Gather",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Identity",
    "LeakyRelu",
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
    "ReduceMax",
    "ReduceMean",
    "Relu",
    "Reshape",
    "Resize",
    "Shape",
    "Sigmoid",
    "Size",
    "Slice",
    "Softmax",
    "Squeeze",
    "Sub",
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
        "" | "ai.onnx" => KNOWN.contains(&op),
        CHANNELS_LAST => matches!(op, "Conv" | "MaxPool" | "AveragePool" | "BatchNormalization"),
        _ => quant::DOMAINS.contains(&domain) && matches!(op, "Quant" | "BipolarQuant" | "Trunc"),
    };
    if known { Ok(()) } else { Err(Reason::Operator) }
}

/// Imports one node of which at least one operand is an activation, or one of QONNX.
pub(super) fn import(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    known(&call.node.domain, call.op())?;
    let last = call.node.domain == CHANNELS_LAST;
    match call.op() {
        "Conv" => conv::conv(draft, call, last),
        "MaxPool" | "AveragePool" => pool::pool(draft, call, last),
        "BatchNormalization" => elementwise::batch_norm(draft, call, last),
        "Gemm" => conv::gemm(draft, call),
        "MatMul" => conv::matmul(draft, call),
        "Clip" if call.is_of_codes() => quant::clip_codes(draft, call),
        "Relu" | "Clip" | "Min" | "Max" => elementwise::clip(draft, call),
        "LeakyRelu" | "PRelu" => elementwise::leaky(draft, call),
        "Add" | "Sub" | "Mul" | "Div" => elementwise::arithmetic(draft, call),
        "Neg" => Ok(Value::Act(elementwise::affine(draft, &call.act(0)?, vec![-1.0], vec![0.0])?)),
        "GlobalAveragePool" | "GlobalMaxPool" => pool::global(draft, call),
        "ReduceMean" | "ReduceMax" => pool::reduce_over(draft, call),
        "Concat" => pool::concat(draft, call),
        "Pad" => pool::pad(draft, call),
        "Resize" | "Upsample" => resize::resize(draft, call),
        "Flatten" | "Reshape" | "Transpose" | "Squeeze" | "Unsqueeze" => shape::reshape(call),
        "Shape" => shape::shape_of(call),
        "Identity" => call.any_act(0).map(Value::Act),
        "Dropout" => dropout(call),
        "Cast" => cast(call),
        "Softmax" | "Sigmoid" => elementwise::host(call),
        "Quant" | "BipolarQuant" => quant::quant(draft, call),
        "Trunc" => quant::trunc(draft, call),
        "QuantizeLinear" => quant::quantize(draft, call),
        "DequantizeLinear" => quant::dequantize(call),
        _ => Err(unsupported("it is supported on constants only")),
    }
}

fn dropout(call: &Call) -> Result<Value, Reason> {
    let training = call.optional(2)?.map_or(Ok(0.0), |flag| flag.scalar())?;
    if training != 0.0 && call.opset >= 12 {
        return Err(unsupported("training mode"));
    }
    call.act(0).map(Value::Act)
}

fn cast(call: &Call) -> Result<Value, Reason> {
    match call.int("to", 0) as i32 {
        dtype::FLOAT | dtype::DOUBLE => call.any_act(0).map(Value::Act),
        to => Err(unsupported(format!("activations of element type {to}"))),
    }
}
