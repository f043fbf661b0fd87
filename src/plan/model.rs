//! The plan: every decision about a core.

use super::cost::Resources;
use super::graph::{Step, StepGraph, StepKind};
use super::layout::{ActLayout, Fold, Tap, fold_input};
use super::memory::{Allocator, lifetimes};
use super::order::Orders;
use super::widths::Widths;
use super::{ArrayBuild, CoreShape, Lane, PlanError, clog2};
use crate::ir::{Network, TensorId};
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
    pub step: Step,
    /// Window positions.
    pub taps: Vec<Tap>,
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
}

impl PlannedStep {
    /// Whether the arrays (not the pooling unit) work.
    pub fn on_arrays(&self) -> bool {
        matches!(self.step.kind, StepKind::Matrix(_))
    }

    /// Front-end steps per block (T).
    pub fn block_steps(&self) -> usize {
        self.taps.len() * self.channel_blocks
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
    pub graph: StepGraph,
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

/// Cycles of a block from its last step to its first output beat, beside the array's and the back end's latency.
const FLIGHT: u64 = 12;

impl Plan {
    /// Plans a network on a shape.
    pub fn build(network: &Network, target: &Target, shape: &CoreShape) -> Result<Self, PlanError> {
        shape.check()?;
        let mut graph = StepGraph::lower(network)?;
        let fold = fold_input(&mut graph, shape);
        let orders = Orders::assign(network, &graph, shape)?;
        let mut widths = Widths::of(network, &graph, shape)?;
        let operand = widths.operand;
        let build = |lane| ArrayBuild::of(lane, target.family, shape.ci, shape.px, operand);
        let builds: Vec<ArrayBuild> = shape.arrays.iter().map(|array| build(array.lane)).collect();
        for (array, build) in shape.arrays.iter().zip(&builds) {
            let Lane::Dsp { bits } = array.lane else { continue };
            let family = target.family;
            let inferred = build.cells == "none" && build.pack_rows == 1;
            if inferred && u32::from(bits) + operand.signed_bits() < family.dsp_product_bits() {
                return Err(PlanError::shape(format!(
                    "{shape}: a lone product of {} is too narrow for a DSP block of {family}; use a smaller CI",
                    array.lane
                )));
            }
        }
        if widths.suit_multiplier(target.family) && shape.q <= spare_blocks(target, shape, &builds) {
            widths.use_multiplier(&graph);
        }
        let mut plan = Self {
            name: network.name.clone(),
            digest: network.digest.clone(),
            target: target.clone(),
            shape: shape.clone(),
            builds,
            places: vec![Place::default(); graph.tensors.len()],
            graph,
            fold,
            orders,
            steps: Vec::new(),
            widths,
            memories: Memories::default(),
            cycles: 0,
            load_cycles: 0,
            macs: network.macs(),
            resources: Resources::default(),
        };
        plan.place_tensors()?;
        plan.plan_steps(network);
        plan.size_memories();
        plan.count_cycles();
        plan.resources = Resources::estimate(&plan);
        Ok(plan)
    }

    /// Stored layout of a step's source.
    pub fn source_layout(&self, step: &Step) -> Option<ActLayout> {
        self.places[step.source.0].act
    }

    /// Beats of Q elements per output image.
    pub fn output_beats(&self) -> usize {
        self.orders.stored(self.graph.output).len() / self.shape.q * self.graph.tensor(self.graph.output).shape.pixels()
    }

    /// Words of Q elements that a block of the network's result is drained in.
    pub fn output_block(&self) -> usize {
        let last = self.steps.iter().find(|step| step.step.output == self.graph.output);
        last.map_or(1, PlannedStep::drain)
    }

    /// Slices of Q channels per input pixel.
    pub fn input_slices(&self) -> usize {
        self.orders.stored(self.graph.input).len() / self.shape.q
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

    /// What the plan needs beyond the target's share, if anything.
    pub fn excess(&self) -> Option<PlanError> {
        let (resource, need, have) = self.needs().into_iter().find(|(_, need, have)| need > have)?;
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

    fn place_tensors(&mut self) -> Result<(), PlanError> {
        let end = self.graph.steps.len();
        let input = self.graph.input;
        let layout = ActLayout::for_readers(&self.graph, input, self.orders.stored(input).len(), &self.shape);
        let mut acts = Allocator::new(2 * layout.rows());
        let mut residuals = Allocator::new(0);
        self.places[input.0].act = Some(layout);
        if lifetimes(&self.graph, input).2.is_some() {
            return Err(PlanError::unsupported("the network's input is an operand of an add"));
        }
        for index in 0..end {
            let id = self.graph.steps[index].output;
            let (_, feed, residual) = lifetimes(&self.graph, id);
            let stored = self.orders.stored(id).len();
            if let Some(last) = feed {
                let mut layout = ActLayout::for_readers(&self.graph, id, stored, &self.shape);
                layout.base = acts.take(layout.rows(), index, last);
                self.places[id.0].act = Some(layout);
            }
            if let Some(last) = residual {
                self.place_residual(index, id, last, &mut residuals);
            }
        }
        self.memories.act_rows = acts.depth();
        self.memories.res_words = residuals.depth();
        Ok(())
    }

    /// A residual that dies in this very step hands its words over to the step's result, one by one.
    fn place_residual(&mut self, index: usize, id: TensorId, last: usize, memory: &mut Allocator) {
        let pixels = self.graph.tensor(id).shape.pixels();
        let size = self.orders.stored(id).len() / self.shape.q * pixels;
        let dying = self.graph.steps[index].residual.map(|r| r.tensor).filter(|tensor| {
            lifetimes(&self.graph, *tensor).2 == Some(index) && self.graph.tensor(*tensor).shape.pixels() == pixels
        });
        let base = match dying.and_then(|tensor| self.places[tensor.0].res) {
            Some(place) => {
                memory.put(place.base, size, index, last);
                place.base
            }
            None => memory.take(size, index, last),
        };
        self.places[id.0].res = Some(ResLayout { base, pixels });
    }

    fn plan_steps(&mut self, network: &Network) {
        for step in &self.graph.steps {
            let Some(layout) = self.source_layout(step) else { continue };
            let output = self.graph.tensor(step.output).shape;
            let grid = layout.pitch * (output.height - 1) + output.width;
            let on_arrays = matches!(step.kind, StepKind::Matrix(_));
            let rows = self.orders.rows(step.output).filter(|_| on_arrays);
            let macs = if let StepKind::Matrix(id) = step.kind { network.layer_macs(&network.layers[id.0]) } else { 0 };
            self.steps.push(PlannedStep {
                taps: layout.taps(&step.window, step.source_shape, self.shape.px),
                groups: rows.map_or(layout.blocks, |order| order.groups),
                blocks: grid.div_ceil(self.shape.px),
                channel_blocks: if on_arrays { layout.blocks } else { 1 },
                lanes: grid.min(self.shape.px),
                slices: if on_arrays { self.shape.slices() } else { self.shape.word_slices() },
                cycles: 0,
                macs,
                step: step.clone(),
            });
        }
    }

    fn size_memories(&mut self) {
        let words = |step: &PlannedStep| if step.on_arrays() { step.groups * step.block_steps() } else { 0 };
        self.memories.weight_words = self.steps.iter().map(words).sum::<usize>().max(1);
        self.memories.param_words = self.steps.iter().map(|s| s.groups * s.slices).sum();
        self.memories.taps = self.steps.iter().map(|s| s.taps.len()).sum();
        // A block's words are reserved when it is issued and given back when they are sent; the next one needs three more.
        let flight = self.latency() + self.back_latency() + 2 * self.memory_latency() + FLIGHT;
        self.memories.output_words = (2 * self.output_block() + 3 + flight as usize).next_power_of_two();
        self.memories.descriptor_words = crate::plan::fields::Fields::of(self).words();
    }

    /// Width of an activation memory address, wide enough for block counts too.
    pub fn addr_bits(&self) -> u32 {
        let blocks = self.steps.iter().map(|s| s.blocks).max().unwrap_or(1);
        let stride = self.places.iter().filter_map(|p| p.act).map(|l| l.stride()).max().unwrap_or(1);
        clog2(self.memories.act_rows.max(blocks + 1).max(stride + 1)).max(2)
    }
}

/// DSP blocks of a target's share that the arrays leave.
fn spare_blocks(target: &Target, shape: &CoreShape, builds: &[ArrayBuild]) -> usize {
    let arrays = shape.arrays.iter().zip(builds).filter(|(array, _)| array.lane.is_dsp());
    let used: usize = arrays.map(|(array, build)| build.dsp_blocks(array.rows, shape.ci, shape.px)).sum();
    target.usable_dsps().saturating_sub(used)
}
