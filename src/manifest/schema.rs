//! The TOML document as it stands in the file: keys and their types, nothing checked beyond that.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Fault, Result};
use crate::ir::Host;

/// The format version that is read and written.
pub(super) const FORMAT: i64 = 1;

/// The whole file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub format: i64,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    #[serde(default)]
    pub schemes: BTreeMap<String, String>,
    pub input: InputEntry,
    #[serde(default, rename = "layer")]
    pub layers: Vec<LayerEntry>,
    pub output: OutputEntry,
    #[serde(default, skip_serializing_if = "is_default")]
    pub host: Host,
}

fn is_default(host: &Host) -> bool {
    *host == Host::default()
}

/// `[input]`: the graph's input tensor.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputEntry {
    pub name: String,
    pub shape: Vec<u64>,
    pub bits: i64,
    #[serde(default)]
    pub signed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clamp: Option<[i64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_point: Option<i64>,
}

/// `[output]`: which tensor is the result.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputEntry {
    pub tensor: String,
}

/// The type of a layer's result.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeEntry {
    pub bits: i64,
    #[serde(default)]
    pub signed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clamp: Option<[i64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_point: Option<i64>,
}

/// Requantization constants of an operator without rows.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequantEntry {
    pub mul: i64,
    pub add: i64,
    pub shift: i64,
}

/// `requant` of a pool (one, or one per number of image pixels), of `add` and `concat` (one per operand) or of `leaky_relu`
/// (one per sign).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged, expecting = "expected `{ mul, add, shift }` or a list of them")]
pub(super) enum RequantKey {
    One(RequantEntry),
    List(Vec<RequantEntry>),
}

/// The value of `rounding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoundingName {
    Floor,
    HalfEven,
    HalfOdd,
}

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

    /// How many operands stand in `inputs`, as numbers and as text; `None` for operators with a single `input`.
    fn operands(self) -> Option<(RangeInclusive<usize>, &'static str)> {
        match self {
            Self::Add => Some((2..=2, "2")),
            Self::Concat => Some((2..=64, "2 to 64")),
            _ => None,
        }
    }
}

impl LayerEntry {
    /// Names of the tensors the layer reads.
    pub(super) fn sources(&self) -> Result<Vec<&str>> {
        let Some((counts, allowed)) = self.op.operands() else {
            return self.input.as_deref().map(|input| vec![input]).ok_or_else(|| self.missing("input"));
        };
        let names = self.inputs.as_deref().ok_or_else(|| self.missing("inputs"))?;
        if !counts.contains(&names.len()) {
            return Err(Fault::OperandCount { op: self.op.text(), found: names.len(), allowed }.into());
        }
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
    pub(super) fn missing(&self, key: &'static str) -> super::ManifestError {
        Fault::MissingKey { key, op: self.op.text() }.into()
    }
}

/// Reads the document and checks its version.
pub(super) fn parse(bytes: &[u8]) -> Result<Document> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = position(bytes, error.valid_up_to());
        Fault::Syntax { line, column, message: "this is not UTF-8 text".to_owned() }
    })?;
    let syntax = |error: toml::de::Error| {
        let (line, column, message) = locate(bytes, &error);
        Fault::Syntax { line, column, message }
    };
    let document = toml::de::Deserializer::parse(text).map_err(syntax)?;
    match Document::deserialize(document) {
        Ok(document) if document.format == FORMAT => Ok(document),
        Ok(document) => Err(Fault::Format { found: document.format }.into()),
        Err(error) => Err(schema_fault(text, &error).into()),
    }
}

/// A file of another version is refused for its version, not for the keys that this version does not know.
fn schema_fault(text: &str, error: &toml::de::Error) -> Fault {
    #[derive(Deserialize)]
    struct Version {
        format: i64,
    }
    match toml::from_str::<Version>(text) {
        Ok(Version { format }) if format != FORMAT => Fault::Format { found: format },
        _ => {
            let (line, column, message) = locate(text.as_bytes(), error);
            Fault::Schema { line, column, message }
        }
    }
}

fn locate(text: &[u8], error: &toml::de::Error) -> (usize, usize, String) {
    let (line, column) = position(text, error.span().map_or(0, |span| span.start));
    let message = error.message().lines().collect::<Vec<_>>().join("; ");
    let printable = message.chars().flat_map(|c| match c {
        c if c.is_control() => c.escape_default().collect::<Vec<_>>(),
        c => vec![c],
    });
    (line, column, printable.take(400).collect())
}

/// Line and column, both from 1, of a byte.
fn position(text: &[u8], byte: usize) -> (usize, usize) {
    let before = &text[..byte.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    let line = before.split(|&b| b == b'\n').count();
    (line, 1 + String::from_utf8_lossy(&before[line_start..]).chars().count())
}
