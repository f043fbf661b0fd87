//! Windows as gathers: which pixel every window position reads.

use candle_core::{DType, Device, Tensor};

use super::Result;
use crate::ir::{Padding, Shape, Window};

/// For `batch` images of `input` the flat pixel each window position reads, positions outermost: `[k * batch * pixels]`.
/// Padding reads pixel `batch * input.pixels()`, one past the end.
pub(super) fn window_index(
    window: &Window,
    input: Shape,
    output: Shape,
    batch: usize,
    device: &Device,
) -> Result<Tensor> {
    let [kernel_height, kernel_width] = window.kernel;
    let outside = (batch * input.pixels()) as u32;
    let mut index = Vec::with_capacity(kernel_height * kernel_width * batch * output.pixels());
    for (ky, kx) in (0..kernel_height).flat_map(|ky| (0..kernel_width).map(move |kx| (ky, kx))) {
        for image in 0..batch {
            for (y, x) in (0..output.height).flat_map(|y| (0..output.width).map(move |x| (y, x))) {
                let row = (y * window.stride[0] + ky).checked_sub(window.padding.top).filter(|r| *r < input.height);
                let column = (x * window.stride[1] + kx).checked_sub(window.padding.left).filter(|c| *c < input.width);
                index.push(match (row, column) {
                    (Some(row), Some(column)) => ((image * input.height + row) * input.width + column) as u32,
                    _ => outside,
                });
            }
        }
    }
    Ok(Tensor::new(index, device)?)
}

/// For `batch` images the pixel that each pixel of a nearest-neighbour enlargement repeats.
pub(super) fn upsample_index(factor: [usize; 2], input: Shape, batch: usize, device: &Device) -> Result<Tensor> {
    let line = |image: usize, y: usize| {
        let start = (image * input.height + y / factor[0]) * input.width;
        (0..input.width * factor[1]).map(move |x| (start + x / factor[1]) as u32)
    };
    let rows = (0..batch).flat_map(|image| (0..input.height * factor[0]).map(move |y| (image, y)));
    Ok(Tensor::new(rows.flat_map(|(image, y)| line(image, y)).collect::<Vec<u32>>(), device)?)
}

/// Gathers windows: `[channels, batch * pixels]` to `[channels, k, batch * output pixels]`; padding has the value `outside`.
pub(super) fn gather(values: &Tensor, index: &Tensor, taps: usize, outside: f32) -> Result<Tensor> {
    let channels = values.dim(0)?;
    let border = Tensor::full(outside, (channels, 1), values.device())?.to_dtype(DType::F32)?;
    let padded = Tensor::cat(&[values, &border], 1)?;
    let columns = index.dim(0)? / taps;
    Ok(padded.index_select(index, 1)?.reshape((channels, taps, columns))?)
}

/// Whether every window is the pixel itself.
pub(super) fn is_pointwise(window: &Window) -> bool {
    window.kernel == [1, 1] && window.stride == [1, 1] && window.padding == Padding::default()
}
