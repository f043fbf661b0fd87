//! Why an output cannot be written.

use std::io;
use std::path::{Path, PathBuf};

/// A refusal to write. Nothing of the user's was touched.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum FileError {
    /// The system refuses.
    #[error("cannot write {}: {cause}", path.display())]
    #[diagnostic(
        code("RWS-E001"),
        help("check that the folder exists and is writable, and that the disk has room; nothing was changed")
    )]
    Write {
        /// File or folder.
        path: PathBuf,
        /// The system's word.
        cause: io::Error,
    },
    /// There is something that rowsmith did not write, or that was changed since.
    #[error("{} {reason}", path.display())]
    #[diagnostic(
        code("RWS-E002"),
        help(
            "only files that rowsmith wrote are replaced: name another output, or move this one away; nothing was changed"
        )
    )]
    Foreign {
        /// File or folder.
        path: PathBuf,
        /// Whose it is.
        reason: &'static str,
    },
    /// Another process is writing the same output.
    #[error("another rowsmith process is writing {}", path.display())]
    #[diagnostic(code("RWS-E004"), help("wait for it to finish, or name another output"))]
    Busy {
        /// The output.
        path: PathBuf,
    },
    /// A folder whose replacement was interrupted.
    #[error("{} was only partly replaced when a command was interrupted", path.display())]
    #[diagnostic(code("RWS-E005"), help("run that command again: it finishes the replacement first"))]
    HalfReplaced {
        /// The folder.
        path: PathBuf,
    },
}

impl FileError {
    /// Closure for `map_err` that adds the path.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Write { path, cause }
    }

    pub(super) fn foreign(path: &Path, reason: &'static str) -> Self {
        Self::Foreign { path: path.to_owned(), reason }
    }
}

/// Result of this module.
pub(super) type Result<T> = std::result::Result<T, FileError>;
