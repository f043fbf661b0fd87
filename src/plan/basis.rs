//! What widths follow from, measured once for a network, and joined for several.

use super::CoreShape;
use super::constants::{self, Curve, signed_bits, unsigned_bits};
use super::graph::{Step, StepGraph, StepKind};
use super::loads::{Load, Loads};
use super::uses::Use;
use crate::ir::{Padding, Rounding, TensorId};
use crate::num::Range;

/// What the widths of a network follow from on any shape, beside the loads of its lanes.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Bits of the widest activation that the arrays read.
    pub operand: u32,
    /// Bits of the image's elements, and of the widest other activation that is stored.
    pub(super) image: u32,
    pub(super) stored: u32,
    /// Bits of the widest activation that has to be stored in one word: the pooling unit reads it, or the arrays that write it read the
    /// digits of others.
    pub(super) whole: u32,
    pub(super) pads: bool,
    pub(super) vec: Range,
    pub(super) pools: Loads,
    pub(super) y: u32,
    pub(super) residual: Option<u32>,
    pub(super) residual_widths: (u32, u32, u32, u32),
    /// M, B and S of second results and `y * M + B`; zeros where there are none.
    pub(super) second: [u32; 4],
    /// Half to even, its guard, shift of sums, its half to even: see [`Widths`].
    pub(super) rounding: [u32; 4],
    /// Whether a value has second constants.
    pub(super) bent: bool,
    /// Bits of the widest maxima that are taken of results; 0 where there are none.
    pub(super) pooled: u32,
}

impl Basis {
    /// Measures a graph.
    pub fn of(graph: &StepGraph, uses: &[Use]) -> Self {
        let widest = |kept: &dyn Fn(usize) -> bool| {
            let tensors = graph.tensors.iter().enumerate().filter(|(id, _)| kept(*id));
            tensors.map(|(_, tensor)| tensor.act.bits).max()
        };
        let on_arrays = |step: &&Step| matches!(step.kind, StepKind::Matrix(_));
        let stored = widest(&|id| id != graph.input.0 && uses[id].feed.is_some()).unwrap_or(2);
        let residual = widest(&|id| uses[id].residual.is_some());
        let mut vec = Range { min: 0, max: 1 };
        let mut pools = Loads::default();
        for step in graph.steps.iter().filter(|step| !on_arrays(step)) {
            let range = pool_range(step, graph);
            vec = vec.union(range);
            for constants in Curve::of_pool(step, graph).sets() {
                pools.add(Load { acc: range, constants });
            }
        }
        let pads = graph.steps.iter().filter(|step| step.window.padding != Padding::default());
        let pooled = graph.steps.iter().filter(|step| step.pooled.is_some());
        let read = graph.steps.iter().filter(on_arrays).map(|step| graph.tensor(step.source).act.bits);
        Self {
            operand: read.max().unwrap_or(2),
            image: graph.tensor(graph.input).act.bits,
            stored,
            whole: graph.steps.iter().map(|step| whole_bits(step, graph, uses)).max().unwrap_or(0),
            pads: pads.clone().any(|step| graph.padding(step) != 0),
            vec,
            pools,
            y: graph
                .steps
                .iter()
                .flat_map(|step| graph.bounds(step).map(signed_bits))
                .max()
                .unwrap_or(2)
                .max(residual.unwrap_or(0)),
            residual,
            residual_widths: residual_widths(graph, residual.unwrap_or(1)),
            second: second_widths(graph),
            rounding: rounding_widths(graph),
            bent: graph.steps.iter().any(|step| step.bent),
            pooled: pooled.map(|step| graph.tensor(step.output).act.bits).max().unwrap_or(0),
        }
    }
}

impl Basis {
    /// Bits of an activation that arrays of a shape read at once.
    pub(super) fn act(&self, shape: &CoreShape) -> u32 {
        shape.digit.map_or(self.operand, |digit| digit.min(self.operand))
    }

    /// Whether activations are stored digit by digit, each in a word of its own.
    pub(super) fn splits(&self, shape: &CoreShape) -> bool {
        self.operand > self.act(shape) && self.whole <= self.act(shape) && self.image <= 8
    }

    /// What the widths of both networks follow from.
    pub(super) fn join(mut self, other: &Self) -> Self {
        self.pools.extend(&other.pools);
        let residual = self.residual.max(other.residual);
        let bits = residual.unwrap_or(1);
        let (a, b) = (self.residual_widths, other.residual_widths);
        let mut second = self.second;
        second.iter_mut().zip(other.second).for_each(|(mine, other)| *mine = (*mine).max(other));
        let mut rounding = self.rounding;
        rounding.iter_mut().zip(other.rounding).for_each(|(mine, other)| *mine = (*mine).max(other));
        Self {
            operand: self.operand.max(other.operand),
            image: self.image.max(other.image),
            stored: self.stored.max(other.stored),
            whole: self.whole.max(other.whole),
            pads: self.pads || other.pads,
            vec: self.vec.union(other.vec),
            pools: self.pools,
            y: self.y.max(other.y).max(bits),
            residual,
            residual_widths: (a.0.max(b.0), a.1.max(b.1), a.2.max(b.2), a.3.max(b.3).max(bits + 1)),
            second,
            rounding,
            bent: self.bent || other.bent,
            pooled: self.pooled.max(other.pooled),
        }
    }
}

/// Bits of what has to be stored in one word because of a step: what it pools, or where it reads digits, as far as those go.
fn whole_bits(step: &Step, graph: &StepGraph, uses: &[Use]) -> u32 {
    let bits = |tensor: TensorId| graph.tensor(tensor).act.bits;
    match step.kind {
        StepKind::Matrix(_) if uses[step.fed().0].feed.is_none() => 0,
        StepKind::Matrix(_) => bits(step.source).min(bits(step.fed())),
        StepKind::Max | StepKind::Sum => bits(step.source),
    }
}

/// Range of sums or maxima of what is stored.
fn pool_range(step: &Step, graph: &StepGraph) -> Range {
    let (values, terms) = (graph.tensor(step.source).range(), step.terms() as i128);
    Range { min: values.min.min(0) * terms, max: values.max * terms }
}

fn residual_widths(graph: &StepGraph, act: u32) -> (u32, u32, u32, u32) {
    let mut widths = (1, 1, 1, act + 1);
    for step in &graph.steps {
        let (Some(constants), Some(added)) = (constants::residual(step, graph), step.added()) else { continue };
        let values = graph.tensor(added).range().union(Range { min: 0, max: 0 });
        widths.0 = widths.0.max(unsigned_bits(constants.mul));
        widths.1 = widths.1.max(signed_bits(constants.add));
        widths.2 = widths.2.max(unsigned_bits(constants.shift.into()));
        widths.3 = widths.3.max(constants.total(values).signed_bits() + 1);
    }
    (widths.0, widths.1, widths.2, widths.3.max(widths.1 + 1))
}

fn second_widths(graph: &StepGraph) -> [u32; 4] {
    let mut widths = [0; 4];
    for step in &graph.steps {
        let Some(constants) = constants::second(step, graph) else { continue };
        let total = constants.total(graph.tensor(step.output).range()).signed_bits();
        let (add, shift) = (signed_bits(constants.add), unsigned_bits(constants.shift.into()));
        let own = [unsigned_bits(constants.mul), add, shift, total.max(add + 1)];
        widths.iter_mut().zip(own).for_each(|(most, own)| *most = (*most).max(own));
    }
    widths
}

fn rounding_widths(graph: &StepGraph) -> [u32; 4] {
    let is_even = |rounding| rounding == Rounding::HalfEven;
    let guarded = graph.steps.iter().filter(|step| is_even(step.rounding) && step.guard > 0);
    let guards = guarded.map(|step| unsigned_bits(step.guard.into()));
    let shifts = || graph.steps.iter().filter_map(|step| step.residual).filter(|residual| residual.shift > 0);
    [
        graph.steps.iter().any(|step| is_even(step.rounding)).into(),
        guards.max().unwrap_or(0),
        shifts().map(|residual| unsigned_bits(residual.shift.into())).max().unwrap_or(0),
        shifts().any(|residual| is_even(residual.rounding)).into(),
    ]
}
