//! One `[[layer]]` entry as an operator: window, shape and type of its result.

use super::rows::{Aliases, RowRuns};
use super::schema::{LayerEntry, OpName, RequantKey, TypeEntry};
use super::{Fault, Result, limits, types, window};
use crate::ir::{ActType, Op, Padding, Requant, Shape, Tensor, Window};
use crate::num::{Range, sum_range};

/// A layer whose graph side is checked.
#[derive(Debug)]
pub(super) struct Resolved {
    pub op: DraftOp,
    pub shape: Shape,
    pub act: ActType,
    pub scale: Option<f64>,
}

/// An operator, complete or waiting for its weights.
#[derive(Debug)]
pub(super) enum DraftOp {
    /// A convolution: `extents` is the shape of the stored weight tensor without its rows.
    Rows { window: Window, runs: RowRuns, extents: Vec<usize> },
    /// Needs no weights.
    Ready(Op),
}

/// Checks one layer against its operands.
pub(super) fn resolve(layer: &LayerEntry, aliases: &Aliases, inputs: &[&Tensor]) -> Result<Resolved> {
    layer.check_keys()?;
    let input = inputs[0];
    match layer.op {
        OpName::Conv2d => conv(layer, aliases, input),
        OpName::Dense => dense(layer, aliases, input),
        OpName::MaxPool => max_pool(layer, input),
        OpName::AvgPool => avg_pool(layer, input, window::window(layer, None)?),
        OpName::GlobalAvgPool => {
            let whole = [input.shape.height, input.shape.width];
            avg_pool(layer, input, Window { kernel: whole, stride: whole, padding: Padding::default() })
        }
        OpName::Relu | OpName::Clamp => clamp(layer, input),
        OpName::Add => add(layer, input, inputs[1]),
        OpName::Flatten => {
            let shape = Shape { channels: input.shape.len(), height: 1, width: 1 };
            Ok(Resolved { op: DraftOp::Ready(Op::Flatten), shape, act: input.act, scale: input.scale })
        }
    }
}

fn conv(layer: &LayerEntry, aliases: &Aliases, input: &Tensor) -> Result<Resolved> {
    let window = window::window(layer, Some([1, 1]))?;
    let extents = vec![input.shape.channels, window.kernel[0], window.kernel[1]];
    with_rows(layer, aliases, input, window, extents)
}

fn dense(layer: &LayerEntry, aliases: &Aliases, input: &Tensor) -> Result<Resolved> {
    let Shape { channels, height, width } = input.shape;
    if height != 1 || width != 1 {
        return Err(Fault::NotAVector { input: input.name.clone(), channels, height, width }.into());
    }
    let window = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    with_rows(layer, aliases, input, window, vec![channels])
}

fn with_rows(
    layer: &LayerEntry,
    aliases: &Aliases,
    input: &Tensor,
    window: Window,
    extents: Vec<usize>,
) -> Result<Resolved> {
    let rows = layer.rows.as_deref().ok_or_else(|| layer.missing("rows"))?;
    let runs = RowRuns::parse(rows, aliases)?;
    let all: Vec<usize> = std::iter::once(runs.total()).chain(extents.iter().copied()).collect();
    window::check_elements(&all)?;
    let shape = window::slide(input.shape, &window, runs.total())?;
    let (act, scale) = stated(layer)?;
    Ok(Resolved { op: DraftOp::Rows { window, runs, extents }, shape, act, scale })
}

fn max_pool(layer: &LayerEntry, input: &Tensor) -> Result<Resolved> {
    let window = window::window(layer, None)?;
    let shape = window::slide(input.shape, &window, input.shape.channels)?;
    Ok(Resolved { op: DraftOp::Ready(Op::MaxPool(window)), shape, act: input.act, scale: input.scale })
}

fn avg_pool(layer: &LayerEntry, input: &Tensor, window: Window) -> Result<Resolved> {
    let shape = window::slide(input.shape, &window, input.shape.channels)?;
    let requant = match layer.requant.ok_or_else(|| layer.missing("requant"))? {
        RequantKey::One(entry) => types::requant(entry)?,
        RequantKey::Two(_) => return Err(Fault::RequantCount { op: layer.op.text(), expected: "one set" }.into()),
    };
    let acc = sum_range(input.act, window.kernel[0] * window.kernel[1]);
    limits::check_acc(acc)?;
    limits::check_requant(acc, requant)?;
    let (act, scale) = stated(layer)?;
    Ok(Resolved { op: DraftOp::Ready(Op::AvgPool(window, requant)), shape, act, scale })
}

fn clamp(layer: &LayerEntry, input: &Tensor) -> Result<Resolved> {
    let (act, scale) = if layer.output.is_some() { stated(layer)? } else { (input.act, input.scale) };
    let act = if layer.op == OpName::Relu { types::rectified(act)? } else { act };
    Ok(Resolved { op: DraftOp::Ready(Op::Clamp), shape: input.shape, act, scale })
}

fn add(layer: &LayerEntry, left: &Tensor, right: &Tensor) -> Result<Resolved> {
    if left.shape != right.shape {
        let text = |s: Shape| format!("{}x{}x{}", s.channels, s.height, s.width);
        return Err(Fault::Operands { left: text(left.shape), right: text(right.shape) }.into());
    }
    let requant = match layer.requant {
        None => [Requant::IDENTITY; 2],
        Some(RequantKey::Two([a, b])) => [types::requant(a)?, types::requant(b)?],
        Some(RequantKey::One(_)) => {
            return Err(Fault::RequantCount { op: "add", expected: "a list of two sets" }.into());
        }
    };
    for (operand, requant) in [left, right].into_iter().zip(requant) {
        let range = Range { min: operand.act.lo.into(), max: operand.act.hi.into() };
        limits::check_requant(range, requant)?;
    }
    let (act, scale) = stated(layer)?;
    Ok(Resolved { op: DraftOp::Ready(Op::Add(requant)), shape: left.shape, act, scale })
}

/// The type in `output`.
fn stated(layer: &LayerEntry) -> Result<(ActType, Option<f64>)> {
    let entry: &TypeEntry = layer.output.as_ref().ok_or_else(|| layer.missing("output"))?;
    Ok((types::act_type(entry)?, types::scale(entry.scale)?))
}
