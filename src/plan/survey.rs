//! A network measured once: what every shape's plan follows from, so that one more shape costs microseconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::basis::Basis;
use super::build::{builds, spare_blocks};
use super::graph::{Step, StepGraph, StepKind};
use super::input::InputUnit;
use super::layout::{ActLayout, Folding};
use super::loads::LaneLoad;
use super::memory::Allocator;
use super::order::{Classes, Orders, conv};
use super::program::{Place, PlannedStep, Program, ResLayout};
use super::room::Room;
use super::uses::{Use, uses};
use super::widths::Widths;
use super::{ArraySpec, Core, CoreShape, Lane, Loading, Plan, PlanError, Short, Units, stream};
use crate::ir::{Network, TensorId};
use crate::target::Target;

/// What rows ask of lanes that read so many bits at once, as far as anyone asked.
type Lanes = BTreeMap<(Lane, u32), Arc<LaneLoad>>;

/// What planning needs to know of a network.
pub struct Survey<'a> {
    network: &'a Network,
    basis: Basis,
    graph: StepGraph,
    /// The graph for each way to store the input.
    views: Vec<View>,
    lanes: Arc<Mutex<Lanes>>,
    macs: u64,
    /// The network with maxima taken of rows' results as they are drained, if it has such: for shapes that drain a pixel at a time.
    pooled: Option<Box<Self>>,
}

/// The graph with its input stored in one way.
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

impl Plan {
    /// Plans a network on a shape, with a core of its own.
    pub fn build(network: &Network, target: &Target, shape: &CoreShape) -> Result<Self, PlanError> {
        Survey::of(network)?.plan(target, shape)
    }
}

impl<'a> Survey<'a> {
    /// Measures a network. What no core can do is refused.
    pub fn of(network: &'a Network) -> Result<Self, PlanError> {
        let mut graph = StepGraph::lower(network)?;
        graph.join_requantizations();
        Self::of_steps(network, graph)
    }

    /// Measures a network's steps, and what they become where maxima are taken of results.
    fn of_steps(network: &'a Network, mut graph: StepGraph) -> Result<Self, PlanError> {
        let mut survey = Self::of_graph(network, graph.clone())?;
        if graph.join_pools() {
            let pooled = Self { lanes: survey.lanes.clone(), ..Self::of_graph(network, graph)? };
            survey.pooled = Some(Box::new(pooled));
        }
        Ok(survey)
    }

    /// The network as cores of a shape compute it.
    fn on(&self, shape: &CoreShape) -> &Self {
        self.pooled.as_deref().filter(|pooled| pooled.can_pool(shape)).unwrap_or(self)
    }

    /// Whether a shape can take the maxima: it drains a pixel at a time, and writes none of them in several digits.
    fn can_pool(&self, shape: &CoreShape) -> bool {
        shape.drained == 1 && shape.digit.is_none_or(|digit| self.basis.pooled <= digit)
    }

    fn of_graph(network: &'a Network, graph: StepGraph) -> Result<Self, PlanError> {
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
            views.push(View::of(network, graph.clone(), None)?);
        }
        let lanes = Arc::default();
        Ok(Self { network, basis, graph, views, lanes, macs: network.macs(), pooled: None })
    }

    /// Plans the network on a shape, with a core of its own.
    pub fn plan(&self, target: &Target, shape: &CoreShape) -> Result<Plan, PlanError> {
        let own = self.on(shape);
        let program = own.compile(shape, own.basis.splits(shape))?;
        let core = Self::core(&own.network.name, &own.basis, &[(own, &program)], target, shape, Loading::default())?;
        Ok(Plan::of(core, program))
    }

    /// Plans of several networks on one core of a shape, the least that runs them all.
    pub fn share(
        name: &str,
        networks: &[&'a Network],
        target: &Target,
        shape: &CoreShape,
        loading: Loading,
    ) -> Result<Vec<Plan>, PlanError> {
        let mut plans = Self::sketch_all(name, &Self::of_all(networks)?, target, shape, loading)?;
        plans.iter_mut().for_each(Plan::settle);
        Ok(plans)
    }

    /// Measures several networks.
    pub(super) fn of_all(networks: &[&'a Network]) -> Result<Vec<Self>, PlanError> {
        networks.iter().map(|network| Self::of(network)).collect()
    }

    /// Sketches of plans on the least core of a shape that runs all networks of [`Self::of_all`].
    pub(super) fn sketch_all(
        name: &str,
        surveys: &[Self],
        target: &Target,
        shape: &CoreShape,
        loading: Loading,
    ) -> Result<Vec<Plan>, PlanError> {
        let surveys: Vec<&Self> = surveys.iter().map(|survey| survey.on(shape)).collect();
        let others = surveys.iter().skip(1);
        let basis = others.fold(surveys[0].basis.clone(), |basis, other| basis.join(&other.basis));
        let splits = basis.splits(shape);
        let compiled = surveys.iter().map(|survey| survey.compile(shape, splits));
        let mut programs = compiled.collect::<Result<Vec<_>, _>>()?;
        let unit = InputUnit::of(&programs.iter().collect::<Vec<_>>());
        for (survey, program) in surveys.iter().zip(&mut programs) {
            if !unit.takes(program.fold.as_ref()) {
                let again = survey.compile_within(shape, &unit, splits)?;
                *program = again.ok_or_else(|| PlanError::shape("the networks fold their inputs in different ways"))?;
            }
        }
        let pairs: Vec<(&Self, &Program)> = surveys.iter().copied().zip(&programs).collect();
        let core = Self::core(name, &basis, &pairs, target, shape, loading)?;
        Ok(programs.into_iter().map(|program| Plan::sketch(core.clone(), program)).collect())
    }

    /// The least core of a shape for programs of it, with what the widths of all follow from.
    pub(super) fn core(
        name: &str,
        basis: &Basis,
        programs: &[(&Self, &Program)],
        target: &Target,
        shape: &CoreShape,
        loading: Loading,
    ) -> Result<Core, PlanError> {
        let act = basis.act(shape);
        let load = |array: &ArraySpec| {
            let loads = programs.iter().map(|(survey, _)| survey.lane(array.lane, act));
            loads.reduce(|a, b| Arc::new(LaneLoad::join(&a, &b))).unwrap_or_default()
        };
        let units = programs.iter().fold(Units::default(), |units, (_, program)| units.join(program.units()));
        let loads: Vec<Arc<LaneLoad>> = shape.arrays.iter().map(load).collect();
        let mut widths = Widths::of(basis, shape, &loads);
        let builds = builds(target, shape, widths.operand)?;
        if shape.values() <= spare_blocks(target, shape, &builds) {
            widths = widths.multiplied(basis, shape, &loads, target.family, units);
        }
        let mut core = Core {
            name: name.to_owned(),
            target: target.clone(),
            shape: shape.clone(),
            builds,
            units,
            widths,
            input: InputUnit::of(&programs.iter().map(|(_, program)| *program).collect::<Vec<_>>()),
            output_bits: programs.iter().map(|(_, program)| program.output_bits()).max().unwrap_or(8),
            room: programs.iter().fold(Room::default(), |room, (_, program)| room.join(program.room())),
            loading,
        };
        if core.room.digits <= 1 {
            core.shape.digit = None;
        }
        let flight = core.result_flight() as usize;
        let rings = programs.iter().map(|(_, program)| program.output_ring(flight));
        core.room.output_ring = rings.max().unwrap_or(1);
        if core.is_streamed() {
            let words = programs.iter().map(|(_, program)| stream::ring_words(&core, program));
            core.room.weight_words = words.collect::<Result<Vec<_>, _>>()?.into_iter().max().unwrap_or(1);
        }
        Ok(core)
    }

    /// The network's program for a core that is there already.
    pub fn program(network: &'a Network, core: &Core) -> Result<Plan, PlanError> {
        // Where the core has no second results, or takes no maxima of results, steps of their own make them.
        let mut graph = StepGraph::lower(network)?;
        if core.units.second {
            graph.join_requantizations();
        }
        let mut survey = Self::of_steps(network, graph)?;
        let pooled = survey.pooled.take().filter(|pooled| core.units.pooled && pooled.can_pool(&core.shape));
        match pooled.map(|pooled| pooled.fit(core)) {
            Some(Err(PlanError::CoreTooSmall { .. })) | None => survey.fit(core),
            Some(outcome) => outcome,
        }
    }

    /// The program of just these steps.
    fn fit(mut self, core: &Core) -> Result<Plan, PlanError> {
        let mut short = Vec::new();
        let (need, have) = (self.basis.operand, core.widths.operand);
        if need > have * core.room.digits as u32 {
            let have = have * core.room.digits as u32;
            short.extend(Short::of("bits of the arrays' activations", need.into(), have.into()));
        } else {
            // Arrays read as many bits as the core's do.
            self.basis.operand = need.max(have);
            if !core.splits() {
                self.basis.whole = u32::MAX;
            }
            let splits = self.basis.splits(&core.shape);
            let mut program = self.compile(&core.shape, splits)?;
            if !core.input.takes(program.fold.as_ref()) {
                program = self.compile_within(&core.shape, &core.input, splits)?.unwrap_or(program);
            }
            if core.is_streamed() {
                // What no ring is large enough for is refused by its own name.
                stream::ring_words(core, &program)?;
            }
            short = self.short_of(core, &program);
            if short.is_empty() {
                return Ok(Plan::of(core.clone(), program));
            }
        }
        Err(PlanError::CoreTooSmall { network: self.network.name.clone(), core: core.name.clone(), short })
    }

    /// What a core of the same operands is short of.
    fn short_of(&self, core: &Core, program: &Program) -> Vec<Short> {
        let loads: Vec<Arc<LaneLoad>> =
            core.shape.arrays.iter().map(|array| self.lane(array.lane, core.widths.operand)).collect();
        let mut short = core.input.short_of(program);
        let mut room = program.room();
        if core.is_streamed() {
            room.weight_words = stream::ring_words(core, program).unwrap_or(usize::MAX);
        }
        short.extend(core.room.short_of(&room));
        let units = (program.units(), core.units);
        for (what, need, have) in [
            ("units for maxima", units.0.max, units.1.max),
            ("units for sums", units.0.sum, units.1.sum),
            ("memories for operands of adds", units.0.residual, units.1.residual),
            ("second results", units.0.second, units.1.second),
            ("maxima of results", units.0.pooled, units.1.pooled),
        ] {
            short.extend(Short::of(what, need.into(), have.into()));
        }
        let bits = (program.output_bits().into(), core.output_bits.into());
        short.extend(Short::of("bits of an element of the result", bits.0, bits.1));
        short.extend(core.widths.short_of(&self.basis, &core.shape, &loads));
        short
    }

    /// Compiles the network for a shape; `splits` tells that activations are stored digit by digit.
    pub(super) fn compile(&self, shape: &CoreShape, splits: bool) -> Result<Program, PlanError> {
        self.compile_view(shape, cheapest(&self.views, shape).unwrap_or(&self.views[0]), splits)
    }

    /// Compiles the network for a shape and an input unit, if that can store its input.
    fn compile_within(&self, shape: &CoreShape, unit: &InputUnit, splits: bool) -> Result<Option<Program>, PlanError> {
        let foldings = Folding::within(&self.graph, unit).into_iter();
        let folded = foldings.map(|folding| View::of(self.network, folding.apply(&self.graph), Some(folding)));
        let mut views = folded.collect::<Result<Vec<_>, _>>()?;
        if unit.passes && self.graph.foldable_reader().is_none() {
            views.push(View::of(self.network, self.graph.clone(), None)?);
        }
        cheapest(&views, shape).map(|view| self.compile_view(shape, view, splits)).transpose()
    }

    fn compile_view(&self, shape: &CoreShape, view: &View, splits: bool) -> Result<Program, PlanError> {
        shape.check()?;
        let strided =
            view.uses.iter().map(|readers| readers.phases[1]).find(|stride| !shape.drained.is_multiple_of(*stride));
        if let (Some(stride), true) = (strided, shape.drained > 1) {
            let cause = format!("{shape}: D = {} must be a multiple of the stride {stride} of a reader", shape.drained);
            return Err(PlanError::shape(cause));
        }
        let mut program = Program {
            name: self.network.name.clone(),
            digest: self.network.digest.clone(),
            images: self.network.images,
            shape: shape.clone(),
            places: vec![Place::default(); view.graph.tensors.len()],
            graph: view.graph.clone(),
            image: self.graph.tensor(self.graph.input).shape,
            fold: view.folding.and_then(|folding| folding.fold),
            orders: Orders::assign(self.network, view.classes.clone(), shape)?,
            depths: [0; 2],
            steps: Vec::with_capacity(view.steps.len()),
            macs: self.macs,
        };
        view.place_tensors(&mut program, splits);
        view.plan_steps(&mut program);
        Ok(program)
    }

    /// Row groups of every class of tensors on arrays.
    pub(super) fn groups(&self, arrays: &[ArraySpec]) -> Result<Vec<usize>, PlanError> {
        self.views[0].classes.groups(self.network, arrays)
    }

    /// Cycles that a plan of this shape and these row groups takes at least.
    pub(super) fn least_cycles(&self, shape: &CoreShape, groups: &[usize]) -> u64 {
        // Row groups are those of the network's tensors, of which each form of it has the same.
        let classes = &self.views[0].classes;
        let views = &self.on(shape).views;
        let view = cheapest(views, shape).unwrap_or(&views[0]);
        let cycles = |step: &Arc<Step>| {
            let (source, output) = (view.graph.tensor(step.source).shape, view.graph.grid(step));
            let source_bits = view.graph.tensor(step.source).act.bits;
            let source_blocks = source.channels.div_ceil(shape.ci);
            let layout = ActLayout::for_readers(source, &view.uses[step.source.0], source.channels, shape);
            let grid = layout.pitch * (output.height - 1) + output.width;
            let (rounds, blocks, slices) = match step.kind {
                StepKind::Matrix(_) => (groups[classes.class_of(step.output)], source_blocks, shape.slices()),
                StepKind::Max | StepKind::Sum => (source_blocks, 1, shape.word_slices()),
            };
            let steps = step.window.kernel.iter().product::<usize>() * blocks;
            let digits = if matches!(step.kind, StepKind::Matrix(_)) { shape.digits(source_bits) } else { 1 };
            (rounds * grid.div_ceil(shape.px) * digits * steps.max(shape.spans(grid.min(shape.px)) * slices)) as u64
        };
        view.steps.iter().map(cycles).sum()
    }

    /// Bits of the tensors that arrays read.
    pub(super) fn operand_bits(&self) -> impl Iterator<Item = u32> {
        let matrices = self.graph.steps.iter().filter(|step| matches!(step.kind, StepKind::Matrix(_)));
        matrices.map(|step| self.graph.tensor(step.source).act.bits)
    }

    /// What rows ask of an array of a lane that reads `act` bits at once.
    fn lane(&self, lane: Lane, act: u32) -> Arc<LaneLoad> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let measure = || Arc::new(LaneLoad::of(self.network, &self.views[0].graph, lane, act));
        lanes.entry((lane, act)).or_insert_with(measure).clone()
    }
}

impl View {
    fn place_tensors(&self, program: &mut Program, splits: bool) {
        let layout = |program: &Program, id: TensorId| {
            let (shape, stored) = (self.graph.tensor(id).shape, program.orders.stored_channels(id));
            let digits = if splits { program.shape.digits(self.graph.tensor(id).act.bits) } else { 1 };
            ActLayout { digits, ..ActLayout::for_readers(shape, &self.uses[id.0], stored, &program.shape) }
        };
        let input = layout(program, self.graph.input);
        let mut acts = Allocator::new(2 * input.rows());
        let mut residuals = Allocator::new(0);
        program.places[self.graph.input.0].act = Some(input);
        for (index, step) in self.steps.iter().enumerate() {
            let (id, fed) = (step.output, step.fed());
            if let Some(last) = self.uses[fed.0].feed {
                let mut layout = layout(program, fed);
                layout.base = acts.take(layout.rows(), index, last);
                program.places[fed.0].act = Some(layout);
            }
            if let Some(last) = self.uses[id.0].residual {
                program.places[id.0].res = Some(self.place_residual(program, index, last, &mut residuals));
            }
        }
        program.depths = [acts.depth(), residuals.depth()];
    }

    /// A residual that dies in this very step hands its words over to the step's result, one by one.
    fn place_residual(&self, program: &Program, index: usize, last: usize, memory: &mut Allocator) -> ResLayout {
        let step = &self.steps[index];
        let of = |id: TensorId| self.graph.tensor(id).shape;
        let words = of(step.output).height * program.shape.spans(of(step.output).width);
        let size = program.orders.stored_channels(step.output) / program.shape.q * words;
        let dying = step.residual.map(|residual| residual.tensor).filter(|tensor| {
            self.uses[tensor.0].residual == Some(index)
                && [of(*tensor).height, of(*tensor).width] == [of(step.output).height, of(step.output).width]
        });
        let base = match dying.and_then(|tensor| program.places[tensor.0].res) {
            Some(place) => {
                memory.put(place.base, size, last);
                place.base
            }
            None => memory.take(size, index, last),
        };
        ResLayout { base, words }
    }

    fn plan_steps(&self, program: &mut Program) {
        for (step, &[macs, zeros]) in self.steps.iter().zip(&self.macs) {
            let Some(source) = program.places[step.source.0].act else { continue };
            let output = self.graph.grid(step);
            let grid = source.pitch * (output.height - 1) + output.width;
            let on_arrays = matches!(step.kind, StepKind::Matrix(_));
            let groups = program.orders.groups(step.output).filter(|_| on_arrays);
            program.steps.push(PlannedStep {
                source,
                groups: groups.unwrap_or(source.blocks),
                blocks: grid.div_ceil(program.shape.px),
                channel_blocks: if on_arrays { source.blocks } else { 1 },
                lanes: grid.min(program.shape.px),
                drained: if step.output == self.graph.output { 1 } else { program.shape.drained },
                digits: if on_arrays { program.shape.digits(self.graph.tensor(step.source).act.bits) } else { 1 },
                parts: program.places[step.fed().0].act.map_or(1, |layout| layout.digits),
                slices: if on_arrays { program.shape.slices() } else { program.shape.word_slices() },
                cycles: 0,
                macs,
                zeros,
                step: step.clone(),
            });
        }
    }
}

/// The view with the fewest cycles of the first matrix, then the fewest slices of the input.
fn cheapest<'a>(views: &'a [View], shape: &CoreShape) -> Option<&'a View> {
    views.iter().min_by_key(|view| view.folding.map(|folding| folding.price(shape)))
}
