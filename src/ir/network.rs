//! The graph: tensors, layers, and who produces what.

use super::{Host, Last, Op, Rounding, Shape};

/// Index of a tensor in [`Network::tensors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub usize);

/// Index of a layer in [`Network::layers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub usize);

/// Integer type of an activation tensor: `bits` wide, every value within `lo..=hi`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActType {
    /// Storage width, 2 to 32; unsigned 2 to 31.
    pub bits: u32,
    /// Two's complement when set, unsigned otherwise.
    pub signed: bool,
    /// Smallest value that occurs (clamp).
    pub lo: i32,
    /// Largest value that occurs (clamp).
    pub hi: i32,
}

/// One activation tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Name: that of the producing layer, or of the graph input.
    pub name: String,
    /// Extent.
    pub shape: Shape,
    /// Integer type.
    pub act: ActType,
    /// Real value of one integer step; informative.
    pub scale: Option<f64>,
    /// Real value of integer 0: `real = scale * integer + offset`; informative, and `-scale * zero_point` where the zero
    /// point is not 0.
    pub offset: f64,
    /// The integer that stands for the real 0, and the value of padding.
    pub zero_point: i32,
    /// The producing layer; `None` for the graph input.
    pub producer: Option<LayerId>,
}

/// One operator applied to tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Unique name, an identifier of at most 64 characters.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// How the last shift rounds: the common one, or, where that is 0, those of the requantizations; the shifts of the operands of
    /// [`Op::Add`] round down in any case. Operators without a requantization have [`Rounding::Floor`].
    pub rounding: Rounding,
    /// Common shift S behind the requantizations, which round down then: `y = (acc * mul + add) >>> shift >>> S`, or the sum of
    /// two operands `>>> S`. 0 to 127.
    pub shift: u32,
    /// Operands: two for [`Op::Add`], two or more for [`Op::Concat`], one otherwise.
    pub inputs: Vec<TensorId>,
    /// Result.
    pub output: TensorId,
}

impl Layer {
    /// The last shift and how it rounds.
    pub fn last(&self) -> Last {
        Last { shift: self.shift, rounding: self.rounding }
    }
}

/// A checked quantized network: layers in topological order, shapes consistent, every level on its scheme's grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Name, an identifier.
    pub name: String,
    /// Hash (hex) of the manifest and its weights: the provenance of everything generated.
    pub digest: String,
    /// All activation tensors.
    pub tensors: Vec<Tensor>,
    /// Layers, each after the producers of its inputs.
    pub layers: Vec<Layer>,
    /// The graph input.
    pub input: TensorId,
    /// The graph output.
    pub output: TensorId,
    /// What the host does before and after.
    pub host: Host,
    /// Images that its tensors hold side by side; more than 1 in frames.
    pub images: usize,
}

impl Network {
    /// The tensor with this id.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// Layers that read a tensor, in order.
    pub fn consumers(&self, id: TensorId) -> impl Iterator<Item = LayerId> + '_ {
        let reads = move |(_, layer): &(usize, &Layer)| layer.inputs.contains(&id);
        self.layers.iter().enumerate().filter(reads).map(|(index, _)| LayerId(index))
    }

    /// Multiply-accumulates per image: rows x columns x output pixels, padding included.
    pub fn macs(&self) -> u64 {
        self.layers.iter().map(|layer| self.layer_macs(layer)).sum()
    }

    /// Multiply-accumulates of one layer; zero for layers without weights.
    pub fn layer_macs(&self, layer: &Layer) -> u64 {
        match &layer.op {
            Op::Conv(conv) => (conv.matrix.levels.len() * self.tensor(layer.output).shape.pixels()) as u64,
            _ => 0,
        }
    }
}
