//! A network with its image stored in one way: where its tensors lie and what its steps are on a shape.

use std::sync::Arc;

use super::graph::{Step, StepGraph, StepKind};
use super::layout::{ActLayout, Folding};
use super::memory::{Allocator, Life, place};
use super::order::{Classes, conv};
use super::program::{PlannedStep, Program, ResLayout};
use super::uses::{Use, uses};
use super::{CoreShape, PlanError};
use crate::ir::{Network, TensorId};

/// The graph with its input stored in one way.
pub(super) struct View {
    pub folding: Option<Folding>,
    pub graph: Arc<StepGraph>,
    pub classes: Arc<Classes>,
    pub steps: Vec<Arc<Step>>,
    pub uses: Vec<Use>,
    /// Multiply-accumulates of each step, and those by zeros outside of groups.
    macs: Vec<[u64; 2]>,
}

impl View {
    pub fn of(network: &Network, graph: StepGraph, folding: Option<Folding>) -> Result<Self, PlanError> {
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

    pub fn place_tensors(&self, program: &mut Program, splits: bool, strip: Option<usize>) {
        let layout = |program: &Program, id: TensorId| {
            let (shape, stored) = (self.graph.tensor(id).shape, program.orders.stored_channels(id));
            let digits = if splits { program.shape.digits(self.graph.tensor(id).act.bits) } else { 1 };
            ActLayout { digits, ..ActLayout::for_readers(shape, &self.uses[id.0], stored, &program.shape) }
        };
        let mut input = layout(program, self.graph.input);
        if let (Some(rows), Some(step)) = (strip, self.steps.iter().find(|step| step.source == self.graph.input)) {
            input = input.in_strips(&step.window, step.source_shape, program.shape.px, rows);
        }
        // An image is stored twice, or in strips.
        let reserved = if input.strip { input.rows() } else { 2 * input.rows() };
        let (mut lives, mut kept) = (Vec::new(), Vec::new());
        let mut residuals = Allocator::new(0);
        program.places[self.graph.input.0].act = Some(input);
        for (index, step) in self.steps.iter().enumerate() {
            let (id, fed) = (step.output, step.fed());
            if let Some(last) = self.uses[fed.0].feed {
                let layout = layout(program, fed);
                lives.push(Life { size: layout.rows(), first: index, last });
                program.places[fed.0].act = Some(layout);
                kept.push(fed);
            }
            if let Some(last) = self.uses[id.0].residual {
                program.places[id.0].res = Some(self.place_residual(program, index, last, &mut residuals));
            }
        }
        let (bases, depth) = place(reserved, &lives);
        for (id, base) in kept.into_iter().zip(bases) {
            if let Some(layout) = &mut program.places[id.0].act {
                layout.base = base;
            }
        }
        program.depths = [depth, residuals.depth()];
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

    pub fn plan_steps(&self, program: &mut Program) {
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

/// The view with the fewest cycles of the first matrix, and of the input where that comes in by strips, then the fewest slices of the input.
pub(super) fn cheapest<'a>(views: &'a [View], shape: &CoreShape, strips: bool) -> Option<&'a View> {
    views.iter().min_by_key(|view| view.folding.map(|folding| folding.price(shape, strips)))
}
