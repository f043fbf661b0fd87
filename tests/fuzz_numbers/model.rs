//! Graphs as the generator makes them, the executor runs them and the writer writes them.

use crate::value::Value;

/// Element types of ONNX that occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Float = 1,
    Uint8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
    Uint4 = 21,
    Int4 = 22,
}

impl Type {
    /// Smallest and largest integer.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Uint8 => (0.0, 255.0),
            Self::Int8 => (-128.0, 127.0),
            Self::Uint4 => (0.0, 15.0),
            Self::Int4 => (-8.0, 7.0),
            Self::Int32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
            Self::Float | Self::Int64 => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

/// A constant of the graph.
#[derive(Clone, Debug)]
pub struct Constant {
    pub name: String,
    pub kind: Type,
    pub value: Value,
    /// The axis of the rows, of weights that the file leaves in floating point.
    pub rows: Option<usize>,
}

/// An attribute of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    Int(i64),
    Float(f32),
    Text(&'static str),
    Ints(Vec<i64>),
}

/// One operator.
#[derive(Clone, Debug)]
pub struct Node {
    pub op: &'static str,
    pub domain: &'static str,
    pub name: String,
    /// Empty names are operands left out.
    pub inputs: Vec<String>,
    pub output: String,
    pub attributes: Vec<(&'static str, Attribute)>,
    /// Smallest and largest integer of the result, for those operators whose result has an integer type.
    pub range: (f64, f64),
}

impl Node {
    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// An integer attribute.
    pub fn int(&self, name: &str, default: i64) -> i64 {
        if let Some(Attribute::Int(value)) = self.attribute(name) { *value } else { default }
    }

    /// A real attribute.
    pub fn float(&self, name: &str, default: f32) -> f64 {
        f64::from(if let Some(Attribute::Float(value)) = self.attribute(name) { *value } else { default })
    }

    /// A text attribute.
    pub fn text(&self, name: &str, default: &'static str) -> &'static str {
        if let Some(Attribute::Text(value)) = self.attribute(name) { value } else { default }
    }

    /// A list of integers.
    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        if let Some(Attribute::Ints(value)) = self.attribute(name) { Some(value) } else { None }
    }
}

/// A file: one input `x`, one output.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub opset: i64,
    /// Extents of the input, the batch axis included.
    pub input: Vec<usize>,
    pub constants: Vec<Constant>,
    pub nodes: Vec<Node>,
    pub output: String,
    pub output_dims: Vec<usize>,
}

impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "opset {}, x {:?} -> {} {:?}", self.opset, self.input, self.output, self.output_dims)?;
        for constant in &self.constants {
            let short: Vec<f64> = constant.value.lo.iter().take(6).copied().collect();
            writeln!(f, "  {} {:?} {:?} = {short:?}", constant.name, constant.kind, constant.value.dims)?;
        }
        for node in &self.nodes {
            let Node { op, domain, inputs, output, attributes, .. } = node;
            writeln!(f, "  {output} = {domain}:{op}({}) {attributes:?}", inputs.join(", "))?;
        }
        Ok(())
    }
}
