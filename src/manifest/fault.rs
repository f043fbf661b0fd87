//! Everything that can be wrong with a manifest: message, stable code and help in one place.

use miette::Diagnostic;

use crate::ir;
use crate::num::ParseSchemeError;

/// What is wrong. Text from files is kept escaped, so that an error message stays on its line.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Diagnostic)]
#[allow(missing_docs, reason = "the message of each variant is its documentation")]
pub enum Fault {
    /// The network itself is at fault.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Network(#[from] ir::Fault),

    #[error("cannot read the file")]
    #[diagnostic(code("RWS-M001"), help("check that the path exists and is readable"))]
    Unreadable,

    #[error("this is not a regular file")]
    #[diagnostic(code("RWS-M002"), help("give the path of a plain file, not of a folder, pipe or device"))]
    NotRegular,

    #[error("the file has {bytes} bytes; the limit is {limit}")]
    #[diagnostic(code("RWS-M003"), help("split the network, or store levels as 8-bit integers"))]
    FileTooLarge { bytes: u64, limit: u64 },

    #[error("line {line}, column {column}: {message}")]
    #[diagnostic(code("RWS-M004"), help("the file must be valid TOML in UTF-8"))]
    Syntax { line: usize, column: usize, message: String },

    #[error("line {line}, column {column}: {message}")]
    #[diagnostic(code("RWS-M005"), help("docs/manifest.md lists every key with its type and default"))]
    Schema { line: usize, column: usize, message: String },

    #[error("format version {found} is not supported")]
    #[diagnostic(code("RWS-M006"), help("this version of rowsmith reads `format = 1`"))]
    Format { found: i64 },

    #[error("scheme alias \"{alias}\": {source}")]
    #[diagnostic(
        code("RWS-M010"),
        help("schemes are fixed(b), pot(b), sp2(b;m1,m2) and ausn(b;s); see docs/number-systems.md")
    )]
    Scheme { alias: String, source: ParseSchemeError },

    #[error("`rows`, item \"{item}\": {reason}")]
    #[diagnostic(
        code("RWS-M011"),
        help("`rows` lists `alias` or `alias*count`, separated by spaces; define aliases in [schemes]")
    )]
    Rows { item: String, reason: &'static str },

    #[error("`rows` describes {described} rows, but the tensor \"{tensor}\" has {stored}")]
    #[diagnostic(code("RWS-M012"), help("the counts in `rows` must add up to the rows of the weight tensor"))]
    RowCount { described: usize, stored: usize, tensor: String },

    #[error("the key `{key}` does not belong to the operator `{op}`")]
    #[diagnostic(
        code("RWS-M013"),
        help("remove the key, or check `op`; docs/manifest.md lists the keys of every operator")
    )]
    SurplusKey { key: &'static str, op: &'static str },

    #[error("the operator `{op}` needs the key `{key}`")]
    #[diagnostic(code("RWS-M014"), help("add the key; docs/manifest.md lists the keys of every operator"))]
    MissingKey { key: &'static str, op: &'static str },

    #[error("there is no tensor \"{name}\"")]
    #[diagnostic(code("RWS-M015"), help("a tensor is named after the layer that produces it, or after the [input]"))]
    UnknownTensor { name: String },

    #[error("the layers form a cycle: {cycle}")]
    #[diagnostic(code("RWS-M016"), help("a network is a graph without cycles: remove one of these connections"))]
    Cycle { cycle: String },

    #[error("the shape has {found} numbers")]
    #[diagnostic(code("RWS-M023"), help("write [channels, height, width] for an image or [n] for a vector"))]
    Rank { found: usize },

    #[error("a dense layer needs a vector, but its input \"{input}\" is an image of {channels}x{height}x{width}")]
    #[diagnostic(code("RWS-M026"), help("insert a layer with `op = \"flatten\"` before it"))]
    NotAVector { input: String, channels: usize, height: usize, width: usize },

    #[error("the weights path \"{path}\" is not inside the manifest's folder")]
    #[diagnostic(code("RWS-M028"), help("use a relative path without `..`, and no link that leads out of the folder"))]
    Outside { path: String },

    #[error("this is not a safetensors file: {reason}")]
    #[diagnostic(code("RWS-M029"), help("the file may be cut off: write it again with the safetensors package"))]
    Safetensors { reason: String },

    #[error("the tensor \"{tensor}\" is missing")]
    #[diagnostic(
        code("RWS-M030"),
        help(
            "a layer with rows needs the tensors <layer>.weight, .mul, .add and .shift; one with a leaky rectifier also needs .negative_below, .negative_mul, .negative_add and .negative_shift"
        )
    )]
    MissingTensor { tensor: String },

    #[error("no layer uses the tensors {tensors}")]
    #[diagnostic(code("RWS-M031"), help("remove them from the file, or check the layer names"))]
    SurplusTensors { tensors: String },

    #[error("the tensor \"{tensor}\" has the type {dtype}, which is not supported")]
    #[diagnostic(
        code("RWS-M032"),
        help(
            "store integers: I8, U8, I16, U16, I32, U32 or I64; levels are integers on the scheme's grid, not real weights"
        )
    )]
    Dtype { tensor: String, dtype: String },

    #[error("the tensor \"{tensor}\" has the shape {found:?}; expected {expected:?}")]
    #[diagnostic(
        code("RWS-M033"),
        help("weights are [rows, channels / groups, kernel height, kernel width] or [rows, n]; constants are [rows]")
    )]
    TensorShape { tensor: String, found: Vec<usize>, expected: Vec<usize> },

    #[error("the layer has rows, but the manifest names no weights file")]
    #[diagnostic(code("RWS-M038"), help("add `weights = \"file.safetensors\"` at the top"))]
    NoWeights,

    #[error("cannot write the file")]
    #[diagnostic(code("RWS-M040"), help("check the folder's permissions and the free space"))]
    Unwritable,
}
