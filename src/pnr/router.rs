//! What every place and route tool offers.

use super::error::RouteError;
use super::job::RouteJob;
use super::report::RouteReport;
use crate::tool::Cache;

/// A place and route tool.
pub trait Router {
    /// Name and version, as recorded in reports.
    fn version(&self) -> &str;

    /// Places and routes, or takes the result from the cache. A clock that is missed is no error.
    fn route(&self, job: &RouteJob, cache: &Cache) -> Result<RouteReport, RouteError>;
}
