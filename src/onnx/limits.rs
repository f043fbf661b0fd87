//! Limits and types move up to the operator that makes the values.

use super::draft::Step;
use super::fuse::Fused;
use crate::float::{ActQuant, Clip, Rounding, Values};

impl Fused {
    /// Moves an identity with limits or a type into what is before it; false if it has to stay.
    pub(super) fn melt_limits(&mut self, index: usize) -> bool {
        let (clip, quant) = (self.draft.nodes[index].clip, self.draft.tensors[index + 1].quant);
        let source = self.draft.nodes[index].inputs[0];
        if clip == Clip::NONE && quant.is_none() {
            return true;
        }
        if let Some((typed, first, padded)) = self.type_of(source) {
            let Some(narrowed) = narrowed(first, clip, quant) else { return false };
            if narrowed == first {
                return true;
            }
            // Zeros around the image have the type too.
            let reaches = !padded || keeps_zero(Clip::NONE, Some(narrowed));
            if reaches && self.is_only_path(source, typed) {
                self.draft.tensors[typed].quant = Some(narrowed);
                return true;
            }
            self.draft.nodes[index].clip = Clip::NONE;
            // All values are on the grid already.
            let quant = ActQuant { rounding: Rounding::HalfEven, dropped: 0, ..narrowed };
            self.draft.tensors[index + 1].quant = Some(quant);
            return false;
        }
        let keeps_zero = keeps_zero(clip, quant);
        let target = self.origin(source, keeps_zero);
        let free = self.uses[target] == 1 && self.draft.tensors[target].quant.is_none();
        if free && self.takes_limits(target, clip) {
            if let Some(producer) = target.checked_sub(1) {
                let producer = &mut self.draft.nodes[producer];
                producer.clip = then(producer.clip, clip);
            }
            self.draft.tensors[target].quant = quant;
            return true;
        }
        if keeps_zero {
            self.swap_with_pad(index);
        }
        false
    }

    /// The prescribed type of a tensor, own or that of the tensor whose values it repeats, and whether there are zeros between.
    fn type_of(&self, mut tensor: usize) -> Option<(usize, ActQuant, bool)> {
        let mut padded = false;
        loop {
            if let Some(quant) = self.draft.tensors[tensor].quant {
                return (!padded || keeps_zero(Clip::NONE, Some(quant))).then_some((tensor, quant, padded));
            }
            let node = &self.draft.nodes[tensor.checked_sub(1)?];
            padded |= matches!(node.step, Step::Pad(_));
            let picks = passes(&node.step) || matches!(node.step, Step::Pad(_) | Step::Crop(_));
            if !picks || node.clip != Clip::NONE {
                return None;
            }
            tensor = node.inputs[0];
        }
    }

    /// Whether no value of a tensor is zero because its type has none.
    pub(super) fn is_without_zero(&self, mut tensor: usize) -> bool {
        loop {
            if let Some(quant) = self.draft.tensors[tensor].quant {
                return (-quant.offset / quant.scale).fract() != 0.0;
            }
            let Some(node) = tensor.checked_sub(1).map(|index| &self.draft.nodes[index]) else { return false };
            if !passes(&node.step) && !matches!(node.step, Step::Crop(_)) || node.clip != Clip::NONE {
                return false;
            }
            tensor = node.inputs[0];
        }
    }

    /// Whether nothing else reads a tensor or what lies between it and an earlier one.
    fn is_only_path(&self, mut tensor: usize, earlier: usize) -> bool {
        loop {
            if self.uses[tensor] != 1 || tensor == earlier {
                return self.uses[tensor] == 1;
            }
            tensor = self.draft.nodes[tensor - 1].inputs[0];
        }
    }

    /// The earliest tensor that limits can be applied to instead: between the two, values are only picked and repeated.
    fn origin(&self, mut tensor: usize, keeps_zero: bool) -> usize {
        while self.uses[tensor] == 1
            && self.draft.tensors[tensor].quant.is_none()
            && let Some(node) = tensor.checked_sub(1).map(|index| &self.draft.nodes[index])
            && node.clip == Clip::NONE
            && (passes(&node.step)
                || matches!(node.step, Step::Crop(_))
                || (keeps_zero && matches!(node.step, Step::Pad(_))))
        {
            tensor = node.inputs[0];
        }
        tensor
    }

    /// Whether the node that makes a tensor can have limits and a type of its own.
    fn takes_limits(&self, tensor: usize, clip: Clip) -> bool {
        let Some(node) = tensor.checked_sub(1).map(|index| &self.draft.nodes[index]) else { return clip == Clip::NONE };
        !passes(&node.step) && !matches!(node.step, Step::Pad(_) | Step::Lowest(_) | Step::Crop(_))
    }

    /// Exchanges a node with the zeros that only it reads.
    fn swap_with_pad(&mut self, index: usize) {
        let source = self.draft.nodes[index].inputs[0];
        let Some(pad) = source.checked_sub(1).filter(|_| self.uses[source] == 1) else { return };
        if !matches!(self.draft.nodes[pad].step, Step::Pad(_)) {
            return;
        }
        let image = self.draft.nodes[pad].inputs[0];
        self.draft.tensors[source] = self.draft.tensors[image].clone();
        self.draft.tensors[source].quant = self.draft.tensors[index + 1].quant.take();
        let (before, rest) = self.draft.nodes.split_at_mut(index);
        let (pad, node) = (&mut before[pad], &mut rest[0]);
        std::mem::swap(&mut pad.step, &mut node.step);
        std::mem::swap(&mut pad.clip, &mut node.clip);
        std::mem::swap(&mut pad.source, &mut node.source);
    }
}

/// Operators that pass the type of their input on and whose results are some of the input's values, the larger ones if any.
pub(super) fn passes(step: &Step) -> bool {
    matches!(step, Step::Op(op) if op.facts().values == Values::Picked)
}

/// Whether zero stays zero.
fn keeps_zero(clip: Clip, quant: Option<ActQuant>) -> bool {
    let on_grid = |quant: ActQuant| {
        let zero = -quant.offset / quant.scale;
        zero.fract() == 0.0 && (quant.lo as f32..=quant.hi as f32).contains(&zero)
    };
    clip.lo <= 0.0 && clip.hi >= 0.0 && quant.is_none_or(on_grid)
}

/// The type of values that have a type, then are limited and get another one; only if its grid is the same.
fn narrowed(first: ActQuant, clip: Clip, second: Option<ActQuant>) -> Option<ActQuant> {
    let (mut lo, mut hi) = (limit(first, clip.lo)?.max(first.lo), limit(first, clip.hi)?.min(first.hi));
    if let Some(second) = second {
        if (first.scale, first.offset) != (second.scale, second.offset) {
            return None;
        }
        (lo, hi) = (lo.max(second.lo), hi.min(second.hi));
    }
    (lo <= hi).then_some(ActQuant { lo, hi, ..first })
}

/// A limit in steps of a grid, if it lies on it or beyond all its integers.
fn limit(grid: ActQuant, value: f32) -> Option<i32> {
    let steps = (f64::from(value) - f64::from(grid.offset)) / f64::from(grid.scale);
    match steps {
        steps if steps < f64::from(grid.lo) => Some(i32::MIN),
        steps if steps > f64::from(grid.hi) => Some(i32::MAX),
        steps if (steps - steps.round()).abs() < 1e-4 => Some(steps.round() as i32),
        _ => None,
    }
}

/// First one limit, then the other.
fn then(first: Clip, second: Clip) -> Clip {
    let limited = |value: f32| value.max(second.lo).min(second.hi);
    Clip { lo: limited(first.lo), hi: limited(first.hi) }
}
