//! What can go wrong in a placement.

use miette::Diagnostic;
use thiserror::Error;

use crate::tool::ToolError;

/// Why a placement gave no report.
#[derive(Debug, Error, Diagnostic)]
pub enum RouteError {
    /// The tool itself.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] ToolError),
    /// The profile says what the device has, but not which chip it is.
    #[error("target `{target}` names no device")]
    #[diagnostic(code("RWS-R001"), help("add a [device] table to the profile; see docs/add-a-target.md"))]
    NoDevice {
        /// The target.
        target: String,
    },
    /// The tool found no place for a cell or no way for a net.
    #[error("the core does not fit the device: {message}")]
    #[diagnostic(code("RWS-R002"), help("choose a smaller --shape, or a larger target"))]
    DoesNotFit {
        /// The tool's words.
        message: String,
    },
    /// The tool's report cannot be understood.
    #[error("cannot read the place-and-route report: {cause}")]
    #[diagnostic(code("RWS-R003"), help("rowsmith may not support this version of the tool"))]
    Report {
        /// What is wrong.
        cause: String,
    },
}

impl RouteError {
    /// A report, or the netlist that names its cells, that is not what it should be.
    pub(super) fn report(cause: impl Into<String>) -> Self {
        Self::Report { cause: cause.into() }
    }
}
