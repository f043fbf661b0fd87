//! Errors of any module on their way to the terminal.

use miette::{Diagnostic, JSONReportHandler, Report};

/// An error with a code and a help line, to be rendered.
#[derive(Debug)]
pub(super) struct Failure(Report);

impl<E: Diagnostic + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Report::new(error))
    }
}

impl Failure {
    /// Writes the error to standard error, for people or as one JSON object.
    pub(super) fn print(&self, json: bool) {
        let mut text = String::new();
        if json && JSONReportHandler::new().render_report(&mut text, self.0.as_ref()).is_ok() {
            eprintln!("{text}");
        } else {
            eprintln!("{:?}", self.0);
        }
    }
}

/// Standard output went away.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("cannot write to standard output")]
#[diagnostic(code("RWS-C001"), help("check where the output is piped to"))]
pub(super) struct OutputError(#[source] pub(super) std::io::Error);
