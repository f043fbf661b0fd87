//! One node with its operands, as operators see it.

use std::path::Path;
use std::rc::Rc;

use super::act::{Act, Kind};
use super::array::Array;
use super::domain::Domain;
use super::fault::{Reason, invalid, unsupported};
use super::proto::{Attribute, Node};
use crate::float::HostFunction;

/// What an ONNX name stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Const(Rc<Array>),
    Act(Act),
    /// The result of a refused node.
    Unknown,
}

impl From<Array> for Value {
    fn from(array: Array) -> Self {
        Self::Const(Rc::new(array))
    }
}

impl Value {
    /// Elements of a constant; none of anything else.
    pub fn elements(&self) -> usize {
        match self {
            Self::Const(array) => array.len(),
            _ => 0,
        }
    }
}

/// A node with its operands.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub node: &'a Node,
    /// Operands; `None` where an optional one is left out.
    pub inputs: Vec<Option<Value>>,
    /// Version of ONNX's own operator set.
    pub opset: i64,
    /// Batch size that the file declares for the input.
    pub batch: usize,
    /// Most elements of the constants that the node may compute.
    pub room: usize,
    /// Which of the node's outputs is wanted.
    pub output: usize,
    /// Folder of the file, where constants may lie outside of it.
    pub folder: Option<&'a Path>,
}

impl Call<'_> {
    pub fn op(&self) -> &str {
        &self.node.op_type
    }

    /// Whether the operator is of the kind whose channels are the last axis.
    pub fn is_channels_last(&self) -> bool {
        Domain::of(&self.node.domain) == Some(Domain::ChannelsLast)
    }

    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.node.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |attribute| attribute.i)
    }

    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |attribute| attribute.f)
    }

    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    pub fn text<'s>(&'s self, name: &str, default: &'s str) -> &'s str {
        self.attribute(name).map_or(default, |attribute| str::from_utf8(&attribute.s).unwrap_or("?"))
    }

    /// An attribute of old operator sets that became an operand: a list of integers.
    pub fn list(&self, name: &str, operand: usize) -> Result<Option<Vec<i64>>, Reason> {
        match self.ints(name) {
            Some(list) => Ok(Some(list.to_vec())),
            None => self.optional(operand)?.map(|array| array.ints()).transpose(),
        }
    }

    /// An operand, if it is there.
    pub fn input(&self, index: usize) -> Option<&Value> {
        self.inputs.get(index).and_then(Option::as_ref)
    }

    /// An operand that has to be an activation.
    pub fn act(&self, index: usize) -> Result<Act, Reason> {
        match self.any_act(index)? {
            Act { kind: Kind::Codes(..), .. } => {
                Err(unsupported("it works on integers: put a DequantizeLinear before it"))
            }
            Act { kind: Kind::Done(_) | Kind::Typed(_) | Kind::Complement, .. } => {
                Err(unsupported("it follows a Softmax or Sigmoid, which may only end a network"))
            }
            act => Ok(act),
        }
    }

    /// An operand whose values the operator only compares and moves: real numbers, or integers in their place.
    pub fn ordered_act(&self, index: usize) -> Result<Act, Reason> {
        match self.any_act(index)? {
            act @ Act { kind: Kind::Codes(..), .. } => Ok(act),
            _ => self.act(index),
        }
    }

    /// An operand that has to be an activation, of any kind.
    pub fn any_act(&self, index: usize) -> Result<Act, Reason> {
        match self.input(index) {
            Some(Value::Act(act)) => Ok(act.clone()),
            Some(_) => Err(unsupported(format!("operand {index} is a constant"))),
            None => Err(invalid(format!("operand {index} is missing"))),
        }
    }

    /// Whether the host has applied a function to the first operand.
    pub fn is_done(&self) -> bool {
        matches!(self.input(0), Some(Value::Act(Act { kind: Kind::Done(_) | Kind::Typed(_), .. })))
    }

    /// Whether an operand is a Sigmoid of the host.
    pub fn is_sigmoid(&self, index: usize) -> bool {
        matches!(self.input(index), Some(Value::Act(Act { kind: Kind::Done(HostFunction::Sigmoid), .. })))
    }

    /// Whether the first operand is what `QuantizeLinear` made.
    pub fn is_of_codes(&self) -> bool {
        matches!(self.input(0), Some(Value::Act(Act { kind: Kind::Codes(..), .. })))
    }

    /// An operand that has to be a constant.
    pub fn constant(&self, index: usize) -> Result<Rc<Array>, Reason> {
        self.optional(index)?.ok_or_else(|| invalid(format!("operand {index} is missing")))
    }

    /// An operand that has to be a constant if it is there.
    pub fn optional(&self, index: usize) -> Result<Option<Rc<Array>>, Reason> {
        match self.input(index) {
            Some(Value::Const(array)) => Ok(Some(array.clone())),
            Some(_) => Err(unsupported(format!("operand {index} is computed from the input, but must be constant"))),
            None => Ok(None),
        }
    }
}

/// An axis counted from the front.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, Reason> {
    let counted = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    match counted.and_then(|axis| usize::try_from(axis).ok()) {
        Some(axis) if axis < rank => Ok(axis),
        _ => Err(invalid(format!("a tensor of {rank} axes has no axis {axis}"))),
    }
}

/// Distinct axes counted from the front, in ascending order.
pub(super) fn axes(list: &[i64], rank: usize) -> Result<Vec<usize>, Reason> {
    let mut result = list.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?;
    result.sort_unstable();
    if result.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(invalid("an axis is given twice"));
    }
    Ok(result)
}
