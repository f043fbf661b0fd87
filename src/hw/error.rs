//! Why a core could not be written.

use std::path::PathBuf;

/// Emission errors.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum EmitError {
    /// The output folder cannot be written.
    #[error("cannot write {path}: {cause}")]
    #[diagnostic(
        code("RWS-E001"),
        help("check that the folder exists, is writable and that the disk has room; nothing was changed")
    )]
    Write {
        /// File or folder.
        path: PathBuf,
        /// The system's word.
        cause: std::io::Error,
    },
    /// The output folder exists and is not one of ours.
    #[error("{path} exists and was not made by rowsmith")]
    #[diagnostic(code("RWS-E002"), help("choose another folder with -o, or remove this one"))]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// A template failed.
    #[error("a template failed: {cause}")]
    #[diagnostic(code("RWS-E003"), help("this is a bug in rowsmith: please report it with the manifest"))]
    Template {
        /// The template engine's word.
        cause: String,
    },
}

impl From<askama::Error> for EmitError {
    fn from(cause: askama::Error) -> Self {
        Self::Template { cause: cause.to_string() }
    }
}
