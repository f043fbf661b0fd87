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
    /// The reader of standard output went away: exit code 141, as of a program that the signal of a broken pipe ends.
    Unread,
}

impl Termination for Outcome {
    fn report(self) -> ExitCode {
        match self {
            Self::Good => ExitCode::SUCCESS,
            Self::Mismatch => ExitCode::from(1),
            Self::Failed => ExitCode::from(2),
            Self::Unread => ExitCode::from(141),
        }
    }
}
