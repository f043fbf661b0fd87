//! Activations as ONNX values: a tensor of the draft, how its axes lie in it, and what its elements stand for.

use super::view::View;
use crate::float::HostFunction;
use crate::ir::OutputSteps;

/// An activation as an ONNX value: a tensor, and how its axes lie in it.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub tensor: usize,
    pub view: View,
    pub kind: Kind,
    /// Whether the strides are those of the file's input instead of CHW.
    pub free: bool,
}

/// What the elements of an activation stand for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Real,
    /// Integers between `QuantizeLinear` and `DequantizeLinear`: scale and zero point.
    Codes(f32, i64),
    /// The host applies a function to them.
    Done(HostFunction),
    /// And rounds its results.
    Typed(Typed),
    /// One minus the logistic function of them: the probability of the first of two classes.
    Complement,
}

/// Results of the host in a prescribed type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Typed {
    pub function: HostFunction,
    pub steps: OutputSteps,
    /// The zero point, while they are integers.
    pub codes: Option<i64>,
}
