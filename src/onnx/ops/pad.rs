//! `Pad`: zeros around images, or a border cut off where its numbers are negative.

use crate::ir::{Padding, Shape};
use crate::onnx::act::{Act, Kind};
use crate::onnx::array::Dims;
use crate::onnx::attributes::Kind::{Float, Ints, Text};
use crate::onnx::broadcast::affine;
use crate::onnx::call::{Call, Value, axis};
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::names::escaped;
use crate::onnx::operator::Operator;
use crate::onnx::view::{View, channels_first, channels_last};
use crate::onnx::window::LIMIT;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[Operator::onnx(&["Pad"])
    .with(&[("mode", Text), ("pads", Ints), ("paddings", Ints), ("value", Float)])
    .imports(pad)];

/// Below this a border never wins a maximum.
const LOWEST: f32 = -1e30;

/// `Pad`; the next window takes it over.
fn pad(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let rank = act.view.rank();
    let pads = pads(call, rank)?;
    let mode = call.text("mode", "constant");
    if pads.iter().all(|pair| *pair == [0, 0]) {
        return Ok(Value::Act(act));
    }
    if mode != "constant" {
        return Err(unsupported(format!("padding mode \"{}\" is not supported", escaped(mode))));
    }
    let value = border(call, &act)?;
    let last = rank > 2 && pads[rank - 1] == [0, 0] && pads[1] != [0, 0];
    let order = if last { channels_first(rank) } else { (0..rank).collect() };
    let image = Act { view: act.view.transposed(&order), ..act };
    let (mut act, mut shape) = draft.image(image)?;
    if pads[order[0]] != [0, 0] || rank < 3 || pads[order[1]] != [0, 0] {
        return Err(unsupported("only rows and columns of pixels can be padded"));
    }
    let rows = if rank == 4 { pads[order[2]] } else { [0, 0] };
    let columns = pads[order[rank - 1]];
    let part = |sign: i64| {
        let [top, bottom, left, right] =
            [rows[0], rows[1], columns[0], columns[1]].map(|pad| (pad * sign).max(0) as usize);
        Padding { top, left, bottom, right }
    };
    let (cut, zeros) = (part(-1), part(1));
    if cut != Padding::default() {
        let rest = |extent: usize, cut: usize| extent.checked_sub(cut).filter(|&rest| rest > 0);
        let (height, width) = (rest(shape.height, cut.top + cut.bottom), rest(shape.width, cut.left + cut.right));
        let (Some(height), Some(width)) = (height, width) else {
            return Err(invalid(format!("the padding leaves nothing of {}", Dims(&[shape.height, shape.width]))));
        };
        shape = Shape { height, width, ..shape };
        act.tensor = draft.emit(Step::Crop(cut), vec![act.tensor], Some(shape))?;
    }
    if zeros != Padding::default() {
        let Padding { top, left, bottom, right } = zeros;
        shape = Shape { height: shape.height + top + bottom, width: shape.width + left + right, ..shape };
        let lowest = value <= LOWEST;
        let shift = if lowest { 0.0 } else { value };
        if shift != 0.0 {
            act = affine(draft, &act, vec![1.0], vec![-shift])?;
        }
        let step = if lowest { Step::Lowest(zeros) } else { Step::Pad(zeros) };
        act.tensor = draft.emit(step, vec![act.tensor], Some(shape))?;
        if shift != 0.0 {
            act = affine(draft, &act, vec![1.0], vec![shift])?;
        }
    }
    let view = View::image(shape, rank);
    let view = if last { view.transposed(&channels_last(rank)) } else { view };
    Ok(Value::Act(Act { view, ..act }))
}

/// Begin and end of each axis.
fn pads(call: &Call, rank: usize) -> Result<Vec<[i64; 2]>, Reason> {
    let list = call.list("pads", 1)?.ok_or_else(|| invalid("`pads` is missing"))?;
    if let Some(wrong) = list.iter().find(|pad| !(-LIMIT..=LIMIT).contains(*pad)) {
        return Err(unsupported(format!("`pads` holds {wrong}; at most {LIMIT} are supported")));
    }
    let over = match call.optional(3)? {
        Some(list) => list.ints()?.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    if list.len() != 2 * over.len() {
        return Err(invalid(format!("`pads` has {} numbers for {} axes", list.len(), over.len())));
    }
    let mut pads = vec![[0, 0]; rank];
    over.iter().enumerate().for_each(|(place, &axis)| pads[axis] = [list[place], list[over.len() + place]]);
    Ok(pads)
}

/// The real number around the image.
fn border(call: &Call, act: &Act) -> Result<f32, Reason> {
    let value = match call.optional(2)? {
        Some(value) => value.scalar()?,
        None => call.float("value", 0.0),
    };
    match act.kind {
        Kind::Codes(scale, zero) => Ok((value - zero as f32) * scale),
        Kind::Done(_) | Kind::Typed(_) | Kind::Complement => {
            Err(unsupported("it follows a Softmax or Sigmoid, which may only end a network"))
        }
        Kind::Real if value.is_nan() => Err(invalid("its value is not a number")),
        Kind::Real if value > -LOWEST => Err(unsupported(format!("padding with {value} is not supported"))),
        Kind::Real => Ok(value),
    }
}
