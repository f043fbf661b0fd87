//! Sliding windows from attributes.

use super::attributes::Kind;
use super::call::Call;
use super::fault::{Reason, invalid, unsupported};
use crate::ir::{Padding, Shape, Window};

/// Attributes of operators with windows.
pub(super) const ATTRIBUTES: &[(&str, Kind)] = &[
    ("auto_pad", Kind::Text),
    ("ceil_mode", Kind::Int),
    ("count_include_pad", Kind::Int),
    ("dilations", Kind::Ints),
    ("group", Kind::Int),
    ("kernel_shape", Kind::Ints),
    ("pads", Kind::Ints),
    ("storage_order", Kind::Int),
    ("strides", Kind::Ints),
];

/// A window of one pixel.
pub(super) const POINT: Window =
    Window { kernel: [1, 1], stride: [1, 1], padding: Padding { top: 0, left: 0, bottom: 0, right: 0 } };

/// Largest extent of a window, step or padding.
pub(super) const LIMIT: i64 = 1 << 15;

/// Two numbers per axis of pixels, for one or two of them.
fn pair(call: &Call, name: &str, default: [usize; 2], axes: usize) -> Result<[usize; 2], Reason> {
    let Some(list) = call.ints(name).filter(|list| !list.is_empty()) else { return Ok(default) };
    let list = sizes(list, name, 1)?;
    match (list.as_slice(), axes) {
        (&[height, width], 2) => Ok([height, width]),
        (&[width], 1) => Ok([1, width]),
        _ => Err(invalid(format!("`{name}` has {} numbers for {axes} axes", list.len()))),
    }
}

/// Numbers of an attribute within sensible limits.
pub(super) fn sizes(list: &[i64], name: &str, least: i64) -> Result<Vec<usize>, Reason> {
    if let Some(wrong) = list.iter().find(|&&value| value < least || value > LIMIT) {
        return Err(invalid(format!("`{name}` holds {wrong}; it must be from {least} to {LIMIT}")));
    }
    Ok(list.iter().map(|&value| value as usize).collect())
}

/// Dilation of a convolution.
pub(super) fn dilation(call: &Call, axes: usize) -> Result<[usize; 2], Reason> {
    pair(call, "dilations", [1, 1], axes)
}

/// The window of a pooling operator.
pub(super) fn pooling(call: &Call, shape: Shape, axes: usize) -> Result<Window, Reason> {
    if call.ints("kernel_shape").is_none() {
        return Err(invalid("`kernel_shape` is missing"));
    }
    if dilation(call, axes)? != [1, 1] {
        return Err(unsupported("dilated pooling is not supported"));
    }
    window(call, shape, pair(call, "kernel_shape", [1, 1], axes)?, axes)
}

/// The window of a kernel, with the padding that the attributes ask for.
pub(super) fn window(call: &Call, shape: Shape, kernel: [usize; 2], axes: usize) -> Result<Window, Reason> {
    let stride = pair(call, "strides", [1, 1], axes)?;
    let image = [shape.height, shape.width];
    let padding = padding(call, image, kernel, stride, axes)?;
    let mut window = Window { kernel, stride, padding };
    if call.int("ceil_mode", 0) != 0 {
        complete(&mut window, image);
    }
    Ok(window)
}

/// The padding of a window without what `ceil_mode` adds.
pub(super) fn stated_padding(call: &Call, shape: Shape, window: &Window, axes: usize) -> Result<Padding, Reason> {
    padding(call, [shape.height, shape.width], window.kernel, window.stride, axes)
}

fn padding(
    call: &Call,
    image: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    axes: usize,
) -> Result<Padding, Reason> {
    let mut pads = [[0, 0]; 2];
    match call.text("auto_pad", "NOTSET") {
        "NOTSET" | "" => pads = explicit(call, axes)?,
        "VALID" => {}
        same @ ("SAME_UPPER" | "SAME_LOWER") => {
            for axis in 0..2 {
                let covered = (image[axis].div_ceil(stride[axis]) - 1) * stride[axis] + kernel[axis];
                let total = covered.saturating_sub(image[axis]);
                let (less, more) = (total / 2, total.div_ceil(2));
                pads[axis] = if same == "SAME_UPPER" { [less, more] } else { [more, less] };
            }
        }
        other => return Err(invalid(format!("`auto_pad` \"{}\" is not known", super::names::escaped(other)))),
    }
    Ok(Padding { top: pads[0][0], left: pads[1][0], bottom: pads[0][1], right: pads[1][1] })
}

/// `pads` as begin and end of each axis.
fn explicit(call: &Call, axes: usize) -> Result<[[usize; 2]; 2], Reason> {
    let Some(list) = call.ints("pads").filter(|list| !list.is_empty()) else { return Ok([[0, 0]; 2]) };
    if list.iter().any(|&pad| pad < 0) {
        return Err(unsupported("negative padding: crop the image with a Pad node before it"));
    }
    match (sizes(list, "pads", 0)?.as_slice(), axes) {
        (&[top, left, bottom, right], 2) => Ok([[top, bottom], [left, right]]),
        (&[left, right], 1) => Ok([[0, 0], [left, right]]),
        _ => Err(invalid(format!("`pads` has {} numbers for {axes} axes", list.len()))),
    }
}

/// Pads below and to the right so that a last, incomplete window counts, unless it would begin behind the image.
fn complete(window: &mut Window, image: [usize; 2]) {
    let Padding { top, left, bottom, right } = &mut window.padding;
    for (axis, begin, end) in [(0, *top, bottom), (1, *left, right)] {
        let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
        let padded = image[axis] + begin + *end;
        if padded < kernel {
            // A first window that is wider than the image; one that would begin before it is none.
            *end += if kernel - padded < stride { kernel - padded } else { 0 };
            continue;
        }
        let rest = (padded - kernel) % stride;
        let last_start = padded - kernel - rest + stride;
        if rest > 0 && last_start < image[axis] + begin {
            *end += stride - rest;
        }
    }
}

/// The extent of the result.
pub(super) fn output(window: &Window, shape: Shape, channels: usize) -> Result<Shape, Reason> {
    let Padding { top, left, bottom, right } = window.padding;
    let along = |axis: usize, extent: usize| {
        let steps = extent.checked_sub(window.kernel[axis]).map(|free| free / window.stride[axis] + 1);
        steps.ok_or_else(|| {
            invalid(format!("a window of {} does not fit into {extent} padded pixels", window.kernel[axis]))
        })
    };
    Ok(Shape { channels, height: along(0, shape.height + top + bottom)?, width: along(1, shape.width + left + right)? })
}
