//! What can go wrong in a simulation.

use miette::Diagnostic;
use thiserror::Error;

use crate::tool::{Finished, ToolError};

/// Why a simulation gave no result.
#[derive(Debug, Error, Diagnostic)]
pub enum SimError {
    /// The tool itself.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] ToolError),
    /// Waves were asked for and the machine cannot build them.
    #[error("waves in FST format need the header `{header}`, which the C++ compiler cannot find")]
    #[diagnostic(code("RWS-V002"), help("install the zlib and lz4 development packages, or ask for a .vcd file"))]
    WaveHeaders {
        /// The missing header.
        header: &'static str,
    },
    /// A run asks for waves the program was not built with.
    #[error("the program was built for {built} waves, but the run needs `{asked}`")]
    #[diagnostic(code("RWS-V003"), help("give `SimJob::wave` the format of the file's extension"))]
    Wave {
        /// Format the program was built with.
        built: &'static str,
        /// File asked for.
        asked: String,
    },
    /// The stimulus has the wrong length.
    #[error("the input has {found} bytes but needs {expected} (images x bytes of an image)")]
    #[diagnostic(code("RWS-V004"), help("give every image as many bytes as the core's images have"))]
    Input {
        /// Bytes needed.
        expected: u64,
        /// Bytes given.
        found: u64,
    },
    /// The core stopped moving.
    #[error("the core hangs: {0}")]
    #[diagnostic(code("RWS-V005"), help("record a wave, or raise the idle limit for very slow layers"))]
    Timeout(String),
    /// The core broke the stream or register protocol.
    #[error("protocol fault: {0}")]
    #[diagnostic(code("RWS-V006"), help("rerun with the same seed and a wave file"))]
    Protocol(String),
    /// The simulated design warned or stopped by itself, such as for a memory image that is missing or short.
    #[error("the design reports: {0}")]
    #[diagnostic(
        code("RWS-V007"),
        help("run the simulation in the folder of the memory images; each must fill its memory")
    )]
    Design(String),
    /// The testbench refused its configuration or the result cannot be read: a fault of Rowsmith.
    #[error("the testbench failed: {0}")]
    #[diagnostic(code("RWS-V008"), help("please report this"))]
    Testbench(String),
}

impl SimError {
    /// The error for a testbench that ended badly; its last line says why (exit codes in `harness.cpp`).
    pub(super) fn from_run(finished: Finished) -> Self {
        let message = finished.tail.lines().rfind(|line| !line.starts_with('@')).unwrap_or_default().to_owned();
        match finished.status.code() {
            Some(2) => Self::Testbench(message),
            Some(3) => Self::Timeout(message),
            Some(4) => Self::Protocol(message),
            Some(5) => Self::Design(message),
            _ => Self::Tool(finished.into_error()),
        }
    }
}
