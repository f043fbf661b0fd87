//! One `[[layer]]` entry as an operator and back: names, keys, and what becomes of them.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::entries::{RequantKey, RoundingName, TensorType, TypeEntry, rounding_name};
use super::rows::{self, Aliases, RowRuns};
use super::{Fault, ManifestError, Result};
use crate::ir::{self, Average, Layer, Network, Op, Padding, Requant, Shape, Tensor, Window, check_operands, limits};

/// The value of `op`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OpName {
    Conv2d,
    Dense,
    MaxPool,
    AvgPool,
    GlobalAvgPool,
    Relu,
    Clamp,
    LeakyRelu,
    Add,
    Concat,
    Upsample,
    Flatten,
}

/// One `[[layer]]`; which keys belong to which operator is checked afterwards.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerEntry {
    pub name: String,
    pub op: OpName,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<[u64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<[u64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<[u64; 4]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<[u64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requant: Option<RequantKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<RoundingName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<TypeEntry>,
}

impl OpName {
    /// The operator as written in the file.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Conv2d => "conv2d",
            Self::Dense => "dense",
            Self::MaxPool => "max_pool",
            Self::AvgPool => "avg_pool",
            Self::GlobalAvgPool => "global_avg_pool",
            Self::Relu => "relu",
            Self::Clamp => "clamp",
            Self::LeakyRelu => "leaky_relu",
            Self::Add => "add",
            Self::Concat => "concat",
            Self::Upsample => "upsample",
            Self::Flatten => "flatten",
        }
    }

    /// Keys an operator may have besides `name` and `op`.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Conv2d => &["input", "rows", "groups", "kernel", "stride", "padding", "rounding", "shift", "output"],
            Self::Dense => &["input", "rows", "rounding", "shift", "output"],
            Self::MaxPool => &["input", "kernel", "stride", "padding"],
            Self::AvgPool => &["input", "kernel", "stride", "padding", "requant", "rounding", "shift", "output"],
            Self::GlobalAvgPool | Self::LeakyRelu => &["input", "requant", "rounding", "shift", "output"],
            Self::Relu | Self::Clamp => &["input", "output"],
            Self::Add | Self::Concat => &["inputs", "requant", "rounding", "shift", "output"],
            Self::Upsample => &["input", "factor"],
            Self::Flatten => &["input"],
        }
    }

    /// How many operands stand in `inputs`; `None` for operators with a single `input`.
    fn operands(self) -> Option<RangeInclusive<usize>> {
        match self {
            Self::Add => Some(2..=2),
            Self::Concat => Some(2..=64),
            _ => None,
        }
    }
}

impl LayerEntry {
    /// Names of the tensors the layer reads.
    pub(super) fn sources(&self) -> Result<Vec<&str>> {
        let Some(counts) = self.op.operands() else {
            return self.input.as_deref().map(|input| vec![input]).ok_or_else(|| self.missing("input"));
        };
        let names = self.inputs.as_deref().ok_or_else(|| self.missing("inputs"))?;
        check_operands(self.op.text(), &counts, names.len())?;
        Ok(names.iter().map(String::as_str).collect())
    }

    /// Refuses keys of other operators.
    pub(super) fn check_keys(&self) -> Result<()> {
        let present = [
            ("input", self.input.is_some()),
            ("inputs", self.inputs.is_some()),
            ("rows", self.rows.is_some()),
            ("groups", self.groups.is_some()),
            ("kernel", self.kernel.is_some()),
            ("stride", self.stride.is_some()),
            ("padding", self.padding.is_some()),
            ("factor", self.factor.is_some()),
            ("requant", self.requant.is_some()),
            ("shift", self.shift.is_some()),
            ("rounding", self.rounding.is_some()),
            ("output", self.output.is_some()),
        ];
        match present.iter().find(|(key, present)| *present && !self.op.keys().contains(key)) {
            Some(&(key, _)) => Err(Fault::SurplusKey { key, op: self.op.text() }.into()),
            None => Ok(()),
        }
    }

    /// The error for a key this operator cannot do without.
    pub(super) fn missing(&self, key: &'static str) -> ManifestError {
        Fault::MissingKey { key, op: self.op.text() }.into()
    }
}

/// A layer whose graph side is checked.
#[derive(Debug)]
pub(super) struct Resolved {
    pub op: DraftOp,
    pub shape: Shape,
    pub kind: TensorType,
}

impl Resolved {
    fn new(op: Op, inputs: &[&Tensor], kind: TensorType) -> Result<Self> {
        let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
        let shape = op.shape(&shapes)?;
        Ok(Self { op: DraftOp::Ready(op), shape, kind })
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
        OpName::MaxPool => as_input(Op::MaxPool(window(layer, None)?), input),
        OpName::AvgPool => avg_pool(layer, input, window(layer, None)?),
        OpName::GlobalAvgPool => {
            let whole = [input.shape.height, input.shape.width];
            avg_pool(layer, input, Window { kernel: whole, stride: whole, padding: Padding::default() })
        }
        OpName::Relu | OpName::Clamp => clamp(layer, input),
        OpName::LeakyRelu => {
            layer.requant.as_ref().ok_or_else(|| layer.missing("requant"))?;
            Resolved::new(Op::LeakyRelu(requants(layer)?), inputs, stated(layer)?)
        }
        OpName::Add => Resolved::new(Op::Add(requants(layer)?), inputs, stated(layer)?),
        OpName::Concat => Resolved::new(Op::Concat(requant_list(layer, inputs.len())?), inputs, stated(layer)?),
        OpName::Upsample => {
            let factor = layer.factor.ok_or_else(|| layer.missing("factor"))?;
            as_input(Op::Upsample(limits::factor(factor)?), input)
        }
        OpName::Flatten => as_input(Op::Flatten, input),
    }
}

/// A layer whose result has the type of its input.
fn as_input(op: Op, input: &Tensor) -> Result<Resolved> {
    Resolved::new(op, &[input], TensorType::of(input))
}

fn conv(layer: &LayerEntry, aliases: &Aliases, input: &Tensor) -> Result<Resolved> {
    let window = window(layer, Some([1, 1]))?;
    let runs = row_runs(layer, aliases)?;
    let groups = limits::groups(layer.groups.unwrap_or(1), input.shape.channels, runs.total())?;
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

fn with_rows(
    layer: &LayerEntry,
    input: &Tensor,
    window: Window,
    groups: usize,
    runs: RowRuns,
    extents: Vec<usize>,
) -> Result<Resolved> {
    let all: Vec<usize> = std::iter::once(runs.total()).chain(extents.iter().copied()).collect();
    limits::weights(&all)?;
    let shape = input.shape.slid(&window, runs.total())?;
    Ok(Resolved { op: DraftOp::Rows { window, groups, runs, extents }, shape, kind: stated(layer)? })
}

fn avg_pool(layer: &LayerEntry, input: &Tensor, window: Window) -> Result<Resolved> {
    let area = window.kernel[0] * window.kernel[1];
    let average = match layer.requant.as_ref().ok_or_else(|| layer.missing("requant"))? {
        RequantKey::One(entry) => Average::Window(entry.read()?),
        RequantKey::List(sets) if layer.op == OpName::AvgPool && sets.len() == area => {
            Average::Image(sets.iter().map(|entry| entry.read()).collect::<Result<_, _>>()?)
        }
        RequantKey::List(_) if layer.op == OpName::AvgPool => {
            return Err(requant_count(layer, format!("one set or a list of {area} sets")));
        }
        RequantKey::List(_) => return Err(requant_count(layer, "one set".to_owned())),
    };
    Resolved::new(Op::AvgPool(window, average), &[input], stated(layer)?)
}

fn clamp(layer: &LayerEntry, input: &Tensor) -> Result<Resolved> {
    let mut kind = if layer.output.is_some() { stated(layer)? } else { TensorType::of(input) };
    if layer.op == OpName::Relu {
        kind.act = kind.act.rectified(kind.zero_point)?;
    }
    Resolved::new(Op::Clamp, &[input], kind)
}

/// The window of a layer; a stride that is not stated is `default_stride`, or the kernel.
fn window(layer: &LayerEntry, default_stride: Option<[u64; 2]>) -> Result<Window> {
    let kernel = layer.kernel.ok_or_else(|| layer.missing("kernel"))?;
    let stride = layer.stride.or(default_stride).unwrap_or(kernel);
    Ok(Window::within(kernel, stride, layer.padding.unwrap_or_default())?)
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
        Some(RequantKey::List(sets)) if sets.len() == operands => {
            Ok(sets.iter().map(|set| set.read()).collect::<Result<_, _>>()?)
        }
        Some(_) => Err(requant_count(layer, format!("a list of {operands} sets"))),
    }
}

fn requant_count(layer: &LayerEntry, expected: String) -> ManifestError {
    ir::Fault::RequantCount { op: layer.op.text(), expected }.into()
}

/// The type in `output`.
fn stated(layer: &LayerEntry) -> Result<TensorType> {
    Ok(TensorType::stated(layer.output.as_ref().ok_or_else(|| layer.missing("output"))?)?)
}

/// The entry of a layer.
pub(super) fn entry(network: &Network, layer: &Layer) -> LayerEntry {
    let names: Vec<String> = layer.inputs.iter().map(|id| network.tensor(*id).name.clone()).collect();
    let mut entry = LayerEntry {
        name: layer.name.clone(),
        op: OpName::Flatten,
        input: names.first().cloned(),
        inputs: None,
        rows: None,
        groups: None,
        kernel: None,
        stride: None,
        padding: None,
        factor: None,
        requant: None,
        shift: (layer.shift != 0).then_some(layer.shift.into()),
        rounding: rounding_name(layer.rounding),
        output: (!layer.op.facts().keeps_type).then(|| TensorType::of(network.tensor(layer.output)).entry()),
    };
    if let Some(Window { kernel, stride, padding }) = layer.op.facts().window {
        let Padding { top, left, bottom, right } = *padding;
        entry.kernel = Some(kernel.map(|n| n as u64));
        entry.stride = Some(stride.map(|n| n as u64));
        entry.padding = Some([top, left, bottom, right].map(|n| n as u64));
    }
    match &layer.op {
        Op::Conv(conv) => {
            entry.op = OpName::Conv2d;
            entry.rows = Some(rows::text(&conv.matrix.schemes));
            entry.groups = (conv.groups != 1).then_some(conv.groups as u64);
        }
        Op::MaxPool(_) => entry.op = OpName::MaxPool,
        Op::AvgPool(_, average) => {
            entry.op = OpName::AvgPool;
            entry.requant = Some(match average {
                Average::Window(requant) => RequantKey::One((*requant).into()),
                Average::Image(requants) => RequantKey::list(requants),
            });
        }
        Op::Add(requants) => set_operands(&mut entry, OpName::Add, names, requants),
        Op::Concat(requants) => set_operands(&mut entry, OpName::Concat, names, requants),
        Op::LeakyRelu(requants) => {
            entry.op = OpName::LeakyRelu;
            entry.requant = Some(RequantKey::list(requants));
        }
        Op::Upsample(factor) => {
            entry.op = OpName::Upsample;
            entry.factor = Some(factor.map(|n| n as u64));
        }
        Op::Clamp => entry.op = OpName::Clamp,
        Op::Flatten => entry.op = OpName::Flatten,
    }
    entry
}

fn set_operands(entry: &mut LayerEntry, op: OpName, names: Vec<String>, requants: &[Requant]) {
    entry.op = op;
    entry.input = None;
    entry.inputs = Some(names);
    entry.requant = Some(RequantKey::list(requants));
}
