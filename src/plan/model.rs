//! The plan: every decision about a core.

use std::sync::Arc;

use super::cost::Resources;
use super::graph::{Step, StepGraph, StepKind};
use super::layout::{ActLayout, Fold, Tap};
use super::order::Orders;
use super::survey::Survey;
use super::widths::Widths;
use super::{ArrayBuild, CoreShape, PlanError, clog2};
use crate::ir::Network;
use crate::target::{Family, Target};

/// A tensor's place in residual memory: one word per slice of Q channels and pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResLayout {
    /// First word.
    pub base: usize,
    /// Pixels per slice.
    pub pixels: usize,
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
    /// Slices per drained pixel.
    pub slices: usize,
    /// Cycles from this step's first issue to the next step's.
    pub cycles: u64,
    /// Multiply-accumulates of the network that the step does.
    pub macs: u64,
    /// Multiply-accumulates by weights outside of a row's group, which are zero.
    pub zeros: u64,
}

impl PlannedStep {
    /// Whether the arrays (not the pooling unit) work.
    pub fn on_arrays(&self) -> bool {
        matches!(self.step.kind, StepKind::Matrix(_))
    }

    /// Number of window positions.
    pub fn tap_count(&self) -> usize {
        self.step.window.kernel.iter().product()
    }

    /// Front-end steps per block (T).
    pub fn block_steps(&self) -> usize {
        self.tap_count() * self.channel_blocks
    }

    /// Drain cycles per block (D).
    pub fn drain(&self) -> usize {
        self.lanes * self.slices
    }
}

/// Sizes of the core's memories.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Memories {
    /// Rows per bank of activation memory.
    pub act_rows: usize,
    /// Words of residual memory; 0 without residuals.
    pub res_words: usize,
    /// Words (array steps) of weight memory.
    pub weight_words: usize,
    /// Words of parameter memory.
    pub param_words: usize,
    /// Taps.
    pub taps: usize,
    /// 32-bit words per layer descriptor.
    pub descriptor_words: usize,
    /// Words of the output FIFO.
    pub output_words: usize,
}

/// Every decision about one core.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Network's name.
    pub name: String,
    /// Network's digest.
    pub digest: String,
    /// Target.
    pub target: Target,
    /// Shape.
    pub shape: CoreShape,
    /// How each array of the shape is built.
    pub builds: Vec<ArrayBuild>,
    /// Tensors and raw steps.
    pub graph: Arc<StepGraph>,
    /// Folding of the input.
    pub fold: Fold,
    /// Channel orders.
    pub orders: Orders,
    /// Places of the tensors.
    pub places: Vec<Place>,
    /// Steps in execution order.
    pub steps: Vec<PlannedStep>,
    /// Widths.
    pub widths: Widths,
    /// Memory sizes.
    pub memories: Memories,
    /// Predicted cycles per image in steady state.
    pub cycles: u64,
    /// Cycles of activation memory's write port per image: input beats and the drain's writes.
    pub load_cycles: u64,
    /// Multiply-accumulates per image.
    pub macs: u64,
    /// Estimated resources.
    pub resources: Resources,
}

impl Plan {
    /// Plans a network on a shape.
    pub fn build(network: &Network, target: &Target, shape: &CoreShape) -> Result<Self, PlanError> {
        Survey::of(network)?.plan(target, shape)
    }

    /// Window positions of a step, kernel elements in row-major order.
    pub fn taps(&self, planned: &PlannedStep) -> Vec<Tap> {
        planned.source.taps(&planned.step.window, planned.step.source_shape, self.shape.px)
    }

    /// Beats of Q elements per output image.
    pub fn output_beats(&self) -> usize {
        self.orders.stored_channels(self.graph.output) / self.shape.q
            * self.graph.tensor(self.graph.output).shape.pixels()
    }

    /// Bits of an element of the result on its stream: 8, 16 or 32.
    pub fn output_bits(&self) -> u32 {
        self.graph.tensor(self.graph.output).act.bits.next_power_of_two().max(8)
    }

    /// Words of Q elements that a block of the network's result is drained in.
    pub fn output_block(&self) -> usize {
        let last = self.steps.iter().find(|step| step.step.output == self.graph.output);
        last.map_or(1, PlannedStep::drain)
    }

    /// Slices of Q channels per input pixel.
    pub fn input_slices(&self) -> usize {
        self.orders.stored_channels(self.graph.input) / self.shape.q
    }

    /// Pixels per streamed input image: rows of the stored pitch.
    pub fn input_pixels(&self) -> usize {
        let pitch = self.places[self.graph.input.0].act.map_or(1, |layout| layout.pitch);
        self.graph.tensor(self.graph.input).shape.height * pitch
    }

    /// Whether the core needs a pooling unit.
    pub fn has_vector(&self) -> bool {
        self.steps.iter().any(|step| !step.on_arrays())
    }

    /// Whether a step is of a kind.
    pub fn pools(&self, kind: StepKind) -> bool {
        self.steps.iter().any(|step| step.step.kind == kind)
    }

    /// Whether the core needs residual memory.
    pub fn has_residual(&self) -> bool {
        self.graph.has_residual()
    }

    /// What the plan needs of each resource, and the target's share of it.
    fn needs(&self) -> [(&'static str, f64, f64); 4] {
        let (target, used) = (&self.target, &self.resources);
        let block_ram = f64::from(target.block_ram.blocks) * target.block_ram_share;
        [
            ("LUTs", f64::from(used.cells), f64::from(target.luts) * target.lut_share),
            ("flip-flops", f64::from(used.ff), target.usable_ffs()),
            ("DSP blocks", f64::from(used.dsp), f64::from(target.dsps) * target.dsp_share),
            ("blocks of RAM", used.bram, block_ram),
        ]
    }

    /// What decides between plans that are as fast: how full the fullest of LUTs, flip-flops and DSP blocks is, in thousandths of
    /// the target's share (a full kind of block is hard to route, and blocks of RAM hold the network in any shape); then LUTs,
    /// then flip-flops.
    pub(super) fn price(&self) -> (u32, u32, u32) {
        let logic = self.needs().into_iter().take(3).filter(|(_, need, _)| *need > 0.0);
        let load = logic.map(|(_, need, have)| need / have).fold(0.0, f64::max);
        ((1000.0 * load) as u32, self.resources.lut, self.resources.ff)
    }

    /// How full the fullest of all resources is, of the target's share; beyond 1 the plan does not fit.
    pub(super) fn fill(&self) -> f64 {
        let needed = self.needs().into_iter().filter(|(_, need, _)| *need > 0.0);
        needed.map(|(_, need, have)| need / have).fold(0.0, f64::max)
    }

    /// What the plan needs beyond the target's share, if anything: the resource that is exceeded most.
    pub fn excess(&self) -> Option<PlanError> {
        let exceeded = self.needs().into_iter().filter(|(_, need, have)| need > have);
        let (resource, need, have) = exceeded.max_by(|a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)))?;
        let (need, have) = (need.ceil() as u64, have.floor() as u64);
        Some(PlanError::DoesNotFit {
            network: self.name.clone(),
            target: self.target.name.clone(),
            resource,
            need,
            have,
            over: need.saturating_sub(have).max(1),
        })
    }

    /// Whether a read-only table of so many words stays out of block RAM, which iCE40 has little of.
    pub fn in_logic(&self, words: usize) -> bool {
        self.target.family == Family::Ice40 && words <= 64
    }

    /// Images per second at the target's clock.
    pub fn images_per_second(&self) -> f64 {
        self.target.clock_mhz * 1e6 / self.cycles.max(1) as f64
    }

    /// Useful multiply-accumulates per cycle over what the arrays could do.
    pub fn efficiency(&self) -> f64 {
        self.macs as f64 / (self.cycles.max(1) as f64 * self.shape.macs_per_cycle() as f64)
    }

    /// The beats of a step's result in the order in which the drain writes them: pixel, and channel of each of Q lanes.
    pub fn drain_order(&self, planned: &PlannedStep) -> Vec<(usize, Vec<Option<usize>>)> {
        let output = planned.step.output;
        let (stored, shape) = (self.orders.stored(output), self.graph.tensor(output).shape);
        let per_group: Vec<usize> = match self.orders.rows(output).filter(|_| planned.on_arrays()) {
            Some(order) => order.written.chunks(planned.slices).map(|g| g.iter().filter(|w| **w).count()).collect(),
            None => stored.chunks(self.shape.ci).map(|block| block.len() / self.shape.q).collect(),
        };
        let mut order = Vec::with_capacity(stored.len() / self.shape.q * shape.pixels());
        let mut first = 0;
        for slices in per_group {
            for pixel in 0..shape.pixels() {
                for slice in first..first + slices {
                    order.push((pixel, stored[slice * self.shape.q..][..self.shape.q].to_vec()));
                }
            }
            first += slices;
        }
        order
    }

    /// What bounds a step: its products, the drain of its results, or the latency of a layer's start and end.
    pub fn step_bound(&self, step: &PlannedStep) -> &'static str {
        let issue = (step.groups * step.blocks * step.block_steps().max(step.drain())) as u64;
        if step.cycles > 2 * issue {
            "latency"
        } else if step.drain() > step.block_steps() {
            "drain"
        } else if step.on_arrays() {
            "arrays"
        } else {
            "window"
        }
    }

    /// What bounds the whole plan, in words.
    pub fn bound(&self) -> String {
        if self.load_cycles >= self.cycles {
            return "the input stream".to_owned();
        }
        let slowest = self.steps.iter().max_by_key(|step| step.cycles);
        let of = |step: &PlannedStep| {
            let share = 100 * step.cycles / self.cycles.max(1);
            format!("{} of `{}` ({share} % of the cycles)", self.step_bound(step), step.step.name)
        };
        slowest.map_or_else(String::new, of)
    }

    /// Width of an activation memory address, wide enough for block counts too.
    pub fn addr_bits(&self) -> u32 {
        let blocks = self.steps.iter().map(|s| s.blocks).max().unwrap_or(1);
        let stride = self.places.iter().filter_map(|p| p.act).map(|l| l.stride()).max().unwrap_or(1);
        clog2(self.memories.act_rows.max(blocks + 1).max(stride + 1)).max(2)
    }
}
