//! Errors with a place: file, layer, row.

use std::fmt;
use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::Fault;
use crate::ir::{self, Invalid, Place};

/// Result of everything in this module.
pub type Result<T, E = ManifestError> = std::result::Result<T, E>;

/// Why a manifest was refused, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}{fault}", Prefix(self))]
pub struct ManifestError {
    file: Option<PathBuf>,
    input: Option<String>,
    layer: Option<String>,
    row: Option<usize>,
    #[source]
    cause: Option<std::io::Error>,
    fault: Box<Fault>,
}

impl ManifestError {
    /// The stable code, like `RWS-M012`.
    pub fn code(&self) -> String {
        Diagnostic::code(&*self.fault).map(|code| code.to_string()).unwrap_or_default()
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        Diagnostic::help(&*self.fault).map(|help| help.to_string()).unwrap_or_default()
    }

    /// The file that is at fault.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The layer that is at fault, when there is one.
    pub fn layer(&self) -> Option<&str> {
        self.layer.as_deref()
    }

    /// The row of the layer's weight matrix that is at fault, counted from 0, when there is one.
    pub fn row(&self) -> Option<usize> {
        self.row
    }

    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Names the file unless a more precise place is known already.
    pub(super) fn in_file(mut self, file: &Path) -> Self {
        self.file.get_or_insert_with(|| file.to_path_buf());
        self
    }

    /// Names the graph input.
    pub(super) fn in_input(mut self, input: &str) -> Self {
        self.input.get_or_insert_with(|| input.to_owned());
        self
    }

    /// Names the layer unless a more precise place is known already.
    pub(super) fn in_layer(mut self, layer: &str) -> Self {
        self.layer.get_or_insert_with(|| layer.to_owned());
        self
    }

    /// Names the row.
    pub(super) fn in_row(mut self, row: usize) -> Self {
        self.row.get_or_insert(row);
        self
    }

    /// Keeps the operating system's reason.
    pub(super) fn because(mut self, cause: std::io::Error) -> Self {
        self.cause = Some(cause);
        self
    }
}

impl From<Fault> for ManifestError {
    fn from(fault: Fault) -> Self {
        Self { file: None, input: None, layer: None, row: None, cause: None, fault: Box::new(fault) }
    }
}

impl From<ir::Fault> for ManifestError {
    fn from(fault: ir::Fault) -> Self {
        Fault::Network(fault).into()
    }
}

impl From<Invalid> for ManifestError {
    fn from(Invalid { place, fault }: Invalid) -> Self {
        let error = Self::from(fault);
        match place {
            Place::Network => error,
            Place::Input(input) => error.in_input(&input),
            Place::Layer(layer) => error.in_layer(&layer),
            Place::Row(layer, row) => error.in_layer(&layer).in_row(row),
        }
    }
}

impl Diagnostic for ManifestError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Diagnostic::code(&*self.fault)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Diagnostic::help(&*self.fault)
    }
}

/// Prints `file: layer, row: ` as far as known.
struct Prefix<'a>(&'a ManifestError);

impl fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.0.file {
            write!(f, "{}: ", file.display())?;
        }
        if let Some(input) = &self.0.input {
            write!(f, "input `{input}`: ")?;
        }
        match (&self.0.layer, self.0.row) {
            (Some(layer), Some(row)) => write!(f, "layer `{layer}`, row {row}: "),
            (Some(layer), None) => write!(f, "layer `{layer}`: "),
            _ => Ok(()),
        }
    }
}
