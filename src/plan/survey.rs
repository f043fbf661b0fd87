//! A network measured once: what every shape's plan follows from, so that one more shape costs microseconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::basis::Basis;
use super::build::{builds, spare_blocks};
use super::graph::{Step, StepGraph, StepKind};
use super::input::InputUnit;
use super::layout::{ActLayout, Folding};
use super::loads::LaneLoad;
use super::order::Orders;
use super::program::{Place, Program};
use super::room::Room;
use super::uses::uses;
use super::view::{View, cheapest};
use super::widths::Widths;
use super::{ArraySpec, Core, CoreShape, Lane, Loading, Plan, PlanError, Short, Units, Weights, stream};
use crate::ir::Network;
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
        let sketches = Self::sketch_on(&own.network.name, &[own], target, shape, Loading::default())?;
        Ok(fastest(sketches).remove(0))
    }

    /// Plans of several networks on one core of a shape, the least that runs them all.
    pub fn share(
        name: &str,
        networks: &[&'a Network],
        target: &Target,
        shape: &CoreShape,
        loading: Loading,
    ) -> Result<Vec<Plan>, PlanError> {
        Self::sketch_all(name, &Self::of_all(networks)?, target, shape, loading).map(fastest)
    }

    /// Measures several networks.
    pub(super) fn of_all(networks: &[&'a Network]) -> Result<Vec<Self>, PlanError> {
        networks.iter().map(|network| Self::of(network)).collect()
    }

    /// Sketches of plans on the least cores of a shape that run all networks of [`Self::of_all`]: one, or one for each way to store images.
    pub(super) fn sketch_all(
        name: &str,
        surveys: &[Self],
        target: &Target,
        shape: &CoreShape,
        loading: Loading,
    ) -> Result<Vec<Vec<Plan>>, PlanError> {
        let surveys: Vec<&Self> = surveys.iter().map(|survey| survey.on(shape)).collect();
        Self::sketch_on(name, &surveys, target, shape, loading)
    }

    /// Images are stored as a whole, or in strips where block RAM does not suffice for that. Where it holds weights from DRAM too, either
    /// may be faster.
    fn sketch_on(
        name: &str,
        surveys: &[&Self],
        target: &Target,
        shape: &CoreShape,
        loading: Loading,
    ) -> Result<Vec<Vec<Plan>>, PlanError> {
        let whole = Self::sketch_with(name, surveys, target, shape, loading, None)?;
        let fits = whole[0].is_within_block_ram();
        let helps = if fits { loading.weights == Weights::Dram } else { !whole[0].is_short_of_block_ram() };
        if !helps || !surveys.iter().all(|survey| survey.can_strip()) {
            return Ok(vec![whole]);
        }
        Ok(match Self::sketch_with(name, surveys, target, shape, loading, Some(0)) {
            Ok(strips) if fits => vec![whole, strips],
            Ok(strips) => vec![strips],
            Err(_) => vec![whole],
        })
    }

    /// Whether the image can come in by rings: one matrix alone reads it, and makes no result.
    fn can_strip(&self) -> bool {
        let reader = self.graph.foldable_reader().map(|index| &self.graph.steps[index]);
        self.network.images == 1 && reader.is_some_and(|step| step.output != self.graph.output)
    }

    fn sketch_with(
        name: &str,
        surveys: &[&Self],
        target: &Target,
        shape: &CoreShape,
        loading: Loading,
        strip: Option<usize>,
    ) -> Result<Vec<Plan>, PlanError> {
        let others = surveys.iter().skip(1);
        let basis = others.fold(surveys[0].basis.clone(), |basis, other| basis.join(&other.basis));
        let splits = basis.splits(shape);
        let compiled = surveys.iter().map(|survey| survey.compile(shape, splits, strip));
        let mut programs = compiled.collect::<Result<Vec<_>, _>>()?;
        let unit = InputUnit::of(&programs.iter().collect::<Vec<_>>());
        for (survey, program) in surveys.iter().zip(&mut programs) {
            if !unit.takes(program.fold.as_ref()) {
                let again = survey.compile_within(shape, &unit, splits, strip)?;
                *program = again.ok_or_else(|| PlanError::shape("the networks fold their inputs in different ways"))?;
            }
        }
        let rows = |program: &Program| program.strip().map(|strip| strip.rows);
        let most = programs.iter().filter_map(rows).max();
        if strip.is_some() && programs.iter().any(|program| rows(program) != most) {
            // They share the largest ring.
            return Self::sketch_with(name, surveys, target, shape, loading, most);
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
            let strip = Some(core.room.strip).filter(|rows| *rows > 0);
            let mut program = self.compile(&core.shape, splits, strip)?;
            if !core.input.takes(program.fold.as_ref()) {
                program = self.compile_within(&core.shape, &core.input, splits, strip)?.unwrap_or(program);
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
        let whole = core.room.strip > 0 && program.strip().is_none();
        short.extend(Short::of("images that are stored as a whole", whole.into(), 0));
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

    /// Compiles the network for a shape; `splits` tells that activations are stored digit by digit, `strip` that the image comes in by
    /// rings of so many rows at least.
    pub(super) fn compile(&self, shape: &CoreShape, splits: bool, strip: Option<usize>) -> Result<Program, PlanError> {
        self.compile_view(shape, cheapest(&self.views, shape, strip.is_some()).unwrap_or(&self.views[0]), splits, strip)
    }

    /// Compiles the network for a shape and an input unit, if that can store its input.
    fn compile_within(
        &self,
        shape: &CoreShape,
        unit: &InputUnit,
        splits: bool,
        strip: Option<usize>,
    ) -> Result<Option<Program>, PlanError> {
        let foldings = Folding::within(&self.graph, unit).into_iter();
        let folded = foldings.map(|folding| View::of(self.network, folding.apply(&self.graph), Some(folding)));
        let mut views = folded.collect::<Result<Vec<_>, _>>()?;
        if unit.passes && self.graph.foldable_reader().is_none() {
            views.push(View::of(self.network, self.graph.clone(), None)?);
        }
        cheapest(&views, shape, strip.is_some()).map(|view| self.compile_view(shape, view, splits, strip)).transpose()
    }

    fn compile_view(
        &self,
        shape: &CoreShape,
        view: &View,
        splits: bool,
        strip: Option<usize>,
    ) -> Result<Program, PlanError> {
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
        view.place_tensors(&mut program, splits, strip.filter(|_| self.can_strip()));
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
        let view = cheapest(views, shape, false).unwrap_or(&views[0]);
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

/// Of sketches the one that is fastest when settled.
fn fastest(sketches: Vec<Vec<Plan>>) -> Vec<Plan> {
    let settled = sketches.into_iter().map(|mut plans| {
        Plan::settle_all(&mut plans);
        plans
    });
    settled.min_by_key(|plans| Plan::cycles_of(plans)).unwrap_or_default()
}
