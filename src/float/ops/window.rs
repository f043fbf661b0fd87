//! Windows as gathers: which pixel every window position reads.

use candle_core::{DType, Device, Tensor};

use crate::float::Result;
use crate::float::site::Site;
use crate::ir::{Padding, Shape, Window};

/// The windows of a node's first operand: `[channels, batch * pixels]` to `[channels, k, batch * output pixels]`; padding has the
/// value `outside`.
pub(super) fn windows(site: &Site, window: &Window, value: &Tensor, outside: f32) -> Result<Tensor> {
    let [input, output] = site.shapes;
    let make = |batch| window_index(window, input, output, batch, site.device);
    gather(value, site.gather_index(value, make)?.as_ref(), window.kernel[0] * window.kernel[1], outside)
}

/// For `batch` images of `input` the flat pixel each window position reads, positions outermost: `[k * batch * pixels]`.
/// Padding reads pixel `batch * input.pixels()`, one past the end.
fn window_index(window: &Window, input: Shape, output: Shape, batch: usize, device: &Device) -> Result<Tensor> {
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

/// Gathers windows: `[channels, batch * pixels]` to `[channels, k, batch * output pixels]`; padding has the value `outside`.
fn gather(values: &Tensor, index: &Tensor, taps: usize, outside: f32) -> Result<Tensor> {
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
