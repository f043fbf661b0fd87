//! Limits, and what has a bend at zero.

use super::constants::{binary, limited, unary};
use super::quant::clip_codes;
use crate::float::{Clip, Op};
use crate::onnx::act::Act;
use crate::onnx::array::Dims;
use crate::onnx::attributes::Kind::Float;
use crate::onnx::broadcast::{affine, per_channel};
use crate::onnx::call::{Call, Value};
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::Operator;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::onnx(&["Relu"]).imports(clip).folds(unary),
    Operator::onnx(&["Clip"]).with(&[("max", Float), ("min", Float)]).imports(clip).folds(limited),
    Operator::onnx(&["Min", "Max"]).imports(clip).folds(binary),
    Operator::onnx(&["Abs"]).imports(absolute).folds(unary),
    Operator::onnx(&["HardSigmoid"]).with(&[("alpha", Float), ("beta", Float)]).imports(hard_sigmoid),
    Operator::onnx(&["LeakyRelu"]).with(&[("alpha", Float)]).imports(leaky),
    Operator::onnx(&["PRelu"]).imports(leaky),
];

/// `Relu`, `Clip`, `Min`, `Max`.
fn clip(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    if call.op() == "Clip" && call.is_of_codes() {
        return clip_codes(draft, call);
    }
    let limit = |operand: usize, attribute: &str, default: f32| match call.optional(operand)? {
        Some(array) => array.scalar(),
        None => Ok(call.float(attribute, default)),
    };
    let (act, clip) = match call.op() {
        "Relu" => (call.act(0)?, Clip::RELU),
        "Clip" => {
            let (lo, hi) = (limit(1, "min", f32::NEG_INFINITY)?, limit(2, "max", f32::INFINITY)?);
            (call.act(0)?, Clip { lo: lo.min(hi), hi })
        }
        _ => extremum(call)?,
    };
    if clip.lo.is_nan() || clip.hi.is_nan() {
        return Err(invalid("a limit is not a number"));
    }
    Ok(Value::Act(draft.elementwise(&act, Step::Op(Op::Identity), clip, None)?))
}

/// `Min` and `Max` of one activation and any number of constants.
fn extremum(call: &Call) -> Result<(Act, Clip), Reason> {
    let mut act = None;
    let mut clip = Clip::NONE;
    for (operand, value) in call.inputs.iter().enumerate() {
        match value {
            Some(Value::Const(array)) => {
                let limit = array
                    .uniform()
                    .ok_or_else(|| unsupported(format!("operand {operand} differs between elements")))?;
                match call.op() {
                    "Min" => clip.hi = clip.hi.min(limit),
                    _ => clip.lo = clip.lo.max(limit),
                }
                if limit.is_nan() {
                    return Err(invalid("a limit is not a number"));
                }
            }
            Some(Value::Act(_)) if act.is_some() => {
                return Err(unsupported(
                    "more than one operand is an activation: only constants can be compared with one",
                ));
            }
            _ => act = Some(call.act(operand)?),
        }
    }
    act.map(|act| (act, clip)).ok_or_else(|| invalid("it has no operand"))
}

/// `LeakyRelu`, and `PRelu` with one factor or one for each channel.
pub(super) fn leaky(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.act(0)?;
    let (act, factors) = match call.op() {
        "PRelu" => {
            let slope = call.constant(1)?;
            if slope.dims.len() > act.view.rank() {
                let dims = act.view.dims();
                return Err(invalid(format!("factors {} do not match {}", Dims(&slope.dims), Dims(&dims))));
            }
            per_channel(draft, act, &slope)?
        }
        _ => (act, vec![call.float("alpha", 0.01)]),
    };
    rectified(draft, &act, factors).map(Value::Act)
}

/// `Abs`: a slope of -1.
fn absolute(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    rectified(draft, &call.act(0)?, vec![-1.0]).map(Value::Act)
}

/// `HardSigmoid`: a scaling, limited to 0 and 1.
fn hard_sigmoid(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let (alpha, beta) = (call.float("alpha", 0.2), call.float("beta", 0.5));
    let line = affine(draft, &call.act(0)?, vec![alpha], vec![beta])?;
    Ok(Value::Act(draft.elementwise(&line, Step::Op(Op::Identity), Clip { lo: 0.0, hi: 1.0 }, None)?))
}

/// `x` where positive, `factor * x` where negative.
fn rectified(draft: &mut Draft, act: &Act, factors: Vec<f32>) -> Result<Act, Reason> {
    if factors.iter().any(|factor| !factor.is_finite()) {
        return Err(invalid("its factor is not a number"));
    }
    let positive = |draft: &mut Draft| draft.elementwise(act, Step::Op(Op::Identity), Clip::RELU, None);
    match factors[..] {
        [0.0] => positive(draft),
        [factor] if factor > 0.0 => draft.elementwise(act, Step::Op(Op::LeakyRelu(factor)), Clip::NONE, None),
        _ => {
            // Both halves by themselves: one factor for all, and not below zero, is all that the operator has.
            let above = positive(draft)?;
            let below = Clip { lo: f32::NEG_INFINITY, hi: 0.0 };
            let below = draft.elementwise(act, Step::Op(Op::Identity), below, None)?;
            let below = affine(draft, &below, factors, vec![0.0])?;
            let shape = draft.tensors[above.tensor].shape;
            let tensor = draft.emit(Step::Op(Op::Add), vec![above.tensor, below.tensor], shape)?;
            Ok(Act { tensor, ..above })
        }
    }
}
