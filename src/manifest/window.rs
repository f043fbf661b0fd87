//! Shapes and sliding windows: limits, and the size of the result.

use super::schema::LayerEntry;
use super::{Fault, Result};
use crate::ir::{Padding, Shape, Window};

/// Most elements of one tensor.
const ELEMENT_LIMIT: u64 = 1 << 28;
/// Largest kernel, stride or factor.
const WINDOW_LIMIT: u64 = 1 << 15;

/// A shape whose every extent and product is within the limits.
pub(super) fn shape(extents: [u64; 3]) -> Result<Shape> {
    let [channels, height, width] = extents;
    for (what, value) in [("the number of channels", channels), ("the height", height), ("the width", width)] {
        sized(what, value.into(), ELEMENT_LIMIT)?;
    }
    sized("the number of elements", elements(&extents), ELEMENT_LIMIT)?;
    Ok(Shape { channels: channels as usize, height: height as usize, width: width as usize })
}

/// Refuses weight tensors beyond the limit.
pub(super) fn check_elements(extents: &[usize]) -> Result<()> {
    let extents: Vec<u64> = extents.iter().map(|&extent| extent as u64).collect();
    sized("the number of weights", elements(&extents), ELEMENT_LIMIT)
}

/// The shape of `[input]`.
pub(super) fn input_shape(numbers: &[u64]) -> Result<Shape> {
    match *numbers {
        [n] => shape([n, 1, 1]),
        [channels, height, width] => shape([channels, height, width]),
        _ => Err(Fault::Rank { found: numbers.len() }.into()),
    }
}

/// The window of a layer; a stride that is not stated is `default_stride`, or the kernel.
pub(super) fn window(layer: &LayerEntry, default_stride: Option<[u64; 2]>) -> Result<Window> {
    let kernel = layer.kernel.ok_or_else(|| layer.missing("kernel"))?;
    let stride = layer.stride.or(default_stride).unwrap_or(kernel);
    let [top, left, bottom, right] = layer.padding.unwrap_or_default();
    for (what, value) in [("the kernel height", kernel[0]), ("the kernel width", kernel[1])] {
        sized(what, value.into(), WINDOW_LIMIT)?;
    }
    for (what, value) in [("the vertical stride", stride[0]), ("the horizontal stride", stride[1])] {
        sized(what, value.into(), WINDOW_LIMIT)?;
    }
    for (side, padding, kernel) in
        [("top", top, kernel[0]), ("left", left, kernel[1]), ("bottom", bottom, kernel[0]), ("right", right, kernel[1])]
    {
        if padding >= kernel {
            return Err(Fault::Padding { padding, kernel, side }.into());
        }
    }
    let padding = Padding { top: top as usize, left: left as usize, bottom: bottom as usize, right: right as usize };
    Ok(Window { kernel: kernel.map(|k| k as usize), stride: stride.map(|s| s as usize), padding })
}

/// The shape after a window: `floor((size + padding - kernel) / stride) + 1` each way.
pub(super) fn slide(input: Shape, window: &Window, channels: usize) -> Result<Shape> {
    let Padding { top, left, bottom, right } = window.padding;
    let height = steps("height", input.height + top + bottom, window.kernel[0], window.stride[0])?;
    let width = steps("width", input.width + left + right, window.kernel[1], window.stride[1])?;
    shape([channels as u64, height, width])
}

/// The factors of an `upsample`, vertically and horizontally.
pub(super) fn factor(layer: &LayerEntry) -> Result<[usize; 2]> {
    let factor = layer.factor.ok_or_else(|| layer.missing("factor"))?;
    sized("the vertical factor", factor[0].into(), WINDOW_LIMIT)?;
    sized("the horizontal factor", factor[1].into(), WINDOW_LIMIT)?;
    Ok(factor.map(|f| f as usize))
}

/// The shape after every pixel is repeated.
pub(super) fn upsampled(input: Shape, factor: [usize; 2]) -> Result<Shape> {
    shape([input.channels, input.height * factor[0], input.width * factor[1]].map(|n| n as u64))
}

fn steps(axis: &'static str, size: usize, kernel: usize, stride: usize) -> Result<u64> {
    match size.checked_sub(kernel) {
        Some(rest) => Ok((rest / stride + 1) as u64),
        None => Err(Fault::EmptyResult { kernel: kernel as u64, axis, size: size as u64 }.into()),
    }
}

fn elements(extents: &[u64]) -> u128 {
    extents.iter().fold(1u128, |product, &extent| product.saturating_mul(extent.into()))
}

fn sized(what: &'static str, value: u128, limit: u64) -> Result<()> {
    if (1..=u128::from(limit)).contains(&value) { Ok(()) } else { Err(Fault::Size { what, value, limit }.into()) }
}
