//! Memory layout: how tensors lie in the banks, how the input is folded, and the taps that follow from both.

use super::CoreShape;
use super::graph::{Step, StepGraph, StepKind};
use crate::ir::{Padding, Shape, TensorId, Window};

/// How the host folds pixels of the input into channels, so that a first layer with few channels fills the arrays.
///
/// Folded channel `(wy * window[1] + wx) * C + c` of folded pixel (y, x) is channel c of source pixel
/// (y * stride[0] - offset[0] + wy, x * stride[1] - offset[1] + wx), or zero outside the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fold {
    /// Source pixels folded into one, vertically and horizontally.
    pub window: [usize; 2],
    /// Source pixels between folded pixels.
    pub stride: [usize; 2],
    /// Source pixels before the image.
    pub offset: [usize; 2],
}

impl Fold {
    /// No folding.
    pub const NONE: Self = Self { window: [1, 1], stride: [1, 1], offset: [0, 0] };
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

/// A tensor in activation memory: for each channel block, phase planes of flat pixels over PX banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActLayout {
    /// Phases (vertical, horizontal): the stride of the tensor's readers.
    pub phases: [usize; 2],
    /// Pixels from one plane row to the next.
    pub pitch: usize,
    /// Memory rows per plane.
    pub plane_rows: usize,
    /// Channel blocks of CI.
    pub blocks: usize,
    /// First memory row.
    pub base: usize,
}

impl ActLayout {
    /// Memory rows per channel block.
    pub fn stride(&self) -> usize {
        self.phases[0] * self.phases[1] * self.plane_rows
    }

    /// Memory rows of the tensor.
    pub fn rows(&self) -> usize {
        self.stride() * self.blocks
    }

    /// Height and width of the largest phase plane.
    pub fn plane(&self, shape: Shape) -> [usize; 2] {
        [shape.height.div_ceil(self.phases[0]), shape.width.div_ceil(self.phases[1])]
    }

    /// Layout that suits the tensor's readers; `base` is still open.
    pub fn for_readers(graph: &StepGraph, id: TensorId, stored_channels: usize, shape: &CoreShape) -> Self {
        let tensor = graph.tensor(id);
        let phases = graph.readers(id).map(|step| step.window.stride).max().unwrap_or([1, 1]);
        let reader_width = graph.readers(id).map(|step| graph.tensor(step.output).shape.width).max().unwrap_or(1);
        let plane_width = tensor.shape.width.div_ceil(phases[1]);
        let pitch = plane_width.max(reader_width);
        let plane_height = tensor.shape.height.div_ceil(phases[0]);
        Self {
            phases,
            pitch,
            plane_rows: (plane_height * pitch).div_ceil(shape.px),
            blocks: stored_channels.div_ceil(shape.ci),
            base: 0,
        }
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
                let flat = delta[0] * self.pitch as i64 + delta[1];
                let planes = (phase[0] * self.phases[1] + phase[1]) * self.plane_rows;
                taps.push(Tap {
                    kernel: [ky, kx],
                    row: planes as i64 + flat.div_euclid(px as i64),
                    rot: flat.rem_euclid(px as i64) as usize,
                    delta,
                    short,
                });
            }
        }
        taps
    }
}

/// Folds the input of the first matrix if that saves steps, and rewrites the graph accordingly.
///
/// Along each axis a window of stride 1 stays or is folded whole; one of stride s is folded by s or whole.
pub fn fold_input(graph: &mut StepGraph, shape: &CoreShape) -> Fold {
    let input = graph.input;
    let mut readers = graph.steps.iter().enumerate().filter(|(_, step)| step.source == input);
    let (Some((index, step)), None) = (readers.next(), readers.next()) else { return Fold::NONE };
    let as_residual = graph.steps.iter().any(|s| s.residual.is_some_and(|r| r.tensor == input));
    if !matches!(step.kind, StepKind::Matrix(_)) || as_residual {
        return Fold::NONE;
    }
    let (step, source) = (step.clone(), graph.tensor(input).shape);
    let output = graph.tensor(step.output).shape;
    let mut best: Option<(usize, usize, Fold, Shape, Window)> = None;
    for vertical in folds(&step, 0) {
        for horizontal in folds(&step, 1) {
            let (fold, folded, window) = apply(&step, source, output, [vertical, horizontal]);
            let steps = window.kernel[0] * window.kernel[1] * folded.channels.div_ceil(shape.ci);
            let blocks = (folded.width * (output.height - 1) + output.width).div_ceil(shape.px);
            let compute = steps.max(shape.px * shape.slices()) * blocks * step_groups(output, shape);
            let load = folded.pixels() * folded.channels.div_ceil(shape.q);
            if best.as_ref().is_none_or(|b| (compute, load) < (b.0, b.1)) {
                best = Some((compute, load, fold, folded, window));
            }
        }
    }
    let Some((_, _, fold, folded, window)) = best else { return Fold::NONE };
    graph.tensors[input.0].shape = folded;
    graph.steps[index].source_shape = folded;
    graph.steps[index].window = window;
    fold
}

fn step_groups(output: Shape, shape: &CoreShape) -> usize {
    output.channels.div_ceil(shape.rows())
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
    let fold = Fold { window: sizes, stride, offset: [0, 1].map(|axis| if plain[axis] { 0 } else { pad[axis] }) };
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
