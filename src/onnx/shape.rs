//! Operators that change the shape: of constants the elements are moved, of activations only the view.

use super::array::{AXES, Array, Dims, computed, count, offsets, strides};
use super::call::{Call, Value, axes, axis};
use super::draft::Act;
use super::fault::{Reason, invalid};

/// `Reshape`, `Flatten`, `Squeeze`, `Unsqueeze`, `Transpose` of constants and activations.
pub(super) fn reshape(call: &Call) -> Result<Value, Reason> {
    let transposes = call.op() == "Transpose";
    if let Some(Value::Const(array)) = call.input(0) {
        let dims = &array.dims;
        let result = if transposes {
            array.transposed(&permutation(call, dims.len())?)
        } else {
            array.reshaped(target(call, dims)?)
        };
        return Ok(result.into());
    }
    let act = call.any_act(0)?;
    let view = if transposes {
        act.view.transposed(&permutation(call, act.view.rank())?)
    } else {
        act.view.reshaped(&target(call, &act.view.dims())?)?
    };
    Ok(Value::Act(Act { view, ..act }))
}

/// `DepthToSpace` and `SpaceToDepth`: channels and the pixels of a block change places.
pub(super) fn blocks(call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let dims = act.view.dims();
    let (&[batch, channels, height, width], Ok(size @ 1..)) = (&dims[..], usize::try_from(call.int("blocksize", 0)))
    else {
        return Err(invalid(format!("{} has no blocks of the size given", Dims(&dims))));
    };
    let spreads = call.op() == "DepthToSpace";
    let square = size.saturating_mul(size);
    let fits = if spreads { channels % square == 0 } else { height % size == 0 && width % size == 0 };
    if !fits {
        return Err(invalid(format!("blocks of {size} do not divide {}", Dims(&dims))));
    }
    let (cut, order, joined) = match (spreads, call.text("mode", "DCR")) {
        (false, _) => (
            vec![batch, channels, height / size, size, width / size, size],
            [0, 3, 5, 1, 2, 4],
            [batch, channels * square, height / size, width / size],
        ),
        (true, mode) => {
            let rest = channels / square;
            let joined = [batch, rest, height * size, width * size];
            match mode {
                "DCR" => (vec![batch, size, size, rest, height, width], [0, 3, 4, 1, 5, 2], joined),
                "CRD" => (vec![batch, rest, size, size, height, width], [0, 1, 4, 2, 5, 3], joined),
                other => return Err(invalid(format!("`mode` \"{}\" is not known", super::names::escaped(other)))),
            }
        }
    };
    let view = act.view.reshaped(&cut)?.transposed(&order).reshaped(&joined)?;
    Ok(Value::Act(Act { view, ..act }))
}

fn permutation(call: &Call, rank: usize) -> Result<Vec<usize>, Reason> {
    let Some(list) = call.ints("perm") else { return Ok((0..rank).rev().collect()) };
    let perm: Vec<usize> = list.iter().filter_map(|&axis| usize::try_from(axis).ok()).collect();
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if list.len() != rank || !sorted.into_iter().eq(0..rank) {
        return Err(invalid(format!("`perm` is not a permutation of {rank} axes")));
    }
    Ok(perm)
}

/// The extents after a reshaping operator; the number of elements stays the same.
fn target(call: &Call, dims: &[usize]) -> Result<Vec<usize>, Reason> {
    match call.op() {
        "Flatten" => flattened(call, dims),
        "Squeeze" => squeezed(call, dims),
        "Unsqueeze" => unsqueezed(call, dims),
        _ => reshaped(call, dims),
    }
}

fn flattened(call: &Call, dims: &[usize]) -> Result<Vec<usize>, Reason> {
    let at = call.int("axis", 1);
    let at = if at == dims.len() as i64 { dims.len() } else { axis(at, dims.len())? };
    // Axis 0 joins the batch with the rest; with a batch of one that is the vector of the image.
    Ok(vec![dims[..at].iter().product(), dims[at..].iter().product()])
}

fn squeezed(call: &Call, dims: &[usize]) -> Result<Vec<usize>, Reason> {
    let over = match call.list("axes", 1)? {
        Some(list) => axes(&list, dims.len())?,
        None => (0..dims.len()).filter(|&axis| dims[axis] == 1).collect(),
    };
    if let Some(axis) = over.iter().find(|&&axis| dims[axis] != 1) {
        return Err(invalid(format!("axis {axis} of {} cannot be dropped", Dims(dims))));
    }
    Ok((0..dims.len()).filter(|axis| !over.contains(axis)).map(|axis| dims[axis]).collect())
}

fn unsqueezed(call: &Call, dims: &[usize]) -> Result<Vec<usize>, Reason> {
    let list = call.list("axes", 1)?.ok_or_else(|| invalid("`axes` is missing"))?;
    let rank = dims.len() + list.len();
    if rank > AXES {
        return Err(invalid("more than 8 axes"));
    }
    let over = axes(&list, rank)?;
    let mut rest = dims.iter().copied();
    Ok((0..rank).map(|axis| if over.contains(&axis) { 1 } else { rest.next().unwrap_or(1) }).collect())
}

fn reshaped(call: &Call, dims: &[usize]) -> Result<Vec<usize>, Reason> {
    let list = call.list("shape", 1)?.ok_or_else(|| invalid("the shape is missing"))?;
    let total = count(dims)?;
    let misfit = || {
        let text: Vec<String> = list.iter().map(ToString::to_string).collect();
        invalid(format!("{} cannot take the shape {}", Dims(dims), text.join("x")))
    };
    if list.len() > AXES {
        return Err(invalid("more than 8 axes"));
    }
    let zero = call.int("allowzero", 0) != 0;
    let mut result = Vec::with_capacity(list.len());
    for (position, &extent) in list.iter().enumerate() {
        result.push(match extent {
            0 if !zero => *dims.get(position).ok_or_else(misfit)?,
            -1 => 1,
            extent => usize::try_from(extent).map_err(|_| misfit())?,
        });
    }
    let wild: Vec<usize> = (0..list.len()).filter(|&position| list[position] == -1).collect();
    let mut known = count(&result)?;
    // A shape that spells out the declared batch: here the batch is one.
    let batched = result.first() == Some(&call.batch) && call.batch > 1 && dims.first() == Some(&1);
    let whole = total.saturating_mul(call.batch);
    if batched && (known == whole || (!wild.is_empty() && whole.is_multiple_of(known))) {
        result[0] = 1;
        known /= call.batch;
    }
    match wild[..] {
        [position] if known > 0 && total % known == 0 => result[position] = total / known,
        [] if known == total => {}
        _ => return Err(misfit()),
    }
    Ok(result)
}

/// `Shape`: always a constant, since every extent is known.
pub(super) fn shape_of(call: &Call) -> Result<Value, Reason> {
    let dims = match call.input(0) {
        Some(Value::Const(array)) => array.dims.clone(),
        _ => call.any_act(0)?.view.dims(),
    };
    let rank = dims.len() as i64;
    let bound = |value: i64| (if value < 0 { value.saturating_add(rank) } else { value }).clamp(0, rank) as usize;
    let (start, end) = (bound(call.int("start", 0)), bound(call.int("end", rank)));
    let part: Vec<i64> = dims.get(start..end).unwrap_or_default().iter().map(|&extent| extent as i64).collect();
    Ok(Array::int(vec![part.len()], part).into())
}

/// `Gather` from a constant.
pub(super) fn gather(array: &Array, indices: &Array, along: i64, room: usize) -> Result<Array, Reason> {
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
pub(super) fn slice(call: &Call, array: &Array) -> Result<Array, Reason> {
    let mut result = array.clone();
    for (along, picks) in slices(call, &array.dims)? {
        let picks: Vec<i64> = picks.iter().map(|&pick| pick as i64).collect();
        result = gather(&result, &Array::int(vec![picks.len()], picks), along as i64, call.room)?;
    }
    Ok(result)
}

/// Axes of a `Slice`, each with the indices that stay.
pub(super) fn slices(call: &Call, dims: &[usize]) -> Result<Vec<(usize, Vec<usize>)>, Reason> {
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

/// `Concat` of constants.
pub(super) fn concat(arrays: &[&Array], along: i64, room: usize) -> Result<Array, Reason> {
    let first = arrays.first().ok_or_else(|| invalid("it has no operand"))?;
    let along = axis(along, first.dims.len())?;
    let fits = |array: &&Array| {
        array.dims.len() == first.dims.len()
            && array.dims.iter().zip(&first.dims).enumerate().all(|(axis, (a, b))| axis == along || a == b)
    };
    if !arrays.iter().all(fits) {
        return Err(invalid("its operands differ in shape"));
    }
    let mut dims = first.dims.clone();
    dims[along] = arrays.iter().map(|array| array.dims[along]).sum();
    computed(&dims, room)?;
    let outer: usize = dims[..along].iter().product();
    let inner: usize = dims[along + 1..].iter().product();
    let real = arrays.iter().any(|array| matches!(array.data, super::array::Data::Real(_)));
    let place = |o: usize, array: &Array| o * array.dims[along] * inner..(o + 1) * array.dims[along] * inner;
    if real {
        let parts: Vec<Vec<f32>> = arrays.iter().map(|array| array.reals()).collect();
        let pick = |o: usize| arrays.iter().zip(&parts).flat_map(move |(array, part)| part[place(o, array)].to_vec());
        return Ok(Array::real(dims, (0..outer).flat_map(pick).collect()));
    }
    let parts = arrays.iter().map(|array| array.ints()).collect::<Result<Vec<_>, _>>()?;
    let pick = |o: usize| arrays.iter().zip(&parts).flat_map(move |(array, part)| part[place(o, array)].to_vec());
    Ok(Array::int(dims, (0..outer).flat_map(pick).collect()))
}

/// `Expand` of a constant.
pub(super) fn expand(array: &Array, shape: &Array, room: usize) -> Result<Array, Reason> {
    let dims = shape.ints()?.iter().map(|&extent| usize::try_from(extent).ok()).collect::<Option<Vec<_>>>();
    let dims = dims.ok_or_else(|| invalid("an extent is negative"))?;
    count(&dims)?;
    let rank = dims.len().max(array.dims.len());
    let padded = |dims: &[usize]| [vec![1; rank - dims.len()], dims.to_vec()].concat();
    let (from, to) = (padded(&array.dims), padded(&dims));
    let fits = |(&from, &to): (&usize, &usize)| from == to || from == 1 || to == 1;
    if !from.iter().zip(&to).all(fits) {
        return Err(invalid(format!("{} cannot be expanded to {}", Dims(&array.dims), Dims(&dims))));
    }
    let result: Vec<usize> = from.iter().zip(&to).map(|(&from, &to)| if from == 1 { to } else { from }).collect();
    computed(&result, room)?;
    let steps: Vec<usize> =
        from.iter().zip(strides(&from)).map(|(&extent, stride)| if extent == 1 { 0 } else { stride }).collect();
    Ok(array.gathered(result.clone(), offsets(&result, &steps)))
}
