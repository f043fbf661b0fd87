//! Everything that can be wrong with a network: message, stable code and help in one place. Manifests, which are networks on disk, have
//! codes of the same series.

use miette::Diagnostic;

/// What is wrong. Text from files is kept escaped, so that an error message stays on its line.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Diagnostic)]
#[allow(missing_docs, reason = "the message of each variant is its documentation")]
pub enum Fault {
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

    #[error("the padding of {padding} on the {side} is not smaller than the kernel of {kernel}")]
    #[diagnostic(code("RWS-M024"), help("a window must reach the tensor: reduce `padding`"))]
    Padding { padding: u64, kernel: u64, side: &'static str },

    #[error("a window of {kernel} does not fit into the {axis} of {size}, padding included")]
    #[diagnostic(code("RWS-M025"), help("the result would be empty: use a smaller kernel or more padding"))]
    EmptyResult { kernel: u64, axis: &'static str, size: u64 },

    #[error("the operands differ in shape: {left} and {right}")]
    #[diagnostic(
        code("RWS-M027"),
        help("`add` needs operands of the same channels, height and width, `concat` of the same height and width")
    )]
    Operands { left: String, right: String },

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
    OperandCount { op: &'static str, found: usize, allowed: String },

    #[error("{groups} groups do not divide {channels} input channels and {rows} rows evenly")]
    #[diagnostic(
        code("RWS-M044"),
        help("`groups` must divide both; a depthwise convolution has as many groups as input channels")
    )]
    Groups { groups: u64, channels: usize, rows: usize },

    #[error("the network has {found} layers; the limit is {limit}")]
    #[diagnostic(code("RWS-M037"), help("split the network"))]
    TooManyLayers { found: usize, limit: usize },

    #[error("the network contradicts itself: {reason}")]
    #[diagnostic(
        code("RWS-M039"),
        help("tensor 0 is the input and tensor i + 1 the result of layer i; its shape follows from the operator")
    )]
    Inconsistent { reason: String },
}
