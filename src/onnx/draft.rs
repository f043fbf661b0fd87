//! The graph while it is built: like the float graph, but with steps that later melt into their neighbours.

use std::collections::HashMap;

use super::act::{Act, Kind};
use super::array::{Dims, ELEMENTS, count, full};
use super::fault::{Reason, invalid, unsupported};
use super::view::{Run, View, channels, extent, normal};
use super::window::POINT;
use crate::float::{ActQuant, Clip, Conv, Op, Values, WeightQuant};
use crate::ir::{Padding, Shape};

/// Most elements of one activation tensor.
const ACTIVATIONS: usize = 1 << 24;
/// Elements of constants and weights that a file of no constants may compute.
const ROOM: usize = 1 << 20;
/// Further elements for each that is in the file: dilation and scales for each weight take several.
const GROWTH: usize = 32;

/// What a node of the draft computes.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// An operator of the float graph.
    Op(Op),
    /// `x * mul + add`, with one constant or one per channel.
    Affine { mul: Vec<f32>, add: Vec<f32> },
    /// Zeros around the image.
    Pad(Padding),
    /// A border around the image that is lower than all its pixels.
    Lowest(Padding),
    /// The image without a border.
    Crop(Padding),
    /// Nothing: what it did is part of another node now.
    Gone,
}

/// One node of the draft; node `i` produces tensor `i + 1`.
#[derive(Clone, Debug)]
pub(super) struct DraftNode {
    pub step: Step,
    pub inputs: Vec<usize>,
    pub clip: Clip,
    /// Index of the ONNX node it comes from.
    pub source: usize,
}

/// One tensor of the draft.
#[derive(Clone, Debug, Default)]
pub(super) struct DraftTensor {
    /// Unknown while nothing has shown which axis of the input counts channels.
    pub shape: Option<Shape>,
    pub quant: Option<ActQuant>,
}

/// A run of the input in the file and its stride in CHW.
#[derive(Clone, Copy, Debug)]
struct Pinned {
    file: Run,
    stride: usize,
}

/// The graph under construction.
#[derive(Debug)]
pub(super) struct Draft {
    pub nodes: Vec<DraftNode>,
    pub tensors: Vec<DraftTensor>,
    /// Extents of the input in the file, batch first.
    pub input_dims: Vec<usize>,
    /// Element type of the input in the file.
    pub input_type: i32,
    /// Index of the ONNX node that is being imported.
    pub source: usize,
    /// Elements that constants and weights computed from now on may have.
    room: usize,
    /// Runs of the input, smallest file stride first.
    pin: Option<Vec<Pinned>>,
    /// Flattened form of each tensor that has one.
    flat: HashMap<usize, usize>,
}

impl Draft {
    /// A graph with only its input.
    pub fn new(input_dims: Vec<usize>) -> Result<Self, Reason> {
        within_limit(&input_dims)?;
        Ok(Self {
            nodes: Vec::new(),
            tensors: vec![DraftTensor::default()],
            input_dims,
            input_type: 0,
            source: 0,
            room: ROOM,
            pin: None,
            flat: HashMap::new(),
        })
    }

    /// The input as a value, with its batch axis or without.
    pub fn input(&self, batched: bool) -> Act {
        let mut view = View::row_major(&self.input_dims);
        if !batched {
            view.0.remove(0);
        }
        Act { tensor: 0, view, kind: Kind::Real, free: true }
    }

    /// How many elements of constants and weights may still be computed.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Makes room in proportion to constants that the file holds.
    pub fn enlarge(&mut self, elements: usize) {
        self.room = elements.saturating_mul(GROWTH).saturating_add(self.room).min(2 * ELEMENTS);
    }

    /// Takes room for computed constants or weights.
    pub fn occupy(&mut self, elements: usize) -> Result<(), Reason> {
        self.room = self.room.checked_sub(elements).ok_or_else(full)?;
        Ok(())
    }

    /// Adds a node; its result has the given shape, or the free shape of the input.
    pub fn emit(&mut self, step: Step, inputs: Vec<usize>, shape: Option<Shape>) -> Result<usize, Reason> {
        if let Some(Shape { channels, height, width }) = shape {
            within_limit(&[channels, height, width])?;
        }
        match &step {
            Step::Op(Op::Conv(conv)) => self.occupy(conv.weight.len())?,
            Step::Affine { mul, add } => self.occupy(mul.len() + add.len())?,
            _ => {}
        }
        self.nodes.push(DraftNode { step, inputs, clip: Clip::NONE, source: self.source });
        self.tensors.push(DraftTensor { shape, quant: None });
        Ok(self.nodes.len())
    }

    /// Adds a node that treats all elements alike.
    pub fn elementwise(&mut self, act: &Act, step: Step, clip: Clip, quant: Option<ActQuant>) -> Result<Act, Reason> {
        let tensor = self.emit(step, vec![act.tensor], self.tensors[act.tensor].shape)?;
        self.nodes[tensor - 1].clip = clip;
        self.tensors[tensor].quant = quant;
        Ok(Act { tensor, ..act.clone() })
    }

    /// The activation with its strides in CHW, if the input's axes are known by now.
    pub fn resolve(&self, act: Act) -> Result<Act, Reason> {
        match &self.pin {
            Some(pin) if act.free => {
                let map = |runs: &Vec<Run>| runs.iter().map(|run| pinned(pin, *run)).collect::<Option<Vec<_>>>();
                let dims: Option<Vec<_>> = act.view.0.iter().map(map).collect();
                let view = View(dims.ok_or_else(misfit)?.into_iter().map(|runs| normal(runs.concat())).collect());
                Ok(Act { view, free: false, ..act })
            }
            _ => Ok(act),
        }
    }

    /// Decides that these runs of the input are channels, rows and columns.
    pub fn pin(&mut self, act: Act, axes: [&[Run]; 3]) -> Result<Act, Reason> {
        let shape = Shape { channels: extent(axes[0]), height: extent(axes[1]), width: extent(axes[2]) };
        let mut stride = 1;
        let mut pin: Vec<Pinned> = Vec::new();
        for &file in axes.concat().iter().rev() {
            pin.push(Pinned { file, stride });
            stride *= file.extent;
        }
        pin.sort_by_key(|pinned| pinned.file.stride);
        self.pin = Some(pin);
        self.tensors.iter_mut().for_each(|tensor| {
            tensor.shape.get_or_insert(shape);
        });
        self.resolve(act)
    }

    /// Decides that this axis of the input counts channels; the others are pixels.
    pub fn pin_channels(&mut self, act: Act, channels: usize) -> Result<Act, Reason> {
        let axes = act.view.0.clone();
        let others: Vec<usize> = (0..axes.len()).filter(|&axis| axis != channels && !axes[axis].is_empty()).collect();
        match others[..] {
            [] => self.pin(act, [&axes[channels], &[], &[]]),
            [width] => self.pin(act, [&axes[channels], &[], &axes[width]]),
            [height, width] => self.pin(act, [&axes[channels], &axes[height], &axes[width]]),
            _ => Err(unsupported("its input has more than three axes")),
        }
    }

    /// The shape of a tensor whose axes are known.
    pub fn shape(&self, tensor: usize) -> Shape {
        self.tensors[tensor].shape.unwrap_or(Shape { channels: 1, height: 1, width: 1 })
    }

    /// The activation as an image whose axes are batch, channels and pixels, in this order.
    pub fn image(&mut self, act: Act) -> Result<(Act, Shape), Reason> {
        let rank = act.view.rank();
        if !(2..=4).contains(&rank) || !act.view.0[0].is_empty() {
            let dims = act.view.dims();
            return Err(unsupported(format!(
                "{} is not an image: expected batch 1, channels and at most two more axes",
                Dims(&dims)
            )));
        }
        let act = if act.free {
            let axis = |axis: usize| act.view.0.get(axis).cloned().unwrap_or_default();
            let (channels, rows, columns) = (axis(1), axis(2), axis(3));
            let axes = if rank == 3 { [&channels[..], &[], &rows] } else { [&channels[..], &rows, &columns] };
            self.pin(act, axes)?
        } else {
            act
        };
        let shape = self.shape(act.tensor);
        let image = View::image(shape, rank);
        if act.view == image {
            return Ok((act, shape));
        }
        // Channels in another order are picked one by one.
        match channels(&act.view.0[1], shape) {
            Some(order) if act.view.0[2..] == image.0[2..] => Ok((self.picked(&act, 1, &order)?, shape)),
            _ => Err(misfit()),
        }
    }

    /// Some channels in some order: a matrix of ones and zeros. They lie along one axis of the view.
    pub fn picked(&mut self, act: &Act, along: usize, order: &[usize]) -> Result<Act, Reason> {
        let shape = self.shape(act.tensor);
        let (rows, columns) = (order.len(), shape.channels);
        self.occupy(rows.saturating_mul(columns))?;
        let mut weight = vec![0.0; rows * columns];
        order.iter().enumerate().for_each(|(row, &channel)| weight[row * columns + channel] = 1.0);
        let quant = Some(WeightQuant { scales: vec![1.0; rows], bits: 2 });
        let conv = Conv { window: POINT, groups: 1, rows, columns, weight, bias: vec![0.0; rows], quant };
        let tensor = self.emit(Step::Op(Op::Conv(conv)), vec![act.tensor], Some(Shape { channels: rows, ..shape }))?;
        let mut view = act.view.clone();
        view.0[along] = normal([Run { extent: rows, stride: shape.pixels() }]);
        Ok(Act { tensor, view, ..act.clone() })
    }

    /// The activation as a tensor that is a vector; only `axis` of the view may be longer than 1.
    pub fn vector(&mut self, act: Act, axis: usize) -> Result<Act, Reason> {
        let act = if act.free {
            let runs = act.view.0[axis].clone();
            self.pin(act, [&runs, &[], &[]])?
        } else {
            act
        };
        Ok(Act { tensor: self.flattened(act.tensor)?, ..act })
    }

    /// A tensor whose axes are known, as a vector.
    pub fn flattened(&mut self, tensor: usize) -> Result<usize, Reason> {
        let shape = self.shape(tensor);
        if shape.pixels() == 1 {
            return Ok(tensor);
        }
        if let Some(&flat) = self.flat.get(&tensor) {
            return Ok(flat);
        }
        let vector = Shape { channels: shape.len(), height: 1, width: 1 };
        let flat = self.emit(Step::Op(Op::Flatten), vec![tensor], Some(vector))?;
        self.flat.insert(tensor, flat);
        Ok(flat)
    }

    /// Whether no element of a tensor can be negative, as far as types, limits and pooling tell.
    pub fn is_nonnegative(&self, mut tensor: usize) -> bool {
        loop {
            if let Some(quant) = self.tensors[tensor].quant {
                return quant.scale.mul_add(quant.lo as f32, quant.offset) >= 0.0;
            }
            let Some(node) = tensor.checked_sub(1).map(|index| &self.nodes[index]) else { return false };
            let passes = match &node.step {
                Step::Op(op) => op.facts().values != Values::New,
                Step::Affine { mul, add } => mul.iter().chain(add).all(|&value| value >= 0.0),
                Step::Pad(_) | Step::Crop(_) => true,
                Step::Lowest(_) | Step::Gone => false,
            };
            if node.clip.lo >= 0.0 || !passes {
                return node.clip.lo >= 0.0;
            }
            tensor = node.inputs[0];
        }
    }

    /// Least and largest value of a tensor, as far as types, limits and what moves, scales and averages values tell.
    pub fn limits(&self, tensor: usize) -> Option<[f32; 2]> {
        let (mut at, mut path) = (tensor, Vec::new());
        let quant = loop {
            if let Some(quant) = self.tensors[at].quant {
                break quant;
            }
            let node = &self.nodes[at.checked_sub(1)?];
            path.push(node);
            at = *node.inputs.first()?;
        };
        let value = |integer: i32| quant.scale.mul_add(integer as f32, quant.offset);
        let mut ends = [value(quant.lo), value(quant.hi)];
        for node in path.into_iter().rev() {
            let [lo, hi] = ends;
            let values = |op: &Op| op.facts().values;
            let [lo, hi] = match &node.step {
                Step::Op(op) if values(op) == Values::Mean => [lo.min(0.0), hi.max(0.0)],
                Step::Op(op) if matches!(values(op), Values::Picked | Values::Same) => [lo, hi],
                Step::Pad(_) => [lo.min(0.0), hi.max(0.0)],
                Step::Crop(_) => [lo, hi],
                Step::Affine { mul, add } if mul.len() == 1 && add.len() == 1 => {
                    let [a, b] = [lo * mul[0] + add[0], hi * mul[0] + add[0]];
                    [a.min(b), a.max(b)]
                }
                _ => return None,
            };
            let Clip { lo: least, hi: most } = node.clip;
            ends = [lo, hi].map(|end| end.max(least).min(most));
        }
        Some(ends)
    }

    /// Whether a tensor has no other values than those of the input, scaled and moved, and no type yet.
    pub fn is_bare_input(&self, mut tensor: usize) -> bool {
        while self.tensors[tensor].quant.is_none() {
            let Some(node) = tensor.checked_sub(1).map(|index| &self.nodes[index]) else { return true };
            let moves = |op: &Op| matches!(op.facts().values, Values::Picked | Values::Same);
            match &node.step {
                Step::Op(op) if !moves(op) => return false,
                Step::Gone => return false,
                _ => tensor = node.inputs[0],
            }
        }
        false
    }

    /// Runs of the input in the order of the file, with their strides in CHW.
    pub fn input_runs(&self) -> Vec<Run> {
        let runs = self.pin.iter().flatten().rev();
        normal(runs.map(|pinned| Run { extent: pinned.file.extent, stride: pinned.stride }))
    }

    /// Whether the axes of the input are known.
    pub fn is_pinned(&self) -> bool {
        self.pin.is_some()
    }
}

fn misfit() -> Reason {
    unsupported("the axes of its input are permuted or joined in a way that only a dense layer can read")
}

fn within_limit(dims: &[usize]) -> Result<(), Reason> {
    match count(dims)? {
        0 => Err(invalid(format!("a tensor of {} has no elements", Dims(dims)))),
        elements if elements > ACTIVATIONS => {
            Err(unsupported(format!("a tensor of {} has more than 2^24 elements", Dims(dims))))
        }
        _ => Ok(()),
    }
}

/// A run of the file as runs in CHW, outermost first.
fn pinned(pin: &[Pinned], run: Run) -> Option<Vec<Run>> {
    let (mut extent, mut stride, mut result) = (run.extent, run.stride, Vec::new());
    while extent > 1 {
        let piece = pin.iter().rev().find(|piece| piece.file.stride <= stride)?;
        let skip = stride / piece.file.stride;
        if stride % piece.file.stride != 0 || piece.file.extent % skip != 0 {
            return None;
        }
        let there = piece.file.extent / skip;
        let taken = if extent % there == 0 { there } else { extent };
        if there < 2 || there % taken != 0 {
            return None;
        }
        result.push(Run { extent: taken, stride: piece.stride * skip });
        extent /= taken;
        stride *= taken;
    }
    result.reverse();
    Some(result)
}
