//! Errors of any module on their way to the terminal.

use std::error::Error;
use std::fmt;

use miette::{Diagnostic, JSONReportHandler, Report};

use super::Outcome;
use super::terminal::{OutputError, clean, complain};

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
        if self.0.downcast_ref::<OutputError>().is_some_and(OutputError::is_unread) {
            return Outcome::Unread;
        }
        if VERDICTS.contains(&self.code().as_str()) { Outcome::Mismatch } else { Outcome::Failed }
    }

    /// The stable code.
    pub(super) fn code(&self) -> String {
        self.0.code().map(|code| code.to_string()).unwrap_or_default()
    }

    /// What went wrong, in one line.
    pub(super) fn message(&self) -> String {
        clean(&self.0.to_string()).replace('\n', " ")
    }

    /// Writes the error to standard error, for people or as one JSON object.
    pub(super) fn print(&self, json: bool) {
        if self.outcome() == Outcome::Unread {
            return;
        }
        let clean = Report::new(Clean::of(self.0.as_ref()));
        let mut text = String::new();
        if json && JSONReportHandler::new().render_report(&mut text, clean.as_ref()).is_ok() {
            complain(&text);
        } else if self.0.downcast_ref::<OutputError>().is_some() {
            complain(&format!("rowsmith: {clean}"));
        } else {
            complain(&format!("{clean:?}"));
        }
    }
}

/// A copy of a diagnostic in which no text holds control characters.
#[derive(Debug)]
struct Clean {
    message: String,
    code: Option<String>,
    help: Option<String>,
    cause: Option<Box<Self>>,
    related: Vec<Self>,
}

impl Clean {
    fn of(diagnostic: &dyn Diagnostic) -> Self {
        let text = |text: Option<Box<dyn fmt::Display + '_>>| text.map(|text| clean(&text.to_string()));
        Self {
            message: clean(&diagnostic.to_string()),
            code: text(diagnostic.code()),
            help: text(diagnostic.help()),
            cause: diagnostic.source().map(|cause| Box::new(Self::of_error(cause))),
            related: diagnostic.related().into_iter().flatten().map(Self::of).collect(),
        }
    }

    fn of_error(error: &(dyn Error + 'static)) -> Self {
        let cause = error.source().map(|cause| Box::new(Self::of_error(cause)));
        Self { message: clean(&error.to_string()), code: None, help: None, cause, related: Vec::new() }
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Clean {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl Diagnostic for Clean {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let related = self.related.iter().map(|related| related as &dyn Diagnostic);
        (!self.related.is_empty()).then(|| Box::new(related) as Box<dyn Iterator<Item = &dyn Diagnostic>>)
    }
}
