//! Arguments shared by every command that plans a core.

use std::path::PathBuf;

use super::failure::Failure;
use crate::ir::Network;
use crate::manifest;
use crate::plan::{ArrayUse, Plan, Request};
use crate::target::Target;

/// What to plan, and for what.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// The manifest.
    model: PathBuf,
    /// Target: a built-in name (see `rowsmith targets`) or a profile file.
    #[arg(short, long)]
    target: String,
    /// Array shape `CIxPXxR`: input channels, output pixels and rows per cycle; a fourth number, `xQ`, sets the elements
    /// requantized per cycle. By default, the planner chooses it.
    #[arg(long, value_name = "CIxPXxR")]
    shape: Option<String>,
    /// Rows of each array, such as `dsp(4)=4,sp2(4)=12`. By default, the planner chooses them.
    #[arg(long, value_name = "LANE=ROWS,...")]
    rows: Option<String>,
    /// What the planner may build arrays from.
    #[arg(long, value_enum, default_value_t)]
    arrays: Arrays,
    /// Continue with a given shape even if it does not fit the target.
    #[arg(long)]
    oversize: bool,
}

/// Resources for the arrays.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(super) enum Arrays {
    /// DSP blocks for fixed rows, LUTs for the others.
    #[default]
    Mixed,
    /// DSP blocks only.
    Dsp,
    /// LUTs only.
    Lut,
}

impl From<Arrays> for ArrayUse {
    fn from(arrays: Arrays) -> Self {
        match arrays {
            Arrays::Mixed => Self::Mixed,
            Arrays::Dsp => Self::Dsp,
            Arrays::Lut => Self::Lut,
        }
    }
}

impl PlanArgs {
    /// Loads the manifest and the target, and plans.
    pub(super) fn plan(&self) -> Result<(Network, Plan), Failure> {
        let (network, target, request) = self.parse()?;
        let plan = request.plan(&network, &target)?;
        Ok((network, plan))
    }

    /// Loads the manifest and the target, and plans the whole front of cycles against LUTs.
    pub(super) fn front(&self) -> Result<(Network, Target, Vec<Plan>), Failure> {
        let (network, target, request) = self.parse()?;
        let front = request.front(&network, &target)?;
        Ok((network, target, front))
    }

    fn parse(&self) -> Result<(Network, Target, Request), Failure> {
        let network = manifest::load(&self.model)?;
        let target = Target::find(&self.target)?;
        let parsed = Request::parse(self.shape.as_deref(), self.rows.as_deref())?;
        let request = Request { array_use: self.arrays.into(), oversize: self.oversize, ..parsed };
        Ok((network, target, request))
    }
}
