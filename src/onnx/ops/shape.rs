//! Operators that change the shape: of constants the elements are moved, of activations only the view.

use crate::onnx::act::Act;
use crate::onnx::array::{AXES, Array, Dims, count};
use crate::onnx::attributes::Kind::{Int, Ints, Text};
use crate::onnx::call::{Call, Value, axes, axis};
use crate::onnx::fault::{Reason, invalid};
use crate::onnx::names::escaped;
use crate::onnx::operator::Operator;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::onnx(&["Reshape"])
        .with(&[("allowzero", Int), ("shape", Ints)])
        .imports(|_, call| reshape(call))
        .folds(reshape),
    Operator::onnx(&["Flatten"]).with(&[("axis", Int)]).imports(|_, call| reshape(call)).folds(reshape),
    Operator::onnx(&["Squeeze", "Unsqueeze"]).with(&[("axes", Ints)]).imports(|_, call| reshape(call)).folds(reshape),
    Operator::onnx(&["Transpose"]).with(&[("perm", Ints)]).imports(|_, call| reshape(call)).folds(reshape),
    Operator::onnx(&["DepthToSpace", "SpaceToDepth"])
        .with(&[("blocksize", Int), ("mode", Text)])
        .imports(|_, call| blocks(call)),
    Operator::onnx(&["Shape"]).with(&[("end", Int), ("start", Int)]).imports(|_, call| shape_of(call)).folds(shape_of),
];

/// `Reshape`, `Flatten`, `Squeeze`, `Unsqueeze`, `Transpose` of constants and activations.
fn reshape(call: &Call) -> Result<Value, Reason> {
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
fn blocks(call: &Call) -> Result<Value, Reason> {
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
                other => return Err(invalid(format!("`mode` \"{}\" is not known", escaped(other)))),
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
fn shape_of(call: &Call) -> Result<Value, Reason> {
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
