//! The network as steps of the core, and the layouts that their readers need.

use super::{PlanError, Reading};
use crate::ir::{ActType, LayerId, Negative, Padding, Requant, Rounding, Shape, Tensor, TensorId, Window};
use crate::num::Range;

/// What a step's front end does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Matrix rows on the arrays; the layer holds the matrix.
    Matrix(LayerId),
    /// Maxima over the window in the pooling unit.
    Max,
    /// Sums over the window in the pooling unit.
    Sum,
}

/// One operand fused into a step's write-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residual {
    /// The tensor read from residual memory.
    pub tensor: TensorId,
    /// Its requantization, rounded down.
    pub requant: Requant,
    /// Shift of the sum.
    pub shift: u32,
    /// How the sum is rounded.
    pub rounding: Rounding,
}

/// A second result of a step, made of the first one for the window feed: the first is then only added or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Second {
    /// Its requantization, rounded down.
    pub requant: Requant,
    /// Its bounds.
    pub clamp: (i32, i32),
    /// The tensor.
    pub output: TensorId,
}

/// Maxima over windows of a step's results, taken while they are drained, row after row: only they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooled {
    /// The windows: along each axis they touch, or share a pixel.
    pub window: Window,
    /// The tensor that they are over, which is stored nowhere.
    pub over: TensorId,
}

/// One pass of the core over a tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Name of the layer whose result the step writes.
    pub name: String,
    /// Front end.
    pub kind: StepKind,
    /// Tensor read through the window feed.
    pub source: TensorId,
    /// Shape in which the source is read (a flattened tensor is read in its image shape).
    pub source_shape: Shape,
    /// Window over the source.
    pub window: Window,
    /// Kernel of the weight matrix's columns; the window is smaller when the input is folded.
    pub kernel: [usize; 2],
    /// Requantization of pooling results; rows have their own.
    pub requant: Requant,
    /// Second constants of pooling results, for small ones; rows have their own.
    pub negative: Option<Negative>,
    /// Whether there are second constants, of pooling results or of rows.
    pub bent: bool,
    /// Scaling to the grid of a sum, of rows that are not shifted before it; else the identity.
    pub then: Requant,
    /// How requantization rounds.
    pub rounding: Rounding,
    /// Bits of its shift, the upper ones, in which a half is looked for; 0 for all. The others round down before.
    pub guard: u32,
    /// Bounds of the result before the residual is added.
    pub clamp: (i32, i32),
    /// Residual operand.
    pub residual: Option<Residual>,
    /// Bounds of the final result.
    pub final_clamp: (i32, i32),
    /// Result.
    pub output: TensorId,
    /// Second result.
    pub second: Option<Second>,
    /// Windows that the results are maxima over; the final result is one for each.
    pub pooled: Option<Pooled>,
}

impl Step {
    /// The result that the window feed may read.
    pub fn fed(&self) -> TensorId {
        self.second.map_or(self.output, |second| second.output)
    }

    /// Whether it only requantizes what it reads, pixel by pixel, and rounds down.
    fn only_requantizes(&self) -> bool {
        !matches!(self.kind, StepKind::Matrix(_))
            && self.window == PIXEL
            && self.residual.is_none()
            && !self.bent
            && self.guard == 0
            && (self.rounding == Rounding::Floor || self.requant.shift == 0)
            && self.second.is_none()
    }

    /// The tensor that it adds.
    pub fn added(&self) -> Option<TensorId> {
        self.residual.map(|residual| residual.tensor)
    }

    /// Values that a result of the pooling unit is made of.
    pub(super) fn terms(&self) -> usize {
        if self.kind == StepKind::Sum { self.window.kernel.iter().product() } else { 1 }
    }
}

/// A tensor that the core may keep in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Name for people.
    pub name: String,
    /// Extent.
    pub shape: Shape,
    /// Integer type.
    pub act: ActType,
    /// The integer that stands for 0, which pads it.
    pub zero_point: i32,
    /// What is added to its values where they are stored, so that none is negative; 0 for what is only sent.
    pub offset: i64,
    /// The network's tensor whose values it has.
    pub holds: TensorId,
}

impl Stored {
    /// A tensor of a network, stored in this shape.
    pub(super) fn of(tensor: &Tensor, shape: Shape, holds: TensorId) -> Self {
        let offset = if tensor.act.signed { 1 << (tensor.act.bits - 1) } else { 0 };
        let (act, zero_point) = (tensor.act, tensor.zero_point);
        Self { name: tensor.name.clone(), shape, act, zero_point, offset, holds }
    }

    /// How arrays that read `act` bits at once read it.
    pub fn reading(&self, act: u32) -> Reading {
        Reading::of(self.act.bits, self.offset, act)
    }

    /// What a window feed puts where there is no pixel.
    pub fn padding(&self) -> i64 {
        i64::from(self.zero_point) + self.offset
    }

    /// Range of its values and their padding as they are stored.
    pub(super) fn range(&self) -> Range {
        let (lo, hi) = (self.act.lo.min(self.zero_point), self.act.hi.max(self.zero_point));
        let stored = |value: i32| i128::from(value) + i128::from(self.offset);
        Range { min: stored(lo), max: stored(hi) }
    }
}

/// The network as steps in execution order.
#[derive(Clone, Debug, PartialEq)]
pub struct StepGraph {
    /// Steps in execution order.
    pub steps: Vec<Step>,
    /// Tensors, numbered as in the network; copies in another layout follow.
    pub tensors: Vec<Stored>,
    /// The tensor streamed in.
    pub input: TensorId,
    /// The tensor streamed out.
    pub output: TensorId,
}

/// Largest stride of a window that is applied more than once.
const MAX_STRIDE: usize = 8;

/// A window of one pixel.
pub(super) const PIXEL: Window =
    Window { kernel: [1, 1], stride: [1, 1], padding: Padding { top: 0, left: 0, bottom: 0, right: 0 } };

impl StepGraph {
    /// The tensor with this id.
    pub fn tensor(&self, id: TensorId) -> &Stored {
        &self.tensors[id.0]
    }

    /// Whether a step has a second result.
    pub fn has_second(&self) -> bool {
        self.steps.iter().any(|step| step.second.is_some())
    }

    /// Whether a step's results are maxima over windows of rows' results.
    pub fn has_pooled(&self) -> bool {
        self.steps.iter().any(|step| step.pooled.is_some())
    }

    /// Whether a step adds a residual.
    pub fn has_residual(&self) -> bool {
        self.steps.iter().any(|step| step.residual.is_some())
    }

    /// What a step's result is stored with, as far as its requantization adds it: a sum's residual brings it.
    pub fn result_offset(&self, step: &Step) -> i64 {
        if step.residual.is_some() { 0 } else { self.tensor(step.output).offset }
    }

    /// Bounds of a step's result before its residual is added, and of the final one, as they are stored.
    pub fn bounds(&self, step: &Step) -> [i64; 4] {
        let (first, last) = (self.result_offset(step), self.tensor(step.output).offset);
        let stored = |bounds: (i32, i32), offset: i64| [bounds.0, bounds.1].map(|bound| i64::from(bound) + offset);
        let ([a, b], [c, d]) = (stored(step.clamp, first), stored(step.final_clamp, last));
        [a, b, c, d]
    }

    /// What a step's window feed puts where there is no pixel: the lowest number for maxima.
    pub fn padding(&self, step: &Step) -> i64 {
        if step.kind == StepKind::Max { 0 } else { self.tensor(step.source).padding() }
    }

    /// The pixels that a step computes: those of its result, or those that its result is maxima over.
    pub fn grid(&self, step: &Step) -> Shape {
        self.tensor(step.pooled.map_or(step.output, |pooled| pooled.over)).shape
    }

    /// Steps that read a tensor through the window feed.
    pub fn readers(&self, id: TensorId) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(move |step| step.source == id)
    }

    /// Where a window is applied once, its stride means nothing.
    pub(super) fn relax_strides(&mut self) {
        for step in &mut self.steps {
            let shape = self.tensors[step.output.0].shape;
            if shape.height == 1 {
                step.window.stride[0] = 1;
            }
            if shape.width == 1 {
                step.window.stride[1] = 1;
            }
        }
    }

    /// The drain counts the phases of a layout in 3 bits. Folding the input takes any stride.
    pub(super) fn check_strides(&self) -> Result<(), PlanError> {
        let folded = self.foldable_reader();
        let too_far = |(index, step): &(usize, &Step)| {
            Some(*index) != folded && step.window.stride.iter().any(|stride| *stride > MAX_STRIDE)
        };
        match self.steps.iter().enumerate().find(too_far) {
            None => Ok(()),
            Some((_, step)) => {
                let [y, x] = step.window.stride;
                Err(PlanError::unsupported(&format!(
                    "the stride {y}x{x} of `{}` is beyond {MAX_STRIDE}, which is possible only for a convolution that is the \
                     one reader of the network's input: split the stride over two layers",
                    step.name
                )))
            }
        }
    }

    /// A tensor is stored in the phase planes of its readers' stride. Readers that disagree get a copy each, and so do
    /// strided readers of the input, which is stored as it is streamed.
    pub(super) fn split_layouts(&mut self) {
        for index in 0..self.tensors.len() {
            let id = TensorId(index);
            let mut strides: Vec<[usize; 2]> = self.readers(id).map(|step| step.window.stride).collect();
            strides.sort_unstable();
            strides.dedup();
            let alone = strides.len() <= 1;
            let foldable = id == self.input && self.foldable_reader().is_some();
            if alone && (id != self.input || foldable || strides.iter().all(|s| *s == [1, 1])) {
                continue;
            }
            for stride in strides.into_iter().filter(|s| *s != [1, 1]) {
                self.copy_for(id, stride);
            }
        }
    }

    /// A tensor that is added, and that one other step reads, which only requantizes it: that step becomes the second result of the one
    /// which makes the tensor.
    pub fn join_requantizations(&mut self) {
        let mut index = 0;
        while index < self.steps.len() {
            match self.producer_to_join(index) {
                Some(producer) => {
                    let Step { requant, clamp, output, .. } = self.steps.remove(index);
                    self.steps[producer].second = Some(Second { requant, clamp, output });
                }
                None => index += 1,
            }
        }
    }

    /// The step that takes another one as its second result.
    fn producer_to_join(&self, index: usize) -> Option<usize> {
        let step = &self.steps[index];
        let is_added = |id: TensorId| self.steps.iter().any(|other| other.added() == Some(id));
        let joins = step.only_requantizes()
            && step.source != self.output
            && step.output != self.output
            && self.readers(step.source).count() == 1
            && is_added(step.source)
            && !is_added(step.output);
        let producer = self.steps.iter().position(|other| other.output == step.source)?;
        (joins && producer < index && self.steps[producer].second.is_none()).then_some(producer)
    }

    /// Of one pixel, sum and maximum are the same: the pooling unit gets by with what larger windows need. Windows that are a whole image
    /// are summed for one pixel only.
    pub(super) fn unite_pools(&mut self) {
        let is_pixel = |step: &Step| step.window.kernel == PIXEL.kernel && step.window.padding == PIXEL.padding;
        let several = |step: &Step| step.kind == StepKind::Max || self.tensors[step.output.0].shape.pixels() > 1;
        let larger = |kind| self.steps.iter().any(|step| step.kind == kind && !is_pixel(step) && several(step));
        let kind = if larger(StepKind::Sum) && !larger(StepKind::Max) { StepKind::Sum } else { StepKind::Max };
        let pools = self.steps.iter_mut().filter(|step| !matches!(step.kind, StepKind::Matrix(_)));
        pools.filter(|step| is_pixel(step)).for_each(|step| step.kind = kind);
    }

    /// The step whose input the host can fold: the only reader of the network's input, and a matrix.
    pub fn foldable_reader(&self) -> Option<usize> {
        let mut readers = self.steps.iter().enumerate().filter(|(_, step)| step.source == self.input);
        match (readers.next(), readers.next()) {
            (Some((index, _)), None) if self.only_matrix(self.input) => Some(index),
            _ => None,
        }
    }

    fn only_matrix(&self, id: TensorId) -> bool {
        self.readers(id).all(|step| matches!(step.kind, StepKind::Matrix(_)))
            && self.steps.iter().all(|step| step.residual.is_none_or(|r| r.tensor != id))
    }

    /// Results are sent as they are, and stored with an offset: one that is both sent and read is copied.
    pub(super) fn send_without_offset(&mut self) {
        let output = self.output;
        let is_read = self.steps.iter().any(|step| step.source == output || step.added() == Some(output));
        if is_read && self.tensor(output).offset != 0 {
            let stored = self.add_copy(output);
            for step in &mut self.steps {
                for id in
                    [Some(&mut step.source), Some(&mut step.output), step.residual.as_mut().map(|r| &mut r.tensor)]
                {
                    if let Some(id) = id.filter(|id| **id == output) {
                        *id = stored;
                    }
                }
            }
            self.steps.push(self.copying(stored, output));
        }
        self.tensors[output.0].offset = 0;
    }

    fn copy_for(&mut self, id: TensorId, stride: [usize; 2]) {
        let copy = self.add_copy(id);
        let first = self.steps.iter().position(|step| step.source == id && step.window.stride == stride);
        for step in &mut self.steps {
            if step.source == id && step.window.stride == stride {
                step.source = copy;
            }
        }
        self.steps.insert(first.unwrap_or(0), self.copying(id, copy));
    }

    /// A tensor with the values of another one.
    fn add_copy(&mut self, id: TensorId) -> TensorId {
        let copy = TensorId(self.tensors.len());
        let name = format!("{}_copy{}", self.tensor(id).name, copy.0);
        self.tensors.push(Stored { name, ..self.tensor(id).clone() });
        copy
    }

    /// The step that copies a tensor.
    fn copying(&self, source: TensorId, output: TensorId) -> Step {
        let Stored { name, act, .. } = self.tensor(output).clone();
        let clamp = (act.lo, act.hi);
        Step {
            name,
            kind: StepKind::Max,
            source,
            source_shape: self.tensor(source).shape,
            window: PIXEL,
            kernel: PIXEL.kernel,
            requant: Requant::IDENTITY,
            negative: None,
            bent: false,
            then: Requant::IDENTITY,
            rounding: Rounding::Floor,
            guard: 0,
            clamp,
            residual: None,
            final_clamp: clamp,
            output,
            second: None,
            pooled: None,
        }
    }
}
