//! What every place and route tool offers.

use std::path::PathBuf;
use std::time::Duration;

use super::error::RouteError;
use super::report::RouteReport;
use crate::target::Device;
use crate::tool::Cache;

/// One placement of a netlist.
#[derive(Debug, Clone)]
pub struct RouteJob {
    /// Netlist of the core behind its wrapper, JSON.
    pub netlist: PathBuf,
    /// Module at the root: the wrapper.
    pub top: String,
    /// The chip.
    pub device: Device,
    /// Clock to aim at, MHz.
    pub clock_mhz: f64,
    /// Start of the tool's random numbers.
    pub seed: u32,
    /// Time for one placement with its routes; any if none.
    pub limit: Option<Duration>,
}

/// A place and route tool.
pub trait Router {
    /// Name and version, as recorded in reports.
    fn version(&self) -> &str;

    /// Places and routes, or takes the result from the cache. A clock that is missed is no error.
    fn route(&self, job: &RouteJob, cache: &Cache) -> Result<RouteReport, RouteError>;
}
