//! What converters of classical machine learning write: scalers, linear classifiers, probabilities of two classes.

use super::dense::dense;
use crate::float::{Conv, HostFunction, Op};
use crate::ir::Shape;
use crate::onnx::act::{Act, Kind};
use crate::onnx::array::Array;
use crate::onnx::attributes::Kind::{Floats, Int, Ints, Text, Texts};
use crate::onnx::broadcast::{affine, per_channel};
use crate::onnx::call::{Call, Value, axis};
use crate::onnx::domain::Domain;
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::names::escaped;
use crate::onnx::operator::{Operator, Outputs};
use crate::onnx::view::Run;
use crate::onnx::weights::at;
use crate::onnx::window::POINT;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::of(&["LinearClassifier"], OWN)
        .with(&[
            ("classlabels_ints", Ints),
            ("classlabels_strings", Texts),
            ("coefficients", Floats),
            ("intercepts", Floats),
            ("multi_class", Int),
            ("post_transform", Text),
        ])
        .imports(linear)
        // The scores stand behind the labels.
        .gives(Outputs::Second),
    Operator::of(&["LinearRegressor"], OWN)
        .with(&[("coefficients", Floats), ("intercepts", Floats), ("post_transform", Text), ("targets", Int)])
        .imports(linear),
    Operator::of(&["Normalizer"], OWN).with(&[("norm", Text)]).imports(normalizer),
    Operator::of(&["Scaler"], OWN).with(&[("offset", Floats), ("scale", Floats)]).imports(scaler),
];

/// Operators of classical machine learning.
const OWN: &[Domain] = &[Domain::Classical];

fn list(call: &Call, name: &str) -> Option<Vec<f32>> {
    call.attribute(name).map(|attribute| attribute.floats.clone()).filter(|list| !list.is_empty())
}

/// `Scaler` of classical machine learning: `(x - offset) * scale`.
fn scaler(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let array = |values: Vec<f32>| Array::real(vec![values.len()], values);
    let act = call.act(0)?;
    let (act, offset) = per_channel(draft, act, &array(list(call, "offset").unwrap_or_else(|| vec![0.0])))?;
    let (act, scale) = per_channel(draft, act, &array(list(call, "scale").unwrap_or_else(|| vec![1.0])))?;
    let add = (0..offset.len().max(scale.len())).map(|index| -at(&offset, index) * at(&scale, index)).collect();
    Ok(Value::Act(affine(draft, &act, scale, add)?))
}

/// `LinearClassifier` (its scores, the second output) and `LinearRegressor`.
fn linear(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.act(0)?;
    let features = act.view.dims().last().copied().unwrap_or(0);
    let mut weights = list(call, "coefficients").ok_or_else(|| invalid("`coefficients` are missing"))?;
    if features == 0 || weights.len() % features != 0 {
        return Err(invalid(format!("{} coefficients do not match {features} features", weights.len())));
    }
    let rows = weights.len() / features;
    let labels = ["classlabels_ints", "classlabels_strings"].map(|name| call.attribute(name));
    let classes = labels.iter().flatten().map(|labels| labels.ints.len() + labels.strings.len()).max();
    if classes.is_some_and(|classes| classes != rows) {
        return Err(unsupported(
            "it has one row of coefficients for two classes: convert the model with one row for each class",
        ));
    }
    let mut intercepts = list(call, "intercepts");
    if intercepts.as_ref().is_some_and(|list| list.len() != rows) {
        return Err(invalid("its intercepts do not match its coefficients"));
    }
    let function = match call.text("post_transform", "NONE") {
        "NONE" => None,
        "SOFTMAX" => Some(HostFunction::Softmax),
        // Two logistic functions of opposite scores are a softmax of half the scores.
        "LOGISTIC" if rows == 2 && is_opposite(&weights) && intercepts.as_deref().is_none_or(is_opposite) => {
            weights.iter_mut().chain(intercepts.iter_mut().flatten()).for_each(|value| *value *= 0.5);
            Some(HostFunction::Softmax)
        }
        "LOGISTIC" => Some(HostFunction::Sigmoid),
        other => {
            return Err(unsupported(format!("`post_transform` \"{}\" is not supported", escaped(other))));
        }
    };
    let matrix = Array::real(vec![rows, features], weights).transposed(&[1, 0]);
    let act = dense(draft, act, &matrix, intercepts)?;
    Ok(Value::Act(Act { kind: function.map_or(Kind::Real, Kind::Done), ..act }))
}

/// Whether the second half of some numbers is the first with the other sign.
fn is_opposite(values: &[f32]) -> bool {
    let (first, second) = values.split_at(values.len() / 2);
    first.len() == second.len() && first.iter().zip(second).all(|(a, b)| (a + b).abs() <= 1e-6 * a.abs())
}

/// `Normalizer` of probabilities whose sum is one already.
fn normalizer(_: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    match (call.text("norm", "MAX"), &act.kind) {
        ("L1", Kind::Done(HostFunction::Softmax)) => Ok(Value::Act(act)),
        _ => Err(unsupported("it is supported only after a softmax, whose results add up to one")),
    }
}

/// `Concat` of the probabilities of two classes, of which the second is a Sigmoid: together they are a softmax beside zero.
pub(super) fn two_classes(draft: &mut Draft, call: &Call) -> Result<Option<Act>, Reason> {
    let [Some(Value::Act(left)), Some(Value::Act(right))] = &call.inputs[..] else { return Ok(None) };
    let sigmoid = Kind::Done(HostFunction::Sigmoid);
    let weight = match (&left.kind, &right.kind) {
        (Kind::Complement, kind) if *kind == sigmoid => vec![0.0, 1.0],
        (kind, Kind::Complement) if *kind == sigmoid => vec![1.0, 0.0],
        _ => return Ok(None),
    };
    let along = axis(call.int("axis", 1), left.view.rank())?;
    if left.tensor != right.tensor || left.view.dims().iter().any(|&extent| extent != 1) {
        return Err(unsupported("it follows a Sigmoid, but joins more than the probabilities of two classes"));
    }
    let act = draft.vector(left.clone(), along)?;
    let conv = Conv { window: POINT, groups: 1, rows: 2, columns: 1, weight, bias: vec![0.0; 2], quant: None };
    let shape = Shape { channels: 2, height: 1, width: 1 };
    let tensor = draft.emit(Step::Op(Op::Conv(conv)), vec![act.tensor], Some(shape))?;
    let mut view = act.view;
    view.0[along] = vec![Run { extent: 2, stride: 1 }];
    Ok(Some(Act { tensor, view, kind: Kind::Done(HostFunction::Softmax), free: false }))
}
