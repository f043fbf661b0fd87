//! What every synthesis tool offers.

use std::path::PathBuf;

use super::error::SynthError;
use super::report::SynthReport;
use crate::target::Family;
use crate::tool::Cache;

/// One synthesis of an emitted core.
#[derive(Debug, Clone)]
pub struct SynthJob {
    /// The emitted core folder.
    pub folder: PathBuf,
    /// Module at the root.
    pub top: String,
    /// Family of the cells.
    pub family: Family,
    /// Dissolve the hierarchy: smaller, because equal logic of several instances is shared, but counted as one module.
    pub flat: bool,
}

/// A synthesis tool.
pub trait Synthesizer {
    /// Name and version, as recorded in reports.
    fn version(&self) -> &str;

    /// Synthesises, or takes the result from the cache.
    fn synthesize(&self, job: &SynthJob, cache: &Cache) -> Result<SynthReport, SynthError>;

    /// The netlist of the core behind the wrapper's three pins, hierarchy kept, for a place and route tool: a JSON
    /// file in the cache.
    fn netlist(&self, job: &SynthJob, cache: &Cache) -> Result<PathBuf, SynthError>;
}
