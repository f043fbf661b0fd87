//! A network measured once: what every shape's plan follows from, so that one more shape costs microseconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::cost::Resources;
use super::fields::Fields;
use super::graph::{Step, StepGraph, StepKind};
use super::layout::{ActLayout, Fold, Folding};
use super::loads::LaneLoad;
use super::memory::Allocator;
use super::model::{Memories, Place, Plan, PlannedStep, ResLayout};
use super::order::{Classes, Orders, conv};
use super::uses::{Use, uses};
use super::widths::{Basis, Widths};
use super::{ArrayBuild, ArraySpec, CoreShape, Lane, PlanError};
use crate::ir::{Network, TensorId};
use crate::target::Target;

/// Cycles of a block from its last step to its first output beat, beside the array's and the back end's latency.
const FLIGHT: u64 = 12;

/// What planning needs to know of a network.
pub struct Survey<'a> {
    network: &'a Network,
    basis: Basis,
    /// The graph for each way to fold the input.
    views: Vec<View>,
    lanes: Mutex<BTreeMap<Lane, Arc<LaneLoad>>>,
    macs: u64,
}

/// The graph with its input folded in one way.
struct View {
    folding: Option<Folding>,
    graph: Arc<StepGraph>,
    classes: Arc<Classes>,
    steps: Vec<Arc<Step>>,
    uses: Vec<Use>,
    /// Multiply-accumulates of each step, and those by zeros outside of groups.
    macs: Vec<[u64; 2]>,
}

impl View {
    fn of(network: &Network, graph: StepGraph, folding: Option<Folding>) -> Result<Self, PlanError> {
        let macs = |step: &Step| {
            let StepKind::Matrix(id) = step.kind else { return [0, 0] };
            let macs = network.layer_macs(&network.layers[id.0]);
            [macs, macs * conv(network, id).map_or(0, |conv| conv.groups as u64 - 1)]
        };
        Ok(Self {
            folding,
            classes: Arc::new(Classes::of(network, &graph)?),
            macs: graph.steps.iter().map(macs).collect(),
            steps: graph.steps.iter().cloned().map(Arc::new).collect(),
            uses: uses(&graph),
            graph: Arc::new(graph),
        })
    }
}

impl<'a> Survey<'a> {
    /// Measures a network. What no core can do is refused.
    pub fn of(network: &'a Network) -> Result<Self, PlanError> {
        let graph = StepGraph::lower(network)?;
        let used = uses(&graph);
        if used[graph.input.0].residual.is_some() {
            return Err(PlanError::unsupported(
                "the network's input is an operand of an add: put a layer between the two",
            ));
        }
        let basis = Basis::of(&graph, &used);
        let mut views: Vec<View> = Folding::all(&graph)
            .into_iter()
            .map(|folding| View::of(network, folding.apply(&graph), Some(folding)))
            .collect::<Result<_, _>>()?;
        if views.is_empty() {
            views.push(View::of(network, graph, None)?);
        }
        let lanes = Mutex::default();
        Ok(Self { network, basis, views, lanes, macs: network.macs() })
    }

    /// Plans the network on a shape.
    pub fn plan(&self, target: &Target, shape: &CoreShape) -> Result<Plan, PlanError> {
        shape.check()?;
        let view = self.view(shape);
        let orders = Orders::assign(self.network, view.classes.clone(), shape)?;
        let loads: Vec<Arc<LaneLoad>> = shape.arrays.iter().map(|array| self.lane(array.lane)).collect();
        let mut widths = Widths::of(&self.basis, shape, &loads);
        let builds = builds(target, shape, &widths)?;
        if widths.suit_multiplier(target.family) && shape.q <= spare_blocks(target, shape, &builds) {
            widths.use_multiplier(&view.graph);
        }
        let mut plan = Plan {
            name: self.network.name.clone(),
            digest: self.network.digest.clone(),
            target: target.clone(),
            shape: shape.clone(),
            builds,
            places: vec![Place::default(); view.graph.tensors.len()],
            graph: view.graph.clone(),
            fold: view.folding.map_or(Fold::NONE, |folding| folding.fold),
            orders,
            steps: Vec::with_capacity(view.steps.len()),
            widths,
            memories: Memories::default(),
            cycles: 0,
            load_cycles: 0,
            macs: self.macs,
            resources: Resources::default(),
        };
        view.place_tensors(&mut plan);
        view.plan_steps(&mut plan);
        size_memories(&mut plan);
        plan.count_cycles();
        plan.resources = Resources::estimate(&plan);
        Ok(plan)
    }

    /// Row groups of every class of tensors on arrays.
    pub(super) fn groups(&self, arrays: &[ArraySpec]) -> Result<Vec<usize>, PlanError> {
        self.views[0].classes.groups(self.network, arrays)
    }

    /// Cycles that a plan of this shape and these row groups takes at least.
    pub(super) fn least_cycles(&self, shape: &CoreShape, groups: &[usize]) -> u64 {
        let view = self.view(shape);
        let cycles = |step: &Arc<Step>| {
            let (source, output) = (view.graph.tensor(step.source).shape, view.graph.tensor(step.output).shape);
            let source_blocks = source.channels.div_ceil(shape.ci);
            let layout = ActLayout::for_readers(source, &view.uses[step.source.0], source.channels, shape);
            let grid = layout.pitch * (output.height - 1) + output.width;
            let (rounds, blocks, slices) = match step.kind {
                StepKind::Matrix(_) => (groups[view.classes.class_of(step.output)], source_blocks, shape.slices()),
                StepKind::Max | StepKind::Sum => (source_blocks, 1, shape.word_slices()),
            };
            let steps = step.window.kernel.iter().product::<usize>() * blocks;
            (rounds * grid.div_ceil(shape.px) * steps.max(grid.min(shape.px) * slices)) as u64
        };
        view.steps.iter().map(cycles).sum()
    }

    /// The folding with the fewest cycles of the first matrix, then the fewest beats.
    fn view(&self, shape: &CoreShape) -> &View {
        let price = |view: &&View| view.folding.map(|folding| folding.price(shape));
        self.views.iter().min_by_key(price).unwrap_or(&self.views[0])
    }

    fn lane(&self, lane: Lane) -> Arc<LaneLoad> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let measure = || Arc::new(LaneLoad::of(self.network, &self.views[0].graph, lane, self.basis.operand));
        lanes.entry(lane).or_insert_with(measure).clone()
    }
}

impl View {
    fn place_tensors(&self, plan: &mut Plan) {
        let layout = |plan: &Plan, id: TensorId| {
            let (shape, stored) = (self.graph.tensor(id).shape, plan.orders.stored_channels(id));
            ActLayout::for_readers(shape, &self.uses[id.0], stored, &plan.shape)
        };
        let input = layout(plan, self.graph.input);
        let mut acts = Allocator::new(2 * input.rows());
        let mut residuals = Allocator::new(0);
        plan.places[self.graph.input.0].act = Some(input);
        for (index, step) in self.steps.iter().enumerate() {
            let id = step.output;
            if let Some(last) = self.uses[id.0].feed {
                let mut layout = layout(plan, id);
                layout.base = acts.take(layout.rows(), index, last);
                plan.places[id.0].act = Some(layout);
            }
            if let Some(last) = self.uses[id.0].residual {
                plan.places[id.0].res = Some(self.place_residual(plan, index, last, &mut residuals));
            }
        }
        plan.memories.act_rows = acts.depth();
        plan.memories.res_words = residuals.depth();
    }

    /// A residual that dies in this very step hands its words over to the step's result, one by one.
    fn place_residual(&self, plan: &Plan, index: usize, last: usize, memory: &mut Allocator) -> ResLayout {
        let step = &self.steps[index];
        let pixels = self.graph.tensor(step.output).shape.pixels();
        let size = plan.orders.stored_channels(step.output) / plan.shape.q * pixels;
        let dying = step.residual.map(|residual| residual.tensor).filter(|tensor| {
            self.uses[tensor.0].residual == Some(index) && self.graph.tensor(*tensor).shape.pixels() == pixels
        });
        let base = match dying.and_then(|tensor| plan.places[tensor.0].res) {
            Some(place) => {
                memory.put(place.base, size, last);
                place.base
            }
            None => memory.take(size, index, last),
        };
        ResLayout { base, pixels }
    }

    fn plan_steps(&self, plan: &mut Plan) {
        for (step, &[macs, zeros]) in self.steps.iter().zip(&self.macs) {
            let Some(source) = plan.places[step.source.0].act else { continue };
            let output = self.graph.tensor(step.output).shape;
            let grid = source.pitch * (output.height - 1) + output.width;
            let on_arrays = matches!(step.kind, StepKind::Matrix(_));
            let groups = plan.orders.groups(step.output).filter(|_| on_arrays);
            plan.steps.push(PlannedStep {
                source,
                groups: groups.unwrap_or(source.blocks),
                blocks: grid.div_ceil(plan.shape.px),
                channel_blocks: if on_arrays { source.blocks } else { 1 },
                lanes: grid.min(plan.shape.px),
                slices: if on_arrays { plan.shape.slices() } else { plan.shape.word_slices() },
                cycles: 0,
                macs,
                zeros,
                step: step.clone(),
            });
        }
    }
}

/// How each array is built.
fn builds(target: &Target, shape: &CoreShape, widths: &Widths) -> Result<Vec<ArrayBuild>, PlanError> {
    let (family, operand) = (target.family, widths.operand);
    let build = |array: &ArraySpec| {
        let build = ArrayBuild::of(array.lane, family, shape.ci, shape.px, operand);
        let Lane::Dsp { bits } = array.lane else { return Ok(build) };
        let inferred = build.cells == "none" && build.pack_rows == 1;
        if inferred && u32::from(bits) + operand.signed_bits() < family.dsp_product_bits() {
            return Err(PlanError::shape(format!(
                "{shape}: a single product of {} is too narrow for a DSP block of {family}; use a smaller CI",
                array.lane
            )));
        }
        Ok(build)
    };
    shape.arrays.iter().map(build).collect()
}

/// DSP blocks of a target's share that the arrays leave.
fn spare_blocks(target: &Target, shape: &CoreShape, builds: &[ArrayBuild]) -> usize {
    let arrays = shape.arrays.iter().zip(builds).filter(|(array, _)| array.lane.is_dsp());
    let used: usize = arrays.map(|(array, build)| build.dsp_blocks(array.rows, shape.ci, shape.px)).sum();
    target.usable_dsps().saturating_sub(used)
}

fn size_memories(plan: &mut Plan) {
    let words = |step: &PlannedStep| if step.on_arrays() { step.groups * step.block_steps() } else { 0 };
    plan.memories.weight_words = plan.steps.iter().map(words).sum::<usize>().max(1);
    plan.memories.param_words = plan.steps.iter().map(|step| step.groups * step.slices).sum();
    plan.memories.taps = plan.steps.iter().map(PlannedStep::tap_count).sum();
    // A block's words are reserved when it is issued and given back when they are sent; the next one needs three more.
    let flight = plan.latency() + plan.back_latency() + 2 * plan.memory_latency() + FLIGHT;
    plan.memories.output_words = (2 * plan.output_block() + 3 + flight as usize).next_power_of_two();
    plan.memories.descriptor_words = Fields::of(plan).words();
}
