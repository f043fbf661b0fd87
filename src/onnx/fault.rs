//! What is wrong with one node.

use std::fmt;

use miette::Diagnostic;

/// A node that cannot be imported, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFault {
    /// Name of the node, or of its first output if it has none.
    pub node: String,
    /// Operator.
    pub operator: String,
    /// Domain of the operator; empty for ONNX's own.
    pub domain: String,
    /// Why it is refused.
    pub reason: Reason,
}

/// Why a node is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Diagnostic)]
pub enum Reason {
    /// The operator has no counterpart.
    #[error("the operator is not supported")]
    #[diagnostic(code("RWS-O020"), help("docs/import.md lists the operators; replace it before the export"))]
    Operator,
    /// The operator is known, but not in this form.
    #[error("{0}")]
    #[diagnostic(code("RWS-O021"), help("docs/import.md lists the limits of each operator"))]
    Unsupported(String),
    /// The file contradicts itself or the ONNX standard.
    #[error("{0}")]
    #[diagnostic(code("RWS-O022"), help("the file is not valid ONNX at this node: export it again"))]
    Invalid(String),
}

pub(super) fn unsupported(text: impl Into<String>) -> Reason {
    Reason::Unsupported(text.into())
}

pub(super) fn invalid(text: impl Into<String>) -> Reason {
    Reason::Invalid(text.into())
}

impl fmt::Display for NodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node `{}`, operator {}", self.node, self.operator)?;
        if !self.domain.is_empty() {
            write!(f, " of {}", self.domain)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for NodeFault {}

impl Diagnostic for NodeFault {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.reason.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.reason.help()
    }
}
