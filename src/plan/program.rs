//! The program: one network, compiled for a core's shape.

use std::sync::Arc;

use super::graph::{Step, StepGraph, StepKind};
use super::layout::{ActLayout, Fold, Tap};
use super::order::Orders;
use super::room::Room;
use super::{CoreShape, Units};
use crate::ir::Shape;

/// Fewest words of the memory of a row of maxima, so that it is no heap of registers.
const LEAST_POOLED_WORDS: usize = 32;

/// A tensor's place in residual memory: one word per slice of Q channels and pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResLayout {
    /// First word.
    pub base: usize,
    /// Pixels per slice.
    pub words: usize,
}

/// Where a tensor is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// In activation memory, when a window feed reads it.
    pub act: Option<ActLayout>,
    /// In residual memory, when an add reads it.
    pub res: Option<ResLayout>,
}

/// A step with everything its descriptor needs.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedStep {
    /// What is computed.
    pub step: Arc<Step>,
    /// Where the source lies.
    pub source: ActLayout,
    /// Row groups, or channel blocks of a pooling step.
    pub groups: usize,
    /// Blocks of PX pixels.
    pub blocks: usize,
    /// Channel blocks per tap.
    pub channel_blocks: usize,
    /// Pixels of a block that are drained.
    pub lanes: usize,
    /// Pixels that are drained at once.
    pub drained: usize,
    /// Slices per drained pixel.
    pub slices: usize,
    /// Digits of an activation that are read in passes of their own.
    pub digits: usize,
    /// Digits of a value that are written in cycles of their own.
    pub parts: usize,
    /// Cycles from this step's first issue to the next step's.
    pub cycles: u64,
    /// Multiply-accumulates of the network that the step does.
    pub macs: u64,
    /// Multiply-accumulates by weights outside of a row's group, which are zero.
    pub zeros: u64,
}

impl PlannedStep {
    /// Whether it reads an image in strips, block by block.
    pub fn in_strips(&self) -> bool {
        self.source.strip
    }

    /// Whether the arrays (not the pooling unit) work.
    pub fn on_arrays(&self) -> bool {
        matches!(self.step.kind, StepKind::Matrix(_))
    }

    /// Number of window positions.
    pub fn tap_count(&self) -> usize {
        self.step.window.kernel.iter().product()
    }

    /// Window positions, kernel elements in row-major order.
    pub fn taps(&self, px: usize) -> Vec<Tap> {
        self.source.taps(&self.step.window, self.step.source_shape, px)
    }

    /// Passes: row groups, blocks and digits.
    pub fn passes(&self) -> usize {
        self.groups * self.blocks * self.digits
    }

    /// Cycles from pass to pass at least, for the drain (D).
    pub fn spacing(&self) -> usize {
        if self.digits > 1 { self.drain().max(CoreShape::DIGIT_SPACING) } else { self.drain() }
    }

    /// Front-end steps of a pass (T).
    pub fn block_steps(&self) -> usize {
        self.tap_count() * self.channel_blocks
    }

    /// Drain cycles of a pass.
    pub fn drain(&self) -> usize {
        self.stops() * self.slices * self.parts
    }

    /// Places in a block where the drain stops for its slices: pixels, or spans of those that are drained at once.
    pub fn stops(&self) -> usize {
        self.lanes.div_ceil(self.drained)
    }
}

/// A network compiled for the shape of a core.
#[derive(Clone, Debug)]
pub struct Program {
    /// Network's name.
    pub name: String,
    /// Network's digest.
    pub digest: String,
    /// Images of a frame; the frame is the program's image.
    pub images: usize,
    /// Shape that it is compiled for.
    pub shape: CoreShape,
    /// Tensors and raw steps.
    pub graph: Arc<StepGraph>,
    /// Shape of an image.
    pub image: Shape,
    /// Folding of the input, if there is any.
    pub fold: Option<Fold>,
    /// Channel orders.
    pub orders: Orders,
    /// Places of the tensors.
    pub places: Vec<Place>,
    /// Rows of activation memory and words of residual memory that these take.
    pub depths: [usize; 2],
    /// Steps in execution order.
    pub steps: Vec<PlannedStep>,
    /// Multiply-accumulates per image.
    pub macs: u64,
}

impl Program {
    /// Slices of Q channels per input pixel.
    pub fn input_slices(&self) -> usize {
        self.orders.stored_channels(self.graph.input) / self.shape.q
    }

    /// Pixels of a stored image: rows of the stored pitch.
    pub fn input_pixels(&self) -> usize {
        let pitch = self.places[self.graph.input.0].act.map_or(1, |layout| layout.pitch);
        self.graph.tensor(self.graph.input).shape.height * pitch
    }

    /// Units that it uses.
    pub fn units(&self) -> Units {
        let pools = |kind| self.graph.steps.iter().any(|step| step.kind == kind);
        Units {
            max: pools(StepKind::Max),
            sum: pools(StepKind::Sum),
            residual: self.graph.has_residual(),
            second: self.graph.has_second(),
            pooled: self.graph.has_pooled(),
        }
    }

    /// Words of weights: array steps of one block of every layer.
    pub fn weight_words(&self) -> usize {
        let steps = self.steps.iter().filter(|step| step.on_arrays());
        steps.map(|step| step.groups * step.block_steps()).sum()
    }

    /// The room that it needs in a core of its shape; of the output's ring the least, which a core's latency asks more of.
    pub fn room(&self) -> Room {
        let most = |value: &dyn Fn(&PlannedStep) -> usize| self.steps.iter().map(value).max().unwrap_or(1);
        let sum = |value: &dyn Fn(&PlannedStep) -> usize| self.steps.iter().map(value).sum::<usize>();
        let layouts = || self.places.iter().filter_map(|place| place.act);
        Room {
            steps: self.steps.len(),
            taps: sum(&PlannedStep::tap_count),
            weight_words: self.weight_words().max(1),
            param_words: sum(&|step| step.groups * step.slices),
            act_rows: self.depths[0],
            res_words: self.depths[1],
            output_ring: self.output_lanes(),
            output_lanes: self.output_lanes(),
            output_pixels: self.output_pixels(),
            output_words: self.output_words(),
            output_channels: self.output_channels(),
            output_picked: usize::from(!self.output_ordered()),
            output_groups: self.output_groups(),
            input_bytes: self.input_bytes(),
            input_slices: self.input_slices(),
            input_rows: self.walk().extent[0],
            input_columns: self.walk().extent[1],
            input_step: self.walk().step.into_iter().max().unwrap_or(1),
            blocks: most(&|step| step.blocks),
            channel_blocks: most(&|step| step.channel_blocks),
            groups: most(&|step| step.groups),
            drain: most(&PlannedStep::spacing),
            summed: most(&|step| if step.step.kind == StepKind::Sum { step.lanes } else { 1 }),
            digits: most(&|step| step.digits),
            strip: self.strip().map_or(0, |strip| strip.rows),
            strip_groups: self.steps.iter().find(|step| step.in_strips()).map_or(1, |step| step.groups),
            pooled_words: self.steps.iter().map(|step| self.pooled_words(step)).max().unwrap_or(0),
            stride: layouts().map(|layout| layout.stride()).max().unwrap_or(1),
            coordinate: most(&|step| self.coordinate(step)),
        }
    }

    /// Slices of the windows in a row of a step's maxima; 0 where it has none.
    fn pooled_words(&self, planned: &PlannedStep) -> usize {
        let width = self.graph.tensor(planned.step.output).shape.width;
        planned.step.pooled.map_or(0, |_| (width * planned.slices).max(LEAST_POOLED_WORDS))
    }

    /// Coordinates wrap around below zero, so the largest one plus the deepest padding must still be told apart.
    fn coordinate(&self, planned: &PlannedStep) -> usize {
        let step = &planned.step;
        let pitch = planned.source.pitch;
        let [vertical, horizontal] = planned.source.reach(&step.window);
        let last = planned.blocks * self.shape.px - 1;
        let output = self.graph.grid(step);
        let y = last / pitch + vertical[0] + vertical[1];
        let x = pitch + horizontal[0] + horizontal[1];
        // A window that never reaches the last row still must not take the padding above the first one for it.
        let height = step.source_shape.height + vertical[0].saturating_sub(1);
        (y + 1).max(x).max(self.shape.px + 1).max(output.height).max(output.width).max(height)
    }

    /// The words of a step's result in the order in which the drain writes them: pixel, and channel of each of Q lanes.
    pub fn drain_order(&self, planned: &PlannedStep) -> Vec<(usize, Vec<Option<usize>>)> {
        let output = planned.step.output;
        let (stored, shape) = (self.orders.stored(output), self.graph.tensor(output).shape);
        let (pixels, width) = (self.drained_pixels(planned), shape.width);
        let per_group: Vec<usize> = match self.orders.rows(output).filter(|_| planned.on_arrays()) {
            Some(order) => order.written.chunks(planned.slices).map(|g| g.iter().filter(|w| **w).count()).collect(),
            None => stored.chunks(self.shape.ci).map(|block| block.len() / self.shape.q).collect(),
        };
        let mut order = Vec::with_capacity(stored.len() / self.shape.q * shape.pixels());
        for block in pixels {
            let mut first = 0;
            for slices in &per_group {
                // Pixels that are drained at once are beside each other in a row.
                for span in block.chunk_by(|a, b| a / width == b / width && b % width % planned.drained != 0) {
                    for slice in first..first + slices {
                        let channels = &stored[slice * self.shape.q..][..self.shape.q];
                        order.extend(span.iter().map(|pixel| (*pixel, channels.to_vec())));
                    }
                }
                first += slices;
            }
        }
        order
    }

    /// Cycles of the input unit per image: those that it takes alone, and the drain's writes, during which it waits.
    pub(super) fn load_cycles(&self) -> u64 {
        self.input_cycles() + self.steps.iter().map(|step| self.written(step)).sum::<usize>() as u64
    }

    /// Cycles in which a step's results are written to activation memory.
    pub(super) fn written(&self, step: &PlannedStep) -> usize {
        let output = step.step.fed();
        let slices = self.orders.stored_channels(output) / self.shape.q;
        let stored = self.places[output.0].act.is_some();
        let shape = self.graph.tensor(output).shape;
        if stored { slices * step.parts * shape.height * shape.width.div_ceil(step.drained) } else { 0 }
    }
}
