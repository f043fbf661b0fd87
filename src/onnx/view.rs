//! Views: how the axes of an ONNX tensor lie over the memory of an activation tensor.
//!
//! A transposition or a reshape changes only the view, so layouts cost nothing and need no operator.

use super::array::{Dims, offsets};
use super::fault::{Reason, unsupported};
use crate::ir::{Layout, Shape};

/// `extent` elements, `stride` apart in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub extent: usize,
    pub stride: usize,
}

/// For each ONNX axis its runs, outermost first; an axis of extent 1 has none. Every element occurs exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View(pub Vec<Vec<Run>>);

/// Drops runs of one element and joins runs that continue each other.
pub(super) fn normal(runs: impl IntoIterator<Item = Run>) -> Vec<Run> {
    let mut result: Vec<Run> = Vec::new();
    for run in runs.into_iter().filter(|run| run.extent > 1) {
        match result.last_mut() {
            Some(last) if last.stride == run.extent * run.stride => {
                *last = Run { extent: last.extent * run.extent, stride: run.stride };
            }
            _ => result.push(run),
        }
    }
    result
}

/// Number of elements that runs cover.
pub(super) fn extent(runs: &[Run]) -> usize {
    runs.iter().map(|run| run.extent).product()
}

/// Offsets of all elements, in order.
pub(super) fn indices(runs: &[Run]) -> impl Iterator<Item = usize> + use<> {
    let (extents, steps): (Vec<usize>, Vec<usize>) = runs.iter().map(|run| (run.extent, run.stride)).unzip();
    offsets(&extents, &steps)
}

/// Order of axes that turns batch, pixels, channels into batch, channels, pixels.
pub(super) fn channels_first(rank: usize) -> Vec<usize> {
    [0, rank - 1].into_iter().chain(1..rank - 1).collect()
}

/// The inverse of [`channels_first`].
pub(super) fn channels_last(rank: usize) -> Vec<usize> {
    std::iter::once(0).chain(2..rank).chain([1]).collect()
}

/// The channel of each element of an axis, if the axis has all channels and nothing else.
pub(super) fn channels(runs: &[Run], shape: Shape) -> Option<Vec<usize>> {
    let whole = runs.iter().map(|run| run.extent).product::<usize>() == shape.channels;
    let pixels = shape.pixels();
    (whole && runs.iter().all(|run| run.stride % pixels == 0))
        .then(|| indices(runs).map(|index| index / pixels).collect())
}

/// The stride in the reduced image of what had this stride in the whole one.
pub(super) fn shrunk(stride: usize, from: Shape, to: Shape) -> usize {
    if stride >= from.pixels() {
        stride / from.pixels() * to.pixels()
    } else if stride >= from.width {
        stride / from.width * to.width
    } else {
        stride
    }
}

/// The layout of a user's array whose elements, in order, lie in the core's tensor as the runs say.
pub(super) fn from_user(shape: Vec<usize>, runs: impl IntoIterator<Item = Run>) -> Layout {
    let runs = normal(runs);
    let (split, axes) = (runs.iter().map(|run| run.extent).collect(), outermost_first(&runs));
    reduced(Layout { shape: Some(shape), split, axes })
}

/// The layout of a user's array that takes the elements of the core's tensor in the order of the runs.
pub(super) fn to_user(shape: Vec<usize>, runs: impl IntoIterator<Item = Run>) -> Layout {
    let runs = normal(runs);
    let order = outermost_first(&runs);
    let split = order.iter().map(|&index| runs[index].extent).collect();
    let mut axes = vec![0; order.len()];
    order.into_iter().enumerate().for_each(|(place, index)| axes[index] = place);
    reduced(Layout { shape: Some(shape), split, axes })
}

/// Indices of runs, that with the largest stride first.
fn outermost_first(runs: &[Run]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(runs[index].stride));
    order
}

/// Without a permutation that changes nothing.
fn reduced(layout: Layout) -> Layout {
    if layout.axes.is_sorted() { Layout { split: Vec::new(), axes: Vec::new(), ..layout } } else { layout }
}

impl View {
    /// Axes in row-major order.
    pub fn row_major(dims: &[usize]) -> Self {
        let strides = super::array::strides(dims);
        Self(dims.iter().zip(strides).map(|(&extent, stride)| normal([Run { extent, stride }])).collect())
    }

    /// Batch, channels, and `rank - 2` axes of pixels.
    pub fn image(shape: Shape, rank: usize) -> Self {
        let Shape { channels, height, width } = shape;
        let mut dims = vec![1, channels];
        match rank {
            2 => {}
            3 => dims.push(height * width),
            _ => dims.extend([height, width]),
        }
        Self::row_major(&dims)
    }

    pub fn rank(&self) -> usize {
        self.0.len()
    }

    pub fn dims(&self) -> Vec<usize> {
        self.0.iter().map(|runs| extent(runs)).collect()
    }

    /// All runs, outermost first.
    pub fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        self.0.iter().flatten().copied()
    }

    pub fn transposed(&self, perm: &[usize]) -> Self {
        Self(perm.iter().map(|&axis| self.0[axis].clone()).collect())
    }

    /// The same elements in the same order over other axes.
    pub fn reshaped(&self, dims: &[usize]) -> Result<Self, Reason> {
        let cut = || {
            let (from, to) = (self.dims(), Dims(dims));
            unsupported(format!(
                "reshaping {} to {to} separates elements of an axis that are not adjacent",
                Dims(&from)
            ))
        };
        let mut rest = normal(self.runs()).into_iter();
        let mut current: Option<Run> = rest.next();
        let mut result = Vec::with_capacity(dims.len());
        for &dim in dims {
            let (mut axis, mut needed) = (Vec::new(), dim);
            while needed > 1 {
                let run = current.ok_or_else(cut)?;
                if needed % run.extent == 0 {
                    axis.push(run);
                    needed /= run.extent;
                    current = rest.next();
                } else if run.extent % needed == 0 {
                    let inner = run.extent / needed;
                    axis.push(Run { extent: needed, stride: run.stride * inner });
                    current = Some(Run { extent: inner, stride: run.stride });
                    needed = 1;
                } else {
                    return Err(cut());
                }
            }
            result.push(normal(axis));
        }
        if current.is_some() { Err(cut()) } else { Ok(Self(result)) }
    }
}
