//! Why a file cannot be imported.

use std::path::PathBuf;

use miette::Diagnostic;

use super::NodeFault;

/// Why an ONNX file was refused.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[allow(missing_docs, reason = "the message of each variant is its documentation")]
pub enum OnnxError {
    #[error("cannot read {path}")]
    #[diagnostic(code("RWS-O001"), help("check that the path exists and is a readable plain file"))]
    Unreadable { path: PathBuf, source: std::io::Error },

    #[error("{path} is not a regular file of at most {limit} bytes")]
    #[diagnostic(code("RWS-O002"), help("give the path of a plain ONNX file"))]
    NotAFile { path: PathBuf, limit: u64 },

    #[error("this is not an ONNX file: {cause}")]
    #[diagnostic(code("RWS-O003"), help("check the file with onnx.checker, or export it again"))]
    Decode { cause: String },

    #[error("operator set {version} is not supported")]
    #[diagnostic(code("RWS-O004"), help("export with an operator set from 6 to 25 (`opset_version`)"))]
    Opset { version: i64 },

    #[error("the file has {found} {what}, but needs exactly one")]
    #[diagnostic(code("RWS-O005"), help("export one network with one input"))]
    Count { what: &'static str, found: usize },

    #[error("input `{name}`: {cause}")]
    #[diagnostic(code("RWS-O006"), help("give all axes but the batch a fixed extent when you export the network"))]
    Input { name: String, cause: String },

    #[error("the name `{name}` is defined twice")]
    #[diagnostic(code("RWS-O007"), help("every value must come from one place: export the file again"))]
    Duplicate { name: String },

    #[error("node `{node}` reads `{name}`, which nothing defines")]
    #[diagnostic(code("RWS-O008"), help("the file is damaged or cut out of a larger one: export it again"))]
    Dangling { node: String, name: String },

    #[error("node `{node}` depends on its own result")]
    #[diagnostic(code("RWS-O009"), help("loops cannot be imported: unroll them before the export"))]
    Cycle { node: String },

    #[error("{what} is {found}; the limit is {limit}")]
    #[diagnostic(code("RWS-O010"), help("split the network"))]
    Size { what: &'static str, found: usize, limit: usize },

    #[error("tensor `{name}`: {cause}")]
    #[diagnostic(
        code("RWS-O011"),
        help("the file is damaged or uses an element type without numbers: export it again")
    )]
    Tensor { name: String, cause: String },

    #[error("tensor `{name}`: its data is at `{location}`, outside the model's folder")]
    #[diagnostic(
        code("RWS-O012"),
        help("keep data files beside the model, or save it as one file (`onnx.save` without external data)")
    )]
    Outside { name: String, location: String },

    #[error("the output does not depend on the input")]
    #[diagnostic(code("RWS-O013"), help("check which output was exported"))]
    ConstantOutput,

    #[error("the file has several outputs: {names}")]
    #[diagnostic(code("RWS-O015"), help("choose the one for the core to compute: `--output NAME`"))]
    Outputs { names: String },

    #[error("there is no output `{name}`; there are: {names}")]
    #[diagnostic(code("RWS-O016"), help("give one of these names"))]
    NoOutput { name: String, names: String },

    #[error("{} cannot be imported", Count(faults.len()))]
    #[diagnostic(code("RWS-O014"), help("docs/import.md lists operators and limits"))]
    Nodes {
        #[related]
        faults: Vec<NodeFault>,
    },
}

/// Prints a number of nodes.
struct Count(usize);

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            1 => f.write_str("one node"),
            count => write!(f, "{count} nodes"),
        }
    }
}
