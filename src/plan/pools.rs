//! Maxima over windows of rows' results, taken while those are drained.

use super::graph::{Pooled, Step, StepGraph, StepKind};
use crate::ir::{Requant, Shape, Window};

impl StepGraph {
    /// Maxima over what one matrix computes, and which nothing else reads, are taken of its results while they are drained. Whether there
    /// are any.
    pub fn join_pools(&mut self) -> bool {
        let mut index = 0;
        while index < self.steps.len() {
            match self.matrix_to_pool(index) {
                Some(producer) => {
                    let Step { name, window, source, output, .. } = self.steps.remove(index);
                    let joined = &mut self.steps[producer];
                    (joined.name, joined.output) = (name, output);
                    joined.pooled = Some(Pooled { window, over: source });
                }
                None => index += 1,
            }
        }
        self.unite_pools();
        self.has_pooled()
    }

    /// The step whose results another one's maxima can be taken of as they are drained.
    fn matrix_to_pool(&self, index: usize) -> Option<usize> {
        let step = &self.steps[index];
        let producer = self.steps.iter().position(|other| other.output == step.source)?;
        let (made, own) = (&self.steps[producer], step.final_clamp);
        let (over, output) = (self.tensor(step.source), self.tensor(step.output));
        let is_added = self.steps.iter().any(|other| other.added() == Some(step.source));
        let joins = step.kind == StepKind::Max
            && matches!(made.kind, StepKind::Matrix(_))
            && producer < index
            && made.residual.is_none()
            && made.second.is_none()
            && made.pooled.is_none()
            && ![step.source, step.output].contains(&self.output)
            && self.readers(step.source).count() == 1
            && !is_added
            && step.requant == Requant::IDENTITY
            && step.residual.is_none()
            && step.second.is_none()
            && !step.bent
            && step.source_shape == over.shape
            && (over.act.bits, over.offset) == (output.act.bits, output.offset)
            && own.0 <= made.final_clamp.0
            && own.1 >= made.final_clamp.1
            && over.shape.width >= LEAST_POOLED
            && WindowAxis::both(&step.window, over.shape, output.shape).is_some();
        joins.then_some(producer)
    }

    /// The axes (vertical, horizontal) of the windows over a step's grid that it takes maxima of; none where it takes none.
    pub fn window_axes(&self, step: &Step) -> Option<[WindowAxis; 2]> {
        WindowAxis::both(&step.pooled?.window, self.grid(step), self.tensor(step.output).shape)
    }
}

/// Narrowest image whose maxima are taken as it is drained: `rws_maxima` needs some cycles from row to row.
const LEAST_POOLED: usize = 4;
/// Largest kernel of them, and pixels from one to the next: `rws_window_axis` counts in 3 bits.
const LARGEST_POOLED: usize = 8;

/// Where windows begin and end along an axis, as `rws_window_axis` counts pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowAxis {
    /// Pixels of the image before the first window's last one.
    pub first: usize,
    /// Pixels between a window's last one and the next one's.
    pub again: usize,
    /// Whether a window's last pixel is the next one's first.
    pub shared: bool,
    /// Whether the last window ends with the image, and would reach beyond it.
    pub cut: bool,
}

impl WindowAxis {
    /// The axes (vertical, horizontal) of windows over an image, of which there are as many as pixels of `windows`; none where they overlap by
    /// more than a pixel, leave some out, or are too large.
    pub fn both(window: &Window, image: Shape, windows: Shape) -> Option<[Self; 2]> {
        let before = [window.padding.top, window.padding.left];
        let (extents, counts) = ([image.height, image.width], [windows.height, windows.width]);
        let axis =
            |axis: usize| Self::of(window.kernel[axis], window.stride[axis], before[axis], extents[axis], counts[axis]);
        Some([axis(0)?, axis(1)?])
    }

    /// The last pixel of a window, along an axis of so many.
    pub fn last(&self, window: usize, extent: usize) -> usize {
        (self.first + window * (self.again + 1)).min(extent - 1)
    }

    fn of(kernel: usize, stride: usize, before: usize, extent: usize, count: usize) -> Option<Self> {
        // A window that is applied once has any stride.
        let stride = if count == 1 { LARGEST_POOLED } else { stride };
        let shared = kernel == stride + 1;
        let first = kernel.checked_sub(1 + before)?;
        let last = first + (count - 1) * stride;
        let cut = last >= extent;
        let known = (kernel == stride || shared || count == 1) && kernel <= LARGEST_POOLED;
        // None ends behind the last one; the last one begins in the image, and does not end with the one before.
        let all = last + stride >= extent && last + 1 < extent + kernel;
        let alone = !cut || count == 1 || last + 1 < extent + stride;
        (known && all && alone).then_some(Self { first, again: stride - 1, shared, cut })
    }
}
