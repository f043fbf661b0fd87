//! What can go wrong in a synthesis.

use miette::Diagnostic;
use thiserror::Error;

use crate::target::Family;
use crate::tool::ToolError;

/// Why a synthesis gave no report.
#[derive(Debug, Error, Diagnostic)]
pub enum SynthError {
    /// The tool itself.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] ToolError),
    /// A cell whose cost is not known: counting it as free would make the report wrong.
    #[error("cell `{cell}` of module `{module}` has no known cost on {family}")]
    #[diagnostic(
        code("RWS-Y001"),
        help("rowsmith may not support this version of Yosys; otherwise please report this")
    )]
    UnknownCell {
        /// Type of the cell.
        cell: String,
        /// Module that uses it.
        module: String,
        /// The family.
        family: Family,
    },
    /// A memory image does not fill its memory.
    #[error("memory `{memory}` of module `{module}` has {size} words, but its image has {words}")]
    #[diagnostic(code("RWS-Y002"), help("write images at full depth; Yosys does not report short ones"))]
    ShortMemory {
        /// The memory.
        memory: String,
        /// The module.
        module: String,
        /// Words of the memory.
        size: u64,
        /// Words of the image.
        words: u64,
    },
    /// A warning that means wrong hardware.
    #[error("Yosys warns: {0}")]
    #[diagnostic(code("RWS-Y003"), help("a core must cause no such warning: please report this with the manifest"))]
    Warning(String),
    /// The tool's statistics cannot be understood.
    #[error("cannot read the statistics of Yosys: {0}")]
    #[diagnostic(code("RWS-Y004"), help("rowsmith may not support this version of the tool"))]
    Statistics(String),
}
