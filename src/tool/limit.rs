//! How long tools may run.

use std::env;
use std::time::Duration;

/// What a tool is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Asking for a version. A wheel compiles itself at the first call.
    Version,
    /// Verilator's lint.
    Lint,
    /// Building a simulation.
    Build,
    /// Running a simulation.
    Simulate,
    /// Yosys.
    Synthesize,
    /// nextpnr.
    Route,
    /// Making a bitstream.
    Pack,
}

/// Variable that sets one limit, in minutes, for everything but versions.
const VARIABLE: &str = "ROWSMITH_MINUTES";

impl Task {
    /// Time after which the tool and everything it started are ended.
    pub fn limit(self) -> Duration {
        self.limit_from(env::var(VARIABLE).ok().as_deref())
    }

    fn limit_from(self, minutes: Option<&str>) -> Duration {
        let minutes = minutes.and_then(|text| text.parse().ok()).filter(|minutes| (1..=100_000).contains(minutes));
        let usual: u64 = match self {
            Self::Version => return Duration::from_secs(300),
            Self::Lint => 10,
            Self::Pack => 60,
            Self::Build => 120,
            Self::Synthesize => 12 * 60,
            Self::Simulate | Self::Route => 24 * 60,
        };
        Duration::from_secs(60 * minutes.unwrap_or(usual))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_variable_for_all() {
        assert_eq!(Task::Lint.limit_from(None), Duration::from_secs(600));
        assert_eq!(Task::Lint.limit_from(Some("1")), Duration::from_secs(60));
        assert_eq!(Task::Version.limit_from(Some("1")), Duration::from_secs(300));
        for nonsense in ["0", "-1", "99999999999999999999", "soon", ""] {
            assert_eq!(Task::Route.limit_from(Some(nonsense)), Duration::from_secs(86400));
        }
    }
}
