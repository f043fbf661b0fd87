//! Errors of any module on their way to the terminal.

use super::Outcome;
use miette::{Diagnostic, JSONReportHandler, Report};

/// An error with a code and a help line, to be rendered.
#[derive(Debug)]
pub(super) struct Failure(Report);

impl<E: Diagnostic + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Report::new(error))
    }
}

/// Errors that are a verdict on the design (over budget, hangs, breaks a protocol), not on its user or tools.
const VERDICTS: [&str; 8] =
    ["RWS-P001", "RWS-V005", "RWS-V006", "RWS-V007", "RWS-Y002", "RWS-Y003", "RWS-R002", "RWS-X006"];

impl Failure {
    /// How the command ends.
    pub(super) fn outcome(&self) -> Outcome {
        let code = self.0.code().map(|code| code.to_string()).unwrap_or_default();
        if VERDICTS.contains(&code.as_str()) { Outcome::Mismatch } else { Outcome::Failed }
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
