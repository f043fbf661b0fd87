//! `Gather`, `Slice` and `Split` of activations: picked channels, cropped rows and columns.

use super::array::{Array, Dims};
use super::call::{Call, Value, axis};
use super::conv::POINT;
use super::draft::{Act, Draft, Step};
use super::fault::{Reason, invalid, unsupported};
use super::pool::shrunk;
use super::shape;
use super::view::{Run, View, indices, normal};
use crate::float::{Conv, Op, WeightQuant};
use crate::ir::{Padding, Shape};

/// Most parts of a `Split`.
const PARTS: usize = 2048;

/// `Gather` with constant indices.
pub(super) fn gather(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
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
pub(super) fn slice(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let mut act = call.ordered_act(0)?;
    for (along, picks) in shape::slices(call, &act.view.dims())? {
        act = along_axis(draft, act, along, &picks)?;
    }
    Ok(Value::Act(act))
}

/// One part of a `Split`.
pub(super) fn split(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.ordered_act(0)?;
    let (along, part) = part(call, &act.view.dims())?;
    along_axis(draft, act, along, &part.collect::<Vec<_>>()).map(Value::Act)
}

/// One part of a constant's `Split`.
pub(super) fn split_constant(call: &Call) -> Result<Array, Reason> {
    let array = call.constant(0)?;
    let (along, part) = part(call, &array.dims)?;
    let picks: Vec<i64> = part.map(|index| index as i64).collect();
    shape::gather(&array, &Array::int(vec![picks.len()], picks), along as i64, call.room)
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
        return picked(draft, &act, along, &order);
    }
    cropped(draft, &act, along, picks)
}

/// The channel of each element of an axis, if the axis has all channels and nothing else.
pub(super) fn channels(runs: &[Run], shape: Shape) -> Option<Vec<usize>> {
    let whole = runs.iter().map(|run| run.extent).product::<usize>() == shape.channels;
    let pixels = shape.pixels();
    (whole && runs.iter().all(|run| run.stride % pixels == 0))
        .then(|| indices(runs).map(|index| index / pixels).collect())
}

/// Some channels in some order: a matrix of ones and zeros. They lie along one axis of the view.
pub(super) fn picked(draft: &mut Draft, act: &Act, along: usize, order: &[usize]) -> Result<Act, Reason> {
    let shape = draft.shape(act.tensor);
    let (rows, columns) = (order.len(), shape.channels);
    draft.occupy(rows.saturating_mul(columns))?;
    let mut weight = vec![0.0; rows * columns];
    order.iter().enumerate().for_each(|(row, &channel)| weight[row * columns + channel] = 1.0);
    let quant = Some(WeightQuant { scales: vec![1.0; rows], bits: 2 });
    let conv = Conv { window: POINT, groups: 1, rows, columns, weight, bias: vec![0.0; rows], quant };
    let tensor = draft.emit(Step::Op(Op::Conv(conv)), vec![act.tensor], Some(Shape { channels: rows, ..shape }))?;
    let mut view = act.view.clone();
    view.0[along] = normal([Run { extent: rows, stride: shape.pixels() }]);
    Ok(Act { tensor, view, ..act.clone() })
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
