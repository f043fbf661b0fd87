//! The same netlist placed with several seeds at once.

use std::io;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::error::RouteError;
use super::job::RouteJob;
use super::report::RouteReport;
use super::router::Router;
use crate::tool::{Cache, ToolError};

/// What one seed gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SeedResult {
    /// The seed.
    pub seed: u32,
    /// Fastest clock, MHz; none if this placement was not routed.
    pub fmax_mhz: Option<f64>,
    /// Why it was not.
    pub miss: Option<Miss>,
}

/// Why a seed has no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Miss {
    /// The placer found no room.
    DoesNotFit,
    /// The limit of time came first.
    OutOfTime,
}

/// The best of several placements, and all of them in brief.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedReport {
    /// The fastest; of equals the one with the lowest seed.
    pub best: RouteReport,
    /// Every seed in order.
    pub seeds: Vec<SeedResult>,
}

impl SeedReport {
    /// Places `job` with the seeds 1 to `seeds`, at most `threads` at a time (0: one per processor). A seed whose
    /// placement does not fit or is out of time counts as missed; if none is left, the first such error is the result.
    pub fn route(
        router: &(impl Router + Sync),
        job: &RouteJob,
        seeds: u32,
        threads: usize,
        cache: &Cache,
    ) -> Result<Self, RouteError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool
            .map_err(|error| ToolError::io("cannot start threads for", Path::new("seeds"))(io::Error::other(error)))?;
        let place = |seed| (seed, router.route(&RouteJob { seed, ..job.clone() }, cache));
        let results: Vec<_> = pool.install(|| (1..=seeds).into_par_iter().map(place).collect());
        Self::of(results)
    }

    fn of(results: Vec<(u32, Result<RouteReport, RouteError>)>) -> Result<Self, RouteError> {
        let mut best: Option<RouteReport> = None;
        let mut missed = None;
        let mut seeds = Vec::with_capacity(results.len());
        for (seed, result) in results {
            let (fmax_mhz, miss) = match result {
                Ok(report) => {
                    let fmax = report.fmax_mhz;
                    if best.as_ref().is_none_or(|best| fmax > best.fmax_mhz) {
                        best = Some(report);
                    }
                    (Some(fmax), None)
                }
                Err(error) => {
                    let miss = match error {
                        RouteError::DoesNotFit { .. } => Miss::DoesNotFit,
                        RouteError::Tool(ToolError::OutOfTime { .. }) => Miss::OutOfTime,
                        _ => return Err(error),
                    };
                    missed.get_or_insert(error);
                    (None, Some(miss))
                }
            };
            seeds.push(SeedResult { seed, fmax_mhz, miss });
        }
        match (best, missed) {
            (Some(best), _) => Ok(Self { best, seeds }),
            (None, Some(error)) => Err(error),
            (None, None) => Err(RouteError::report("no seed was tried")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(seed: u32, fmax_mhz: f64) -> RouteReport {
        let (tool, layout) = (String::new(), "layout.txt".into());
        RouteReport { tool, seed, clock_mhz: 24.0, fmax_mhz, used: Vec::new(), path: None, layout }
    }

    fn unfit() -> RouteError {
        RouteError::DoesNotFit { message: "no BELs remaining".to_owned() }
    }

    #[test]
    fn the_fastest_wins_and_misses_are_told() {
        let results =
            vec![(1, Ok(report(1, 20.0))), (2, Err(unfit())), (3, Ok(report(3, 25.0))), (4, Ok(report(4, 25.0)))];
        let all = SeedReport::of(results).unwrap();
        assert_eq!(all.best.seed, 3);
        assert_eq!(all.seeds[1], SeedResult { seed: 2, fmax_mhz: None, miss: Some(Miss::DoesNotFit) });
        assert_eq!(all.seeds.len(), 4);
        assert!(matches!(SeedReport::of(vec![(1, Err(unfit()))]), Err(RouteError::DoesNotFit { .. })));
        let broken = vec![(1, Ok(report(1, 20.0))), (2, Err(RouteError::report("text")))];
        assert!(matches!(SeedReport::of(broken), Err(RouteError::Report { .. })));
    }
}
