//! Everything that can be wrong with a manifest: message, stable code and help in one place.

use miette::Diagnostic;

use crate::num::ParseSchemeError;

/// What is wrong. Text from files is kept escaped, so that an error message stays on its line.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Diagnostic)]
#[allow(missing_docs, reason = "the message of each variant is its documentation")]
pub enum Fault {
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

    #[error("\"{name}\" is not a valid name")]
    #[diagnostic(code("RWS-M007"), help("use a letter, then up to 63 letters, digits or `_`"))]
    Name { name: String },

    #[error(
        "\"{name}\" is reserved: it is a keyword of Verilog or SystemVerilog, an FPGA cell, or a rowsmith module (`rws_`)"
    )]
    #[diagnostic(
        code("RWS-M008"),
        help("names appear in the generated Verilog: choose another, for example with a trailing `_`")
    )]
    Reserved { name: String },

    #[error("the name \"{name}\" is used twice")]
    #[diagnostic(code("RWS-M009"), help("give the input and every layer a name of its own"))]
    Duplicate { name: String },

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

    #[error("the output does not depend on the tensor \"{name}\"")]
    #[diagnostic(code("RWS-M017"), help("remove it, or connect it to the output"))]
    Unused { name: String },

    #[error("the network has no layers")]
    #[diagnostic(code("RWS-M018"), help("add at least one [[layer]]"))]
    Empty,

    #[error("an activation tensor cannot have {bits} bits")]
    #[diagnostic(
        code("RWS-M019"),
        help("types have 2 to 32 bits, unsigned ones 2 to 31; tensors that a core keeps in memory have at most 8")
    )]
    Bits { bits: i64 },

    #[error("the clamp [{lo}, {hi}] does not fit {kind} {bits}-bit values")]
    #[diagnostic(code("RWS-M020"), help("the clamp is [lo, hi] with lo <= hi, both within the type's range"))]
    Clamp { lo: i64, hi: i64, bits: u32, kind: &'static str },

    #[error("the scale {scale} is not a positive finite number")]
    #[diagnostic(
        code("RWS-M021"),
        help("the scale is the real value of one integer step; leave the key out if it is unknown")
    )]
    Scale { scale: f64 },

    #[error("{what} is {value}; it must be from 1 to {limit}")]
    #[diagnostic(
        code("RWS-M022"),
        help(
            "sizes count channels, rows, columns or elements and are limited so that no tensor exceeds 2^28 elements"
        )
    )]
    Size { what: &'static str, value: u128, limit: u64 },

    #[error("the shape has {found} numbers")]
    #[diagnostic(code("RWS-M023"), help("write [channels, height, width] for an image or [n] for a vector"))]
    Rank { found: usize },

    #[error("the padding of {padding} on the {side} is not smaller than the kernel of {kernel}")]
    #[diagnostic(code("RWS-M024"), help("a window must reach the tensor: reduce `padding`"))]
    Padding { padding: u64, kernel: u64, side: &'static str },

    #[error("a window of {kernel} does not fit into the {axis} of {size}, padding included")]
    #[diagnostic(code("RWS-M025"), help("the result would be empty: use a smaller kernel or more padding"))]
    EmptyResult { kernel: u64, axis: &'static str, size: u64 },

    #[error("a dense layer needs a vector, but its input \"{input}\" is an image of {channels}x{height}x{width}")]
    #[diagnostic(code("RWS-M026"), help("insert a layer with `op = \"flatten\"` before it"))]
    NotAVector { input: String, channels: usize, height: usize, width: usize },

    #[error("the operands differ in shape: {left} and {right}")]
    #[diagnostic(
        code("RWS-M027"),
        help("`add` needs operands of the same channels, height and width, `concat` of the same height and width")
    )]
    Operands { left: String, right: String },

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

    #[error("column {column} holds {value}, which is not a level of {scheme}; nearest: {nearest}")]
    #[diagnostic(code("RWS-M034"), help("project the row onto its scheme, or give the row another scheme in `rows`"))]
    Level { column: usize, value: i64, scheme: String, nearest: String },

    #[error("`{constant}` is {value}; it must be {allowed}")]
    #[diagnostic(
        code("RWS-M035"),
        help(
            "y = (acc * mul + add) >> shift: mul is not negative, and a shift by 127 bits leaves nothing of any accumulator"
        )
    )]
    Requant { constant: &'static str, value: i64, allowed: &'static str },

    #[error("`requant` of the operator `{op}` must be {expected} of constants")]
    #[diagnostic(
        code("RWS-M041"),
        help(
            "averages take `{{ mul, add, shift }}` or, to leave padding out, a list with one such set for each number of pixels up to the kernel's; `add` and `concat` take a list with one set per operand, `leaky_relu` one with two"
        )
    )]
    RequantCount { op: &'static str, expected: String },

    #[error("the zero point {value} does not fit {kind} {bits}-bit values")]
    #[diagnostic(
        code("RWS-M045"),
        help("the zero point is the integer that stands for 0: choose one within the type's range")
    )]
    ZeroPoint { value: i64, bits: u32, kind: &'static str },

    #[error("the offset {offset} contradicts the zero point {zero_point}, which implies {meant}")]
    #[diagnostic(
        code("RWS-M046"),
        help("the offset is the value of integer 0, -scale * zero_point: leave one of the two keys out")
    )]
    Offset { offset: f64, zero_point: i64, meant: f64 },

    #[error("`{key}` is {value}, not a finite number")]
    #[diagnostic(code("RWS-M042"), help("give a finite number, or leave the key out if the value is unknown"))]
    NotFinite { key: &'static str, value: f64 },

    /// The `[host]` table does not fit the network.
    #[error("{cause}")]
    #[diagnostic(
        code("RWS-M050"),
        help(
            "`input_mul` and `input_add` are one number or one for each channel of the input; see `[host]` in docs/manifest.md for layouts"
        )
    )]
    Host { cause: String },

    #[error("the operator `{op}` takes {allowed} operands, not {found}")]
    #[diagnostic(code("RWS-M043"), help("list the names of the operands in `inputs`; chain layers to join more"))]
    OperandCount { op: &'static str, found: usize, allowed: &'static str },

    #[error("{groups} groups do not divide {channels} input channels and {rows} rows evenly")]
    #[diagnostic(
        code("RWS-M044"),
        help("`groups` must divide both; a depthwise convolution has as many groups as input channels")
    )]
    Groups { groups: u64, channels: usize, rows: usize },

    #[error("the network has {found} layers; the limit is {limit}")]
    #[diagnostic(code("RWS-M037"), help("split the network"))]
    TooManyLayers { found: usize, limit: usize },

    #[error("the layer has rows, but the manifest names no weights file")]
    #[diagnostic(code("RWS-M038"), help("add `weights = \"file.safetensors\"` at the top"))]
    NoWeights,

    #[error("the network cannot be written as a manifest: {reason}")]
    #[diagnostic(
        code("RWS-M039"),
        help("layers must be in order: tensor 0 is the input, and tensor i + 1 the result of layer i")
    )]
    NotExpressible { reason: String },

    #[error("cannot write the file")]
    #[diagnostic(code("RWS-M040"), help("check the folder's permissions and the free space"))]
    Unwritable,
}
