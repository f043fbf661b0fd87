//! What can go wrong around an outside tool.

use std::path::{Path, PathBuf};
use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;

use super::kind::ToolKind;

/// A tool is missing, cannot be started, or ended badly. All of them are exit code 2 of the binary.
#[derive(Debug, Error, Diagnostic)]
pub enum ToolError {
    /// No usable tool was found.
    #[error("{kind} was not found: run `make setup`, put {minimum} on PATH, or set {variable}{old}")]
    #[diagnostic(
        code("RWS-X001"),
        help(
            "searched: the folder that ROWSMITH_TOOLS names, PATH, and .venv in the current folder, the program's folder and \
             their parents; ROWSMITH_TOOLS=CHECKOUT/.venv finds the tools of `make setup`, `rowsmith tools` lists them"
        )
    )]
    Missing {
        /// Which tool.
        kind: ToolKind,
        /// Oldest version that is accepted.
        minimum: String,
        /// Environment variable that names the program.
        variable: &'static str,
        /// A tool that was found and is too old, if any.
        old: String,
    },
    /// The program named by the environment variable is too old.
    #[error("{variable} names `{program}`, which is too old: it reports `{version}`, but {minimum} is needed")]
    #[diagnostic(code("RWS-X007"), help("unset the variable to search for a newer one"))]
    Old {
        /// Environment variable that names the program.
        variable: &'static str,
        /// The program as given.
        program: String,
        /// What it says of itself.
        version: String,
        /// Oldest version that is accepted.
        minimum: String,
    },
    /// The program named by the environment variable does not start.
    #[error("{variable} names `{program}`, which does not run as {kind}")]
    #[diagnostic(code("RWS-X002"), help("unset the variable to search PATH and .venv"))]
    Explicit {
        /// Which tool.
        kind: ToolKind,
        /// Environment variable that names the program.
        variable: &'static str,
        /// The program as given.
        program: String,
    },
    /// The tool ran and failed.
    #[error("{tool} failed ({status}); the last lines of {log}:\n{tail}", log = log.display())]
    #[diagnostic(code("RWS-X003"), help("the log file holds the command line and everything the tool printed"))]
    Failed {
        /// Name of the tool.
        tool: String,
        /// Exit status as text.
        status: String,
        /// Where the whole output is.
        log: PathBuf,
        /// Last lines of the output.
        tail: String,
    },
    /// The tool reached its time limit.
    #[error("{tool} timed out after {} s", limit.as_secs())]
    #[diagnostic(code("RWS-X006"), help("raise ROWSMITH_MINUTES (pnr: --minutes), or use a smaller design"))]
    OutOfTime {
        /// Name of the tool.
        tool: String,
        /// The time it had.
        limit: Duration,
    },
    /// A folder is not an emitted core.
    #[error("`{path}` is not a core folder: {reason}", path = path.display())]
    #[diagnostic(
        code("RWS-X004"),
        help("`rowsmith generate` writes a core folder; its `files.f` lists the Verilog files")
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An output cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] crate::files::FileError),
    /// A file of the work folder or the cache cannot be read or written.
    #[error("{what} `{path}`: {source}", path = path.display())]
    #[diagnostic(code("RWS-X005"), help("check permissions and free space"))]
    Io {
        /// The attempt, such as `cannot read`.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl ToolError {
    /// Closure for `map_err` that adds the attempt and the path.
    pub fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { what, path, source }
    }
}
