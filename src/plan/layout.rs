//! Memory layout: how tensors lie in the banks, how the input is folded, and the taps that follow from both.

use super::CoreShape;
use super::graph::{Step, StepGraph};
use super::input::InputUnit;
use super::uses::Use;
use crate::ir::{Padding, Shape, Window};

/// How the input unit folds pixels of the input into channels, so that a first layer with few channels fills the arrays.
///
/// Folded channel `(wy * window[1] + wx) * channels + c` of folded pixel (y, x) is channel c of source pixel
/// (y * stride[0] - offset[0] + wy, x * stride[1] - offset[1] + wx), or zero outside the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Source pixels folded into one, vertically and horizontally.
    pub window: [usize; 2],
    /// Source pixels between folded pixels.
    pub stride: [usize; 2],
    /// Source pixels before the image.
    pub offset: [usize; 2],
    /// Channels that a source pixel takes; those beyond the image's are zero.
    pub channels: usize,
    /// Kernel of the layer that reads the input.
    pub kernel: [usize; 2],
}

/// One window position: where to read, and which kernel element it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Kernel element (vertical, horizontal) in the folded kernel.
    pub kernel: [usize; 2],
    /// Rows to add to the address.
    pub row: i64,
    /// Banks to rotate by.
    pub rot: usize,
    /// Plane pixels from the output pixel (vertical, horizontal); may be negative.
    pub delta: [i64; 2],
    /// Whether the plane is one pixel shorter than the largest.
    pub short: [bool; 2],
}

/// The ring of rows by which an image comes in while the first step reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strip {
    /// Rows of a plane, a power of two.
    pub rows: usize,
    /// Rows that have to be there for a block of pixels, from its own on.
    pub ahead: usize,
    /// Rows that may be there before the first block begins.
    pub room: usize,
}

impl Strip {
    /// Windows that wait to be stored at most (`rws_queue` in `rws_axis_in`).
    pub const QUEUED: usize = 32;

    /// The least ring for a window's taps that has so many rows.
    pub fn of(taps: &[Tap], least: usize) -> Self {
        let last = taps.iter().map(|tap| tap.row + i64::from(tap.rot > 0)).max().unwrap_or(0).max(0);
        let before = taps.iter().map(|tap| tap.row).min().unwrap_or(0).min(0).unsigned_abs() as usize;
        let ahead = last as usize + 1;
        let rows = (ahead + before + 1).max(least).next_power_of_two();
        Self { rows, ahead, room: rows - before - 1 }
    }
}

/// A tensor in activation memory: for each channel block, phase planes of flat pixels over PX banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActLayout {
    /// Phases (vertical, horizontal): the stride of the tensor's readers.
    pub phases: [usize; 2],
    /// Pixels from one plane row to the next.
    pub pitch: usize,
    /// Memory rows per plane.
    pub plane_rows: usize,
    /// Banks more from a phase to the next in a row of pixels, so that pixels that are drained at once lie in banks of their own.
    pub skew: usize,
    /// Memory rows from a vertical phase to the next.
    pub phase_rows: usize,
    /// Channel blocks of CI.
    pub blocks: usize,
    /// Digits that have words of their own, all blocks of the highest first; 1 where a word holds whole activations.
    pub digits: usize,
    /// First memory row.
    pub base: usize,
    /// Whether a plane is a ring of rows, a power of two, by which an image comes in.
    pub strip: bool,
}

impl ActLayout {
    /// Memory rows per channel block.
    pub fn stride(&self) -> usize {
        self.phases[0] * self.phase_rows
    }

    /// Places (row * PX + bank) from a horizontal phase to the next.
    pub fn phase_places(&self, px: usize) -> usize {
        self.plane_rows * px + self.skew
    }

    /// Memory rows of the tensor.
    pub fn rows(&self) -> usize {
        self.digit_rows() * self.digits
    }

    /// Memory rows of a digit.
    pub fn digit_rows(&self) -> usize {
        self.stride() * self.blocks
    }

    /// Height and width of the largest phase plane.
    pub fn plane(&self, shape: Shape) -> [usize; 2] {
        [shape.height.div_ceil(self.phases[0]), shape.width.div_ceil(self.phases[1])]
    }

    /// Layout that suits the tensor's readers; `base` is still open.
    pub fn for_readers(tensor: Shape, readers: &Use, stored_channels: usize, shape: &CoreShape) -> Self {
        let phases = readers.phases;
        let pitch = tensor.width.div_ceil(phases[1]).max(readers.width).next_multiple_of(shape.drained);
        let plane_rows = (tensor.height.div_ceil(phases[0]) * pitch).div_ceil(shape.px);
        let skew = if shape.drained > 1 && phases[1] > 1 { shape.drained / phases[1] } else { 0 };
        Self {
            phases,
            pitch,
            plane_rows,
            skew,
            phase_rows: phases[1] * plane_rows + (phases[1] * skew).div_ceil(shape.px),
            blocks: stored_channels.div_ceil(shape.ci),
            digits: 1,
            base: 0,
            strip: false,
        }
    }

    /// The same in strips of at least so many rows, and no fewer than blocks of PX pixels under a window need.
    #[must_use]
    pub fn in_strips(self, window: &Window, shape: Shape, px: usize, least: usize) -> Self {
        let strip = Strip::of(&self.taps(window, shape, px), least);
        Self { plane_rows: strip.rows, phase_rows: strip.rows, strip: true, ..self }
    }

    /// Places from the first of D pixels side by side to another one of them; the first is at a multiple of D.
    pub fn aside(&self, pixel: usize, px: usize) -> usize {
        pixel % self.phases[1] * self.phase_places(px) + pixel / self.phases[1]
    }

    /// How far a window reaches beyond the output pixel in plane pixels, vertically and horizontally: before it and behind it.
    pub fn reach(&self, window: &Window) -> [[usize; 2]; 2] {
        let before = [window.padding.top, window.padding.left];
        [0, 1].map(|axis| {
            let delta = |at: i64| at.div_euclid(self.phases[axis] as i64);
            let first = delta(-(before[axis] as i64));
            let last = delta(window.kernel[axis] as i64 - 1 - before[axis] as i64);
            [(-first).max(0) as usize, last.max(0) as usize]
        })
    }

    /// The taps of a window over this tensor, kernel elements in row-major order.
    pub fn taps(&self, window: &Window, shape: Shape, px: usize) -> Vec<Tap> {
        let mut taps = Vec::with_capacity(window.kernel[0] * window.kernel[1]);
        let plane = self.plane(shape);
        for ky in 0..window.kernel[0] {
            for kx in 0..window.kernel[1] {
                let at = [ky as i64 - window.padding.top as i64, kx as i64 - window.padding.left as i64];
                let phase = [0, 1].map(|axis| at[axis].rem_euclid(self.phases[axis] as i64) as usize);
                let delta = [0, 1].map(|axis| at[axis].div_euclid(self.phases[axis] as i64));
                let extent = [shape.height, shape.width];
                let short = [0, 1]
                    .map(|axis| extent[axis].saturating_sub(phase[axis]).div_ceil(self.phases[axis]) < plane[axis]);
                let inside = (phase[1] * self.phase_places(px)) as i64;
                let flat = inside + delta[0] * self.pitch as i64 + delta[1];
                taps.push(Tap {
                    kernel: [ky, kx],
                    row: (phase[0] * self.phase_rows) as i64 + flat.div_euclid(px as i64),
                    rot: flat.rem_euclid(px as i64) as usize,
                    delta,
                    short,
                });
            }
        }
        taps
    }
}

/// One way to store the input of the first matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folding {
    /// What the input unit does; nothing where pixels are stored as they are.
    pub fold: Option<Fold>,
    /// The folded input.
    pub input: Shape,
    /// The first matrix's window over it.
    pub window: Window,
    /// The first matrix's result.
    output: Shape,
}

impl Folding {
    /// All ways to fold the input of a graph; none where not one matrix alone reads it.
    ///
    /// Along each axis a window of stride 1 stays or is folded whole; one of stride s is folded by s or whole.
    pub fn all(graph: &StepGraph) -> Vec<Self> {
        let Some(step) = graph.foldable_reader().map(|index| &graph.steps[index]) else { return Vec::new() };
        let channels = graph.tensor(graph.input).shape.channels;
        let pairs = folds(step, 0).into_iter().flat_map(|v| folds(step, 1).into_iter().map(move |h| [v, h]));
        pairs.map(|sizes| Self::of(graph, step, sizes, channels)).collect()
    }

    /// The ways that an input unit can do: pixels as they are, or its window, which has to be the stride or to hold the kernel.
    pub fn within(graph: &StepGraph, unit: &InputUnit) -> Vec<Self> {
        let Some(step) = graph.foldable_reader().map(|index| &graph.steps[index]) else { return Vec::new() };
        let (channels, window) = (graph.tensor(graph.input).shape.channels, step.window);
        let mut all = Vec::new();
        if unit.passes && window.stride == [1, 1] {
            all.push(Self::of(graph, step, [1, 1], channels));
        }
        let suits = |axis: usize| unit.window[axis] == window.stride[axis] || unit.window[axis] >= window.kernel[axis];
        if unit.folds() && channels <= unit.channels && suits(0) && suits(1) {
            all.push(Self::of(graph, step, unit.window, unit.channels));
        }
        all
    }

    fn of(graph: &StepGraph, step: &Step, sizes: [usize; 2], channels: usize) -> Self {
        let (source, output) = (graph.tensor(graph.input).shape, graph.grid(step));
        let (fold, input, window) = apply(step, Shape { channels, ..source }, output, sizes);
        let plain = sizes == [1, 1] && step.window.stride == [1, 1];
        Self { fold: (!plain).then_some(fold), input, window, output }
    }

    /// Cycles of the first matrix on a shape, roughly, then slices of the input; in strips the one waits for the other.
    pub fn price(&self, shape: &CoreShape, strips: bool) -> (usize, usize) {
        let steps = self.window.kernel[0] * self.window.kernel[1] * self.input.channels.div_ceil(shape.ci);
        let blocks = (self.input.width * (self.output.height - 1) + self.output.width).div_ceil(shape.px);
        let groups = self.output.channels.div_ceil(shape.rows());
        let compute = steps.max(shape.spans(shape.px) * shape.slices()) * blocks * groups;
        let slices = self.input.pixels() * self.input.channels.div_ceil(shape.q);
        if strips { (compute.max(slices), slices) } else { (compute, slices) }
    }

    /// The graph with the folded input.
    pub fn apply(&self, graph: &StepGraph) -> StepGraph {
        let mut graph = graph.clone();
        if let Some(index) = graph.foldable_reader() {
            let input = graph.input;
            graph.tensors[input.0].shape = self.input;
            graph.steps[index].source_shape = self.input;
            graph.steps[index].window = self.window;
        }
        graph
    }
}

/// Window sizes to try along one axis: one stride, or the whole kernel.
fn folds(step: &Step, axis: usize) -> Vec<usize> {
    let mut sizes = vec![step.window.stride[axis], step.window.kernel[axis]];
    sizes.dedup();
    sizes
}

/// The folded input and the window over it, for window sizes along both axes.
fn apply(step: &Step, source: Shape, output: Shape, sizes: [usize; 2]) -> (Fold, Shape, Window) {
    let Window { kernel, stride, padding } = step.window;
    let (extent, out) = ([source.height, source.width], [output.height, output.width]);
    let pad = [padding.top, padding.left];
    // A window of one pixel at stride 1 is no fold: the core masks the padding itself.
    let plain = [0, 1].map(|axis| sizes[axis] == 1 && stride[axis] == 1);
    let taps = [0, 1].map(|axis| kernel[axis].div_ceil(sizes[axis]));
    let size = [0, 1].map(|axis| if plain[axis] { extent[axis] } else { out[axis] + taps[axis] - 1 });
    let fold = Fold {
        window: sizes,
        stride,
        offset: [0, 1].map(|axis| if plain[axis] { 0 } else { pad[axis] }),
        channels: source.channels,
        kernel,
    };
    let folded = Shape { channels: source.channels * sizes[0] * sizes[1], height: size[0], width: size[1] };
    let keep = |axis: usize, value: usize| if plain[axis] { value } else { 0 };
    let padding = Padding {
        top: keep(0, padding.top),
        left: keep(1, padding.left),
        bottom: keep(0, padding.bottom),
        right: keep(1, padding.right),
    };
    (fold, folded, Window { kernel: taps, stride: [1, 1], padding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::CoreShape;

    /// Pixels that are drained at once are written at once, each to a bank of its own.
    #[test]
    fn pixels_side_by_side_lie_in_different_banks() {
        for px in 1..=16 {
            for drained in (1..=px).filter(|drained| px % drained == 0) {
                for stride in (1..=8).filter(|stride| drained % stride == 0 || drained == 1) {
                    let shape = CoreShape { ci: 4, px, q: 4, drained, digit: None, arrays: Vec::new() };
                    let readers = Use { phases: [1, stride], width: 5, feed: Some(1), residual: None };
                    let tensor = Shape { channels: 4, height: 3, width: 13 };
                    let layout = ActLayout::for_readers(tensor, &readers, 4, &shape);
                    let mut banks: Vec<usize> = (0..drained).map(|pixel| layout.aside(pixel, px) % px).collect();
                    banks.sort_unstable();
                    banks.dedup();
                    assert_eq!(banks.len(), drained, "PX {px}, D {drained}, stride {stride}");
                    assert!(layout.pitch.is_multiple_of(drained));
                    let places = layout.phase_rows * px;
                    assert!((stride - 1) * layout.phase_places(px) + layout.plane_rows * px <= places);
                }
            }
        }
    }
}
