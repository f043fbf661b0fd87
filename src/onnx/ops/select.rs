//! `Gather`, `Slice` and `Split`: picked channels, cropped rows and columns.

use crate::ir::{Padding, Shape};
use crate::onnx::act::Act;
use crate::onnx::array::{Array, Dims, computed};
use crate::onnx::attributes::Kind::{Int, Ints};
use crate::onnx::call::{Call, Value, axes, axis};
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::{Operator, Outputs};
use crate::onnx::view::{Run, View, channels, normal, shrunk};

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::onnx(&["Gather"])
        .with(&[("axis", Int)])
        .imports(gather)
        .folds(|call| Ok(elements(&*call.constant(0)?, &*call.constant(1)?, call.int("axis", 0), call.room)?.into())),
    Operator::onnx(&["Slice"])
        .with(&[("axes", Ints), ("ends", Ints), ("starts", Ints)])
        .imports(slice)
        .folds(|call| Ok(sliced(call, &*call.constant(0)?)?.into())),
    Operator::onnx(&["Split"])
        .with(&[("axis", Int), ("num_outputs", Int), ("split", Ints)])
        .imports(split)
        .folds(split_constant)
        .gives(Outputs::All),
];

/// Most parts of a `Split`.
const PARTS: usize = 2048;

/// `Gather` with constant indices.
fn gather(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let (act, picks) = (call.ordered_act(0)?, call.constant(1)?);
    let along = axis(call.int("axis", 0), act.view.rank())?;
    if picks.dims.len() > 1 {
        return Err(unsupported(format!("its indices are {}; one index or a list is supported", Dims(&picks.dims))));
    }
    let extent = act.view.dims()[along];
    let order = picks.ints()?.iter().map(|&pick| axis(pick, extent)).collect::<Result<Vec<_>, _>>()?;
    let mut result = along_axis(draft, act, along, &order)?;
    if picks.dims.is_empty() {
        result.view.0.remove(along);
    }
    Ok(Value::Act(result))
}

/// `Slice` with constant limits.
fn slice(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let mut act = call.ordered_act(0)?;
    for (along, picks) in slices(call, &act.view.dims())? {
        act = along_axis(draft, act, along, &picks)?;
    }
    Ok(Value::Act(act))
}

/// One part of a `Split`.
fn split(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.ordered_act(0)?;
    let (along, part) = part(call, &act.view.dims())?;
    along_axis(draft, act, along, &part.collect::<Vec<_>>()).map(Value::Act)
}

/// One part of a constant's `Split`.
fn split_constant(call: &Call) -> Result<Value, Reason> {
    let array = call.constant(0)?;
    let (along, part) = part(call, &array.dims)?;
    let picks: Vec<i64> = part.map(|index| index as i64).collect();
    Ok(elements(&array, &Array::int(vec![picks.len()], picks), along as i64, call.room)?.into())
}

/// The axis of a `Split`, and the range of the wanted part along it.
fn part(call: &Call, dims: &[usize]) -> Result<(usize, std::ops::Range<usize>), Reason> {
    let along = axis(call.int("axis", 0), dims.len())?;
    let (extent, parts) = (dims[along], call.node.output.len());
    if parts > PARTS {
        return Err(unsupported(format!("it has {parts} outputs; {PARTS} are the most that are supported")));
    }
    let sizes: Vec<usize> = if let Some(list) = call.list("split", 1)? {
        list.iter().map(|&size| usize::try_from(size).unwrap_or(0)).collect()
    } else {
        let size = extent.div_ceil(parts);
        (0..parts).map(|part| size.min(extent.saturating_sub(part * size))).collect()
    };
    let total = sizes.iter().fold(0_usize, |sum, &size| sum.saturating_add(size));
    if sizes.len() != parts || total != extent || sizes.contains(&0) {
        return Err(invalid(format!("{parts} parts do not fill axis {along} of {}", Dims(dims))));
    }
    let start = sizes[..call.output].iter().sum();
    Ok((along, start..start + sizes[call.output]))
}

/// The elements with these indices along an axis.
fn along_axis(draft: &mut Draft, act: Act, along: usize, picks: &[usize]) -> Result<Act, Reason> {
    let rank = act.view.rank();
    if picks.is_empty() {
        return Err(invalid("it leaves no elements"));
    }
    if picks.iter().copied().eq(0..act.view.dims()[along]) {
        return Ok(act);
    }
    let lone = act.view.0.iter().enumerate().all(|(axis, runs)| axis == along || runs.is_empty());
    let act = match (lone, act.free) {
        (true, _) => draft.vector(act, along)?,
        (_, true) if rank == 4 || along > 1 => draft.image(act)?.0,
        (_, true) => draft.pin_channels(act, along)?,
        _ => act,
    };
    let shape = draft.shape(act.tensor);
    if let Some(order) = channels(&act.view.0[along], shape) {
        let order: Vec<usize> = picks.iter().map(|&pick| order[pick]).collect();
        return draft.picked(&act, along, &order);
    }
    cropped(draft, &act, along, picks)
}

/// Neighbouring rows or columns.
fn cropped(draft: &mut Draft, act: &Act, along: usize, picks: &[usize]) -> Result<Act, Reason> {
    let from = draft.shape(act.tensor);
    let rows = normal([Run { extent: from.height, stride: from.width }]);
    let columns = normal([Run { extent: from.width, stride: 1 }]);
    let (first, rest) = (picks[0], act.view.dims()[along].saturating_sub(picks[0] + picks.len()));
    let neighbours = picks.iter().copied().eq(first..first + picks.len());
    let (cut, other, to) = match &act.view.0[along] {
        runs if *runs == rows => {
            let cut = Padding { top: first, bottom: rest, ..Padding::default() };
            (cut, columns, Shape { height: picks.len(), ..from })
        }
        runs if *runs == columns => {
            let cut = Padding { left: first, right: rest, ..Padding::default() };
            (cut, rows, Shape { width: picks.len(), ..from })
        }
        _ => return Err(unsupported("it picks from an axis that is not the channels, rows or columns of an image")),
    };
    let apart = |runs: &Vec<Run>| *runs == other || runs.iter().all(|run| run.stride % from.pixels() == 0);
    if !neighbours || !act.view.0.iter().enumerate().all(|(axis, runs)| axis == along || apart(runs)) {
        return Err(unsupported("only neighbouring rows or columns can be picked, in their order"));
    }
    let tensor = draft.emit(Step::Crop(cut), vec![act.tensor], Some(to))?;
    let shrink = |run: &Run| Run { stride: shrunk(run.stride, from, to), ..*run };
    let mut view: Vec<Vec<Run>> = act.view.0.iter().map(|runs| normal(runs.iter().map(shrink))).collect();
    view[along] = normal([Run { extent: picks.len(), stride: shrunk(act.view.0[along][0].stride, from, to) }]);
    Ok(Act { tensor, view: View(view), ..act.clone() })
}

/// Elements of a constant along an axis.
fn elements(array: &Array, indices: &Array, along: i64, room: usize) -> Result<Array, Reason> {
    let along = axis(along, array.dims.len())?;
    let extent = array.dims[along];
    let picks = indices.ints()?.iter().map(|&index| axis(index, extent)).collect::<Result<Vec<_>, _>>()?;
    let dims = [&array.dims[..along], &indices.dims, &array.dims[along + 1..]].concat();
    computed(&dims, room)?;
    let (outer, inner): (usize, usize) =
        (array.dims[..along].iter().product(), array.dims[along + 1..].iter().product());
    let picks = &picks;
    let index = (0..outer)
        .flat_map(|o| picks.iter().flat_map(move |&pick| (0..inner).map(move |i| (o * extent + pick) * inner + i)));
    Ok(array.gathered(dims, index))
}

/// `Slice` of a constant.
fn sliced(call: &Call, array: &Array) -> Result<Array, Reason> {
    let mut result = array.clone();
    for (along, picks) in slices(call, &array.dims)? {
        let picks: Vec<i64> = picks.iter().map(|&pick| pick as i64).collect();
        result = elements(&result, &Array::int(vec![picks.len()], picks), along as i64, call.room)?;
    }
    Ok(result)
}

/// Axes of a `Slice`, each with the indices that stay.
fn slices(call: &Call, dims: &[usize]) -> Result<Vec<(usize, Vec<usize>)>, Reason> {
    let needed = |list: Option<Vec<i64>>| list.ok_or_else(|| invalid("starts or ends are missing"));
    let (starts, ends) = (needed(call.list("starts", 1)?)?, needed(call.list("ends", 2)?)?);
    let over = call.list("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = call.optional(4)?.map(|steps| steps.ints()).transpose()?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), over.len(), steps.len()].iter().any(|&len| len != starts.len()) {
        return Err(invalid("starts, ends, axes and steps differ in length"));
    }
    axes(&over, dims.len())?;
    let one = |(index, &one): (usize, &i64)| {
        let along = axis(one, dims.len())?;
        let picks = steps_between(starts[index], ends[index], steps[index], dims[along] as i64)?;
        Ok((along, picks.into_iter().map(|pick| pick as usize).collect()))
    };
    over.iter().enumerate().map(one).collect()
}

/// Indices from `start` up to or down to `end`, which is left out; both may count from the back, or lie beyond.
fn steps_between(start: i64, end: i64, step: i64, extent: i64) -> Result<Vec<i64>, Reason> {
    let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    let counted = |value: i64| if value < 0 { value.saturating_add(extent) } else { value };
    let (start, end) = (counted(start), counted(end));
    match step {
        0 => Err(invalid("a step of 0")),
        1.. => Ok((start.clamp(0, extent)..end.clamp(0, extent)).step_by(stride).collect()),
        _ => Ok((end.clamp(-1, extent - 1) + 1..=start.clamp(-1, extent - 1)).rev().step_by(stride).collect()),
    }
}
