//! Attributes by operator: one that is unknown or has another type may change what a node computes, so it is named.

use super::call::Call;
use super::fault::{Reason, invalid, unsupported};
use super::names::escaped;
use super::proto::Attribute;

/// Types of attributes, as numbered in `onnx.proto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float = 1,
    Int = 2,
    Text = 3,
    Tensor = 4,
    Floats = 6,
    Ints = 7,
    Texts = 8,
}

/// Refuses attributes that the operator does not have, or not of this type.
pub(super) fn check(call: &Call, known: &[(&str, Kind)]) -> Result<(), Reason> {
    // What a constant holds is told by its attribute; old files list operands to overwrite.
    let read = call.node.attribute.iter().filter(|attribute| attribute.name != "consumed_inputs");
    for attribute in read.filter(|_| call.op() != "Constant") {
        let name = escaped(&attribute.name);
        let Some((_, kind)) = known.iter().find(|(known, _)| *known == attribute.name) else {
            return Err(unsupported(format!("the attribute `{name}` is unknown: remove it if it has no meaning")));
        };
        if !holds(attribute, *kind) {
            return Err(invalid(format!("the attribute `{name}` is not {}", described(*kind))));
        }
    }
    Ok(())
}

/// Whether an attribute has a type; files of the first version do not state it.
fn holds(attribute: &Attribute, kind: Kind) -> bool {
    let others = [
        (Kind::Float, attribute.f != 0.0),
        (Kind::Int, attribute.i != 0),
        (Kind::Text, !attribute.s.is_empty()),
        (Kind::Tensor, attribute.t.is_some()),
        (Kind::Floats, !attribute.floats.is_empty()),
        (Kind::Ints, !attribute.ints.is_empty()),
        (Kind::Texts, !attribute.strings.is_empty()),
    ];
    let only = others.iter().all(|(other, there)| *other == kind || !there);
    only && (attribute.kind == kind as i32 || attribute.kind == 0)
}

fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Float => "a real number",
        Kind::Int => "an integer",
        Kind::Text => "a string",
        Kind::Tensor => "a tensor",
        Kind::Floats => "a list of real numbers",
        Kind::Texts => "a list of strings",
        Kind::Ints => "a list of integers",
    }
}
