//! Constants of one layer's lines: exact where its numbers are kept, otherwise near.

use super::error::QuantError;
use super::line::{Fitted, Line, NEAR_BITS, Then, fitted};
use super::spec::ActSpec;
use crate::float;
use crate::ir::{Last, Op};

/// An operator with its last shift.
#[derive(Debug)]
pub(super) struct Lowering {
    pub op: Op,
    pub last: Last,
    /// Whether every result is the one that the file prescribes; none where something was calibrated.
    pub exact: Option<bool>,
}

impl Lowering {
    /// An operator that leaves integers as they are.
    pub(super) fn unchanged(op: Op, input: &ActSpec, output: &ActSpec) -> Self {
        Self { op, last: Last::DOWN, exact: (input.kept && output.kept).then_some(true) }
    }
}

/// Bits of a mantissa that loses nothing which the type of the result can tell, where nothing is prescribed.
pub(super) fn fine_bits(output: &ActSpec) -> u32 {
    (output.act.bits + 2).clamp(8, NEAR_BITS)
}

/// Limits of a tensor's integers, padding included.
pub(super) fn limits(spec: &ActSpec) -> [i64; 2] {
    [spec.act.lo.min(spec.zero_point), spec.act.hi.max(spec.zero_point)].map(i64::from)
}

/// Steps from the integer 0 to the real 0.
pub(super) fn steps_to_zero(spec: &ActSpec) -> f64 {
    spec.offset / spec.scale
}

/// One operand by itself.
pub(super) fn line<'a>(input: &ActSpec, then: Then, output: &'a ActSpec) -> Line<'a> {
    Line {
        range: [input.act.lo, input.act.hi].map(i64::from),
        unit: input.scale,
        zero: steps_to_zero(input),
        constant: 0.0,
        then,
        output,
    }
}

/// Constants of the lines of one layer: exact where its numbers are kept, otherwise near, with mantissas of so many bits.
pub(super) fn fit(lines: &[Line], kept: bool, bits: u32) -> Fitted {
    if kept {
        return fitted(lines);
    }
    Fitted { requants: lines.iter().map(|line| line.near(bits)).collect(), last: Last::DOWN, exact: false }
}

/// What integers cannot express.
pub(super) fn unsupported(node: &float::Node, cause: &str) -> QuantError {
    QuantError::Unsupported {
        node: node.name.clone(),
        cause: format!("{cause} is not supported"),
        help: "change the model, or quantize a part of it",
    }
}
