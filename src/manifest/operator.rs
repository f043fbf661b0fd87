//! One `[[layer]]` entry as an operator: window, shape and type of its result.

use super::rows::{Aliases, RowRuns};
use super::schema::{LayerEntry, OpName, RequantKey};
use super::types::TensorType;
use super::{Fault, ManifestError, Result, types, window};
use crate::ir::{Average, Op, Padding, Requant, Shape, Tensor, Window};

/// A layer whose graph side is checked.
#[derive(Debug)]
pub(super) struct Resolved {
    pub op: DraftOp,
    pub shape: Shape,
    pub kind: TensorType,
}

impl Resolved {
    fn new(op: Op, shape: Shape, kind: TensorType) -> Self {
        Self { op: DraftOp::Ready(op), shape, kind }
    }
}

/// An operator, complete or waiting for its weights.
#[derive(Debug)]
pub(super) enum DraftOp {
    /// A convolution: `extents` is the shape of the stored weight tensor without its rows.
    Rows { window: Window, groups: usize, runs: RowRuns, extents: Vec<usize> },
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
        OpName::LeakyRelu => leaky_relu(layer, input),
        OpName::Add => add(layer, input, inputs[1]),
        OpName::Concat => concat(layer, inputs),
        OpName::Upsample => {
            let factor = window::factor(layer)?;
            let shape = window::upsampled(input.shape, factor)?;
            Ok(Resolved::new(Op::Upsample(factor), shape, TensorType::of(input)))
        }
        OpName::Flatten => {
            let shape = Shape { channels: input.shape.len(), height: 1, width: 1 };
            Ok(Resolved::new(Op::Flatten, shape, TensorType::of(input)))
        }
    }
}

fn conv(layer: &LayerEntry, aliases: &Aliases, input: &Tensor) -> Result<Resolved> {
    let window = window::window(layer, Some([1, 1]))?;
    let runs = row_runs(layer, aliases)?;
    let groups = groups(layer, input.shape.channels, runs.total())?;
    let extents = vec![input.shape.channels / groups, window.kernel[0], window.kernel[1]];
    with_rows(layer, input, window, groups, runs, extents)
}

fn dense(layer: &LayerEntry, aliases: &Aliases, input: &Tensor) -> Result<Resolved> {
    let Shape { channels, height, width } = input.shape;
    if height != 1 || width != 1 {
        return Err(Fault::NotAVector { input: input.name.clone(), channels, height, width }.into());
    }
    let window = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let runs = row_runs(layer, aliases)?;
    with_rows(layer, input, window, 1, runs, vec![channels])
}

fn row_runs(layer: &LayerEntry, aliases: &Aliases) -> Result<RowRuns> {
    RowRuns::parse(layer.rows.as_deref().ok_or_else(|| layer.missing("rows"))?, aliases)
}

/// Groups of equal size.
fn groups(layer: &LayerEntry, channels: usize, rows: usize) -> Result<usize> {
    let groups = layer.groups.unwrap_or(1);
    let divides = |count: usize| (count as u64).checked_rem(groups) == Some(0);
    if divides(channels) && divides(rows) {
        Ok(groups as usize)
    } else {
        Err(Fault::Groups { groups, channels, rows }.into())
    }
}

fn with_rows(
    layer: &LayerEntry,
    input: &Tensor,
    window: Window,
    groups: usize,
    runs: RowRuns,
    extents: Vec<usize>,
) -> Result<Resolved> {
    let all: Vec<usize> = std::iter::once(runs.total()).chain(extents.iter().copied()).collect();
    window::check_elements(&all)?;
    let shape = window::slide(input.shape, &window, runs.total())?;
    Ok(Resolved { op: DraftOp::Rows { window, groups, runs, extents }, shape, kind: stated(layer)? })
}

fn max_pool(layer: &LayerEntry, input: &Tensor) -> Result<Resolved> {
    let window = window::window(layer, None)?;
    let shape = window::slide(input.shape, &window, input.shape.channels)?;
    Ok(Resolved::new(Op::MaxPool(window), shape, TensorType::of(input)))
}

fn avg_pool(layer: &LayerEntry, input: &Tensor, window: Window) -> Result<Resolved> {
    let shape = window::slide(input.shape, &window, input.shape.channels)?;
    let area = window.kernel[0] * window.kernel[1];
    let average = match layer.requant.as_ref().ok_or_else(|| layer.missing("requant"))? {
        RequantKey::One(entry) => Average::Window(types::requant(*entry)?),
        RequantKey::List(sets) if layer.op == OpName::AvgPool && sets.len() == area => {
            Average::Image(sets.iter().map(|entry| types::requant(*entry)).collect::<Result<_>>()?)
        }
        RequantKey::List(_) if layer.op == OpName::AvgPool => {
            return Err(requant_count(layer, format!("one set or a list of {area} sets")));
        }
        RequantKey::List(_) => return Err(requant_count(layer, "one set".to_owned())),
    };
    Ok(Resolved::new(Op::AvgPool(window, average), shape, stated(layer)?))
}

fn clamp(layer: &LayerEntry, input: &Tensor) -> Result<Resolved> {
    let mut kind = if layer.output.is_some() { stated(layer)? } else { TensorType::of(input) };
    if layer.op == OpName::Relu {
        kind.act = types::rectified(kind.act, kind.zero_point)?;
    }
    Ok(Resolved::new(Op::Clamp, input.shape, kind))
}

fn leaky_relu(layer: &LayerEntry, input: &Tensor) -> Result<Resolved> {
    layer.requant.as_ref().ok_or_else(|| layer.missing("requant"))?;
    let requants = requants(layer)?;
    Ok(Resolved::new(Op::LeakyRelu(requants), input.shape, stated(layer)?))
}

fn add(layer: &LayerEntry, left: &Tensor, right: &Tensor) -> Result<Resolved> {
    if left.shape != right.shape {
        return Err(mismatch(left, right));
    }
    Ok(Resolved::new(Op::Add(requants(layer)?), left.shape, stated(layer)?))
}

fn concat(layer: &LayerEntry, inputs: &[&Tensor]) -> Result<Resolved> {
    let Shape { height, width, .. } = inputs[0].shape;
    if let Some(other) = inputs.iter().find(|other| (other.shape.height, other.shape.width) != (height, width)) {
        return Err(mismatch(inputs[0], other));
    }
    let channels: usize = inputs.iter().map(|input| input.shape.channels).sum();
    let shape = window::shape([channels, height, width].map(|n| n as u64))?;
    Ok(Resolved::new(Op::Concat(requant_list(layer, inputs.len())?), shape, stated(layer)?))
}

/// The error for operands that do not fit together.
fn mismatch(left: &Tensor, right: &Tensor) -> ManifestError {
    let text = |s: Shape| format!("{}x{}x{}", s.channels, s.height, s.width);
    Fault::Operands { left: text(left.shape), right: text(right.shape) }.into()
}

/// Constants for each of two tensors.
fn requants(layer: &LayerEntry) -> Result<[Requant; 2]> {
    match requant_list(layer, 2)?.as_slice() {
        &[first, second] => Ok([first, second]),
        _ => Err(requant_count(layer, "a list of 2 sets".to_owned())),
    }
}

/// Constants for each tensor; the default changes nothing.
fn requant_list(layer: &LayerEntry, operands: usize) -> Result<Vec<Requant>> {
    match &layer.requant {
        None => Ok(vec![Requant::IDENTITY; operands]),
        Some(RequantKey::List(sets)) if sets.len() == operands => sets.iter().map(|set| types::requant(*set)).collect(),
        Some(_) => Err(requant_count(layer, format!("a list of {operands} sets"))),
    }
}

fn requant_count(layer: &LayerEntry, expected: String) -> ManifestError {
    Fault::RequantCount { op: layer.op.text(), expected }.into()
}

/// The type in `output`.
fn stated(layer: &LayerEntry) -> Result<TensorType> {
    TensorType::stated(layer.output.as_ref().ok_or_else(|| layer.missing("output"))?)
}
