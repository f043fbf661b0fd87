//! What can go wrong with a file of arrays.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::ArrayInfo;

/// Why a file of arrays cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ArrayError {
    /// The system does not give it, or it is no regular file.
    #[error("cannot read {}: {cause}", path.display())]
    #[diagnostic(code("RWS-A001"), help("check the path; only regular files are read"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The contents are not arrays of numbers.
    #[error("{}: {cause}", path.display())]
    #[diagnostic(
        code("RWS-A002"),
        help("save numbers with numpy.save or numpy.savez: bool, int8 to int64, uint8 to uint64, float16 to float64")
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// Larger than what is read.
    #[error("{}: {cause}", path.display())]
    #[diagnostic(code("RWS-A003"), help("split the file; docs/data.md lists the limits"))]
    Limit {
        /// The file.
        path: PathBuf,
        /// Which limit.
        cause: String,
    },
    /// None of the arrays, or more than one, can be meant.
    #[error("{}: {cause}; the file holds {}", path.display(), found.join(", "))]
    #[diagnostic(code("RWS-A004"), help("save the array under the expected name"))]
    Which {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        cause: String,
        /// Names and shapes of the arrays.
        found: Vec<String>,
    },
    /// The array does not fit the network.
    #[error("{}: {cause}", path.display())]
    #[diagnostic(
        code("RWS-A005"),
        help("the first axis counts samples, the others are those of one sample; every value must be a finite number")
    )]
    Values {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        cause: String,
    },
    /// The labels do not fit the network or the samples.
    #[error("{}: {cause}", path.display())]
    #[diagnostic(
        code("RWS-A006"),
        help(
            "give one class number for each sample, counted from 0; for a network with one result, 0 and 1 or booleans; for one-hot labels, `labels.argmax(1)`"
        )
    )]
    Labels {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        cause: String,
    },
    /// A result cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    #[diagnostic(code("RWS-A007"), help("check the folder, its permissions and free space"))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A result would take the place of something else.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(crate::files::FileError),
}

impl ArrayError {
    pub(super) fn of_output(path: &Path, error: crate::files::FileError) -> Self {
        match error {
            crate::files::FileError::Write { cause, .. } => Self::Write { path: path.to_owned(), cause },
            error => Self::File(error),
        }
    }

    pub(crate) fn format(path: &Path, cause: impl Into<String>) -> Self {
        Self::Format { path: path.to_owned(), cause: cause.into() }
    }

    pub(crate) fn limit(path: &Path, cause: impl Into<String>) -> Self {
        Self::Limit { path: path.to_owned(), cause: cause.into() }
    }

    pub(crate) fn values(path: &Path, cause: impl Into<String>) -> Self {
        Self::Values { path: path.to_owned(), cause: cause.into() }
    }

    pub(crate) fn labels(path: &Path, cause: impl Into<String>) -> Self {
        Self::Labels { path: path.to_owned(), cause: cause.into() }
    }

    pub(crate) fn which(path: &Path, cause: impl Into<String>, arrays: &[ArrayInfo]) -> Self {
        let found = match arrays {
            [] => vec!["no array".to_owned()],
            some => some.iter().map(ArrayInfo::text).collect(),
        };
        Self::Which { path: path.to_owned(), cause: cause.into(), found }
    }
}
