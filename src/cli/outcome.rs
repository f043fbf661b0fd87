//! How a command ended.

use std::process::{ExitCode, Termination};

/// What a command reports to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is well: exit code 0.
    Good,
    /// The command did its work and found a mismatch, or a result over budget: exit code 1.
    Mismatch,
    /// Wrong usage, a refused file or a failing tool: exit code 2.
    Failed,
}

impl Termination for Outcome {
    fn report(self) -> ExitCode {
        match self {
            Self::Good => ExitCode::SUCCESS,
            Self::Mismatch => ExitCode::from(1),
            Self::Failed => ExitCode::from(2),
        }
    }
}
