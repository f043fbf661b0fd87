//! Why a core could not be rendered.

/// Emission errors.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum EmitError {
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
