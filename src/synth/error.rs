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
    #[error("cell `{cell}` of module `{module}` has no known cost in family {family}")]
    #[diagnostic(code("RWS-Y001"), help("add the cell to `src/synth/cells.rs`"))]
    UnknownCell {
        /// Type of the cell.
        cell: String,
        /// Module that uses it.
        module: String,
        /// The family.
        family: Family,
    },
    /// A memory image does not fill its memory.
    #[error("memory `{memory}` of module `{module}` has {size} words, its image {words}")]
    #[diagnostic(code("RWS-Y002"), help("images are written at full depth; the tool is silent about short ones"))]
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
    #[error("the synthesis warns: {0}")]
    #[diagnostic(code("RWS-Y003"), help("the emitted core must give no such warning"))]
    Warning(String),
    /// The tool's statistics cannot be understood.
    #[error("statistics: {0}")]
    #[diagnostic(code("RWS-Y004"), help("the tool's version may be newer than this reader"))]
    Statistics(String),
}

impl SynthError {
    /// Exit code of the binary: 1 for a core that is wrong, 2 for tools and usage.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::ShortMemory { .. } | Self::Warning(_) => 1,
            _ => 2,
        }
    }
}
