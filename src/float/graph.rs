//! The graph of a network in floating point: what an ONNX file means once constants are folded and layouts are gone.

use super::{Conv, Op};
use crate::ir::{Host, Shape, TensorId};

/// A float network for one image: tensor 0 is the input, node `i` produces tensor `i + 1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Name, an identifier that is legal in a manifest.
    pub name: String,
    /// All activation tensors.
    pub tensors: Vec<Tensor>,
    /// Nodes, each after the producers of its inputs.
    pub nodes: Vec<Node>,
    /// The result.
    pub output: TensorId,
    /// Name of the input in the file.
    pub input_name: String,
    /// Name of the output in the file.
    pub output_name: String,
    /// What the host does before and after.
    pub host: Host,
}

/// One activation tensor; data order is channel, row, column.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Unique name, legal in a manifest: that of the producing node, or of the graph input.
    pub name: String,
    /// Extent.
    pub shape: Shape,
    /// The type that the file prescribes (QONNX `Quant`, `QuantizeLinear`), if it does.
    pub quant: Option<ActQuant>,
}

/// A prescribed activation type: `value = scale * q + offset`, `q = round((value - offset) / scale)` limited to `lo..=hi`.
///
/// A zero point is part of the limits, not of the offset: int8 with the zero point -128 is `0..=255`. Only where the value and
/// the zero point are rounded as one and that makes a difference (`BipolarQuant`, odd zero points of QONNX) is there an offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActQuant {
    /// Real value of one integer step.
    pub scale: f32,
    /// Real value of integer 0.
    pub offset: f32,
    /// Smallest integer.
    pub lo: i32,
    /// Largest integer.
    pub hi: i32,
    /// From real values to integers.
    pub rounding: Rounding,
    /// Bits that fall off a whole number of finer steps: values are rounded to the nearest multiple of `scale * 2^-dropped` first.
    pub dropped: u32,
}

/// How `(value - offset) / scale` becomes an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest integer, ties to the even one.
    HalfEven,
    /// To the nearest integer, ties up, computed as `floor(value / scale + (1/2 - offset / scale))`: with an offset of half
    /// a step this is the sign of the value, exactly.
    HalfUp,
    /// Down.
    Floor,
}

/// Limits of a node's result, applied before the tensor's [`ActQuant`]; infinite where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip {
    /// Smallest value.
    pub lo: f32,
    /// Largest value.
    pub hi: f32,
}

impl Clip {
    /// No limits.
    pub const NONE: Self = Self { lo: f32::NEG_INFINITY, hi: f32::INFINITY };
    /// Negative values become zero.
    pub const RELU: Self = Self { lo: 0.0, hi: f32::INFINITY };
}

/// One operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Unique name, that of the result.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Operands: two for [`Op::Add`], any number for [`Op::Concat`], one otherwise.
    pub inputs: Vec<TensorId>,
    /// Result.
    pub output: TensorId,
    /// Limits of the result: a rectifier is part of the node before it.
    pub clip: Clip,
}

impl Graph {
    /// The tensor with this id.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// The graph's input.
    pub fn input(&self) -> &Tensor {
        &self.tensors[0]
    }

    /// Indices of the nodes that read a tensor.
    pub fn consumers(&self, id: TensorId) -> impl Iterator<Item = usize> + '_ {
        self.nodes.iter().enumerate().filter(move |(_, node)| node.inputs.contains(&id)).map(|(index, _)| index)
    }

    /// Tensors that no node after this one reads; the result of the graph is not among them.
    pub fn last_read(&self, node: usize) -> impl Iterator<Item = TensorId> + '_ {
        let inputs = self.nodes[node].inputs.iter().copied();
        inputs.filter(move |id| self.consumers(*id).max() == Some(node) && *id != self.output)
    }

    /// Convolutions with the indices of their nodes.
    pub fn convs(&self) -> impl Iterator<Item = (usize, &Conv)> {
        self.nodes.iter().enumerate().filter_map(|(index, node)| match &node.op {
            Op::Conv(conv) => Some((index, conv)),
            _ => None,
        })
    }
}
