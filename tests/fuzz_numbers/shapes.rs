//! Operators that move elements.

use crate::model::Node;
use crate::value::Value;

/// An axis counted from the front.
pub fn axis(axis: i64, rank: usize) -> usize {
    if axis < 0 { (rank as i64 + axis) as usize } else { axis as usize }
}

/// The position along every axis of a flat index.
fn position(mut flat: usize, dims: &[usize]) -> Vec<usize> {
    let mut at = vec![0; dims.len()];
    for axis in (0..dims.len()).rev() {
        at[axis] = flat % dims[axis];
        flat /= dims[axis];
    }
    at
}

fn flat(at: &[usize], dims: &[usize]) -> usize {
    at.iter().zip(dims).fold(0, |index, (at, extent)| index * extent + at)
}

/// One node of this kind.
pub fn apply(node: &Node, operands: &[Option<&Value>]) -> Value {
    let x = operands[0].expect("operand");
    let rank = x.dims.len();
    let second = || operands[1].expect("operand").ints();
    match node.op {
        "Flatten" => {
            let split = axis(node.int("axis", 1), rank);
            let (outer, inner) = (x.dims[..split].iter().product(), x.dims[split..].iter().product());
            x.reshaped(&[outer, inner])
        }
        "Reshape" => reshape(x, &second()),
        "Transpose" => {
            let order: Vec<usize> = node.ints("perm").expect("perm").iter().map(|&axis| axis as usize).collect();
            transposed(x, &order)
        }
        "Squeeze" => {
            let gone: Vec<usize> = second().iter().map(|&one| axis(one, rank)).collect();
            let kept = (0..rank).filter(|axis| !gone.contains(axis)).map(|axis| x.dims[axis]);
            x.reshaped(&kept.collect::<Vec<_>>())
        }
        "Unsqueeze" => {
            let list = second();
            let new: Vec<usize> = list.iter().map(|&one| axis(one, rank + list.len())).collect();
            let mut old = x.dims.iter();
            let dims =
                (0..rank + list.len()).map(|axis| if new.contains(&axis) { 1 } else { *old.next().expect("axis") });
            x.reshaped(&dims.collect::<Vec<_>>())
        }
        "Concat" => concat(&operands.iter().map(|value| value.expect("operand")).collect::<Vec<_>>(), {
            axis(node.int("axis", 1), rank)
        }),
        "Pad" => pad(x, &second(), operands.get(2).copied().flatten().map_or(0.0, |value| value.lo[0])),
        "Resize" => resize(x, operands[2].expect("scales")),
        other => panic!("the executor does not know {other}"),
    }
}

fn reshape(x: &Value, wanted: &[i64]) -> Value {
    let copied = |(axis, &extent): (usize, &i64)| if extent == 0 { x.dims[axis] as i64 } else { extent };
    let dims: Vec<i64> = wanted.iter().enumerate().map(copied).collect();
    let known: i64 = dims.iter().filter(|extent| **extent > 0).product();
    let rest = x.len() as i64 / known;
    let dims: Vec<usize> = dims.iter().map(|&extent| if extent < 0 { rest } else { extent } as usize).collect();
    x.reshaped(&dims)
}

/// Axes in another order.
pub fn transposed(x: &Value, order: &[usize]) -> Value {
    let dims: Vec<usize> = order.iter().map(|&axis| x.dims[axis]).collect();
    let source = |index: usize| {
        let at = position(index, &dims);
        let mut from = vec![0; at.len()];
        order.iter().zip(at).for_each(|(&axis, at)| from[axis] = at);
        flat(&from, &x.dims)
    };
    x.pick(&dims, (0..x.len()).map(source))
}

fn concat(parts: &[&Value], axis: usize) -> Value {
    let mut dims = parts[0].dims.clone();
    dims[axis] = parts.iter().map(|part| part.dims[axis]).sum();
    let mut result = Value { dims: dims.clone(), ..Value::default() };
    for index in 0..dims.iter().product() {
        let mut at = position(index, &dims);
        let mut part = 0;
        while at[axis] >= parts[part].dims[axis] {
            at[axis] -= parts[part].dims[axis];
            part += 1;
        }
        let from = flat(&at, &parts[part].dims);
        result.lo.push(parts[part].lo[from]);
        result.hi.push(parts[part].hi[from]);
    }
    result
}

fn pad(x: &Value, pads: &[i64], value: f64) -> Value {
    let rank = x.dims.len();
    let grown = |axis: usize| (x.dims[axis] as i64 + pads[axis] + pads[rank + axis]) as usize;
    let dims: Vec<usize> = (0..rank).map(grown).collect();
    let mut result = Value { dims: dims.clone(), ..Value::default() };
    for index in 0..dims.iter().product() {
        let at: Vec<i64> = position(index, &dims).iter().zip(pads).map(|(&at, pad)| at as i64 - pad).collect();
        let inside = at.iter().zip(&x.dims).all(|(&at, &extent)| (0..extent as i64).contains(&at));
        let from = inside.then(|| flat(&at.iter().map(|&at| at as usize).collect::<Vec<_>>(), &x.dims));
        result.lo.push(from.map_or(value, |from| x.lo[from]));
        result.hi.push(from.map_or(value, |from| x.hi[from]));
    }
    result
}

/// Nearest neighbour with whole factors.
fn resize(x: &Value, scales: &Value) -> Value {
    let factors: Vec<usize> = scales.lo.iter().map(|&factor| factor as usize).collect();
    let dims: Vec<usize> = x.dims.iter().zip(&factors).map(|(extent, factor)| extent * factor).collect();
    let source = |index: usize| {
        let at: Vec<usize> = position(index, &dims).iter().zip(&factors).map(|(at, factor)| at / factor).collect();
        flat(&at, &x.dims)
    };
    let indices: Vec<usize> = (0..dims.iter().product()).map(source).collect();
    x.pick(&dims, indices.into_iter())
}
