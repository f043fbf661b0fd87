//! Arguments shared by every command that plans a core.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::files::read_text;
use crate::ir::Network;
use crate::manifest;
use crate::plan::{ArrayUse, Core, Loading, Plan, PlanError, Request, Survey};
use crate::target::Target;

/// What to plan, and for what.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// The manifest.
    model: PathBuf,
    /// Target: a built-in name (see `rowsmith targets`) or a profile file.
    #[arg(short, long, required_unless_present = "core")]
    target: Option<String>,
    /// A core's folder: compile the network for this core, instead of planning one.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["target", "shape", "rows", "arrays", "oversize", "loader", "weights"])]
    core: Option<PathBuf>,
    /// Array shape `CIxPXxR`: input channels, output pixels and rows per cycle; a fourth number, `xQ`, sets the elements
    /// of a pixel requantized per cycle, a fifth one, `xD`, the pixels for which this is done at once, and `@BITS` the bits
    /// of an activation that arrays read at once. By default, the planner chooses it.
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
    /// Images of a frame, for networks of vectors: the core computes them side by side, so that they share the latency of
    /// layers.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    frame: u32,
    /// Give the core a loader: a host can replace its program through AXI4-Lite.
    #[arg(long)]
    loader: bool,
    /// Where the core has its weights while it runs.
    #[arg(long, value_enum, default_value_t)]
    weights: WeightsArg,
}

/// Where weights are while a core runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum WeightsArg {
    /// All in block RAM.
    #[default]
    Chip,
    /// In DRAM, read through AXI ports while they are used: for networks larger than the chip.
    Dram,
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

impl WeightsArg {
    /// How the memories of a core with a network are filled.
    pub(super) fn loading(self) -> Loading {
        match self {
            Self::Chip => Loading::BITSTREAM,
            Self::Dram => Loading::DRAM,
        }
    }
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
    /// Loads the manifest and the target, and plans; or compiles for the core that is there.
    pub(super) fn plan(&self) -> Result<(Network, Plan), Failure> {
        let network = self.network()?;
        let plan = self.plan_of(&network)?;
        Ok((network, plan))
    }

    /// Loads the manifest.
    pub(super) fn network(&self) -> Result<Network, Failure> {
        framed(&manifest::load(&self.model)?, self.frame)
    }

    /// Loads the target, and plans a network; or compiles it for the core that is there.
    pub(super) fn plan_of(&self, network: &Network) -> Result<Plan, Failure> {
        if let Some(folder) = &self.core {
            return Ok(Survey::program(network, &read_core(folder)?)?);
        }
        let plan = self.request()?.plan(network, &self.target()?)?;
        let with_loader = self.loader && self.weights == WeightsArg::Chip;
        Ok(if with_loader { plan.with_loading(Loading::BOTH) } else { plan })
    }

    /// Plans for frames of some images, where the network has any and none are asked for.
    pub(super) fn frames(&self, network: &Network, target: &Target) -> Vec<(usize, Plan)> {
        if self.core.is_some() || network.images > 1 {
            return Vec::new();
        }
        let Ok(request) = self.request() else { return Vec::new() };
        let plan = |images| Some((images, request.plan(&network.frame(images).ok()?, target).ok()?));
        [4, 16].into_iter().filter_map(plan).collect()
    }

    /// Loads the manifest and the target, and plans the whole front of cycles against LUTs.
    pub(super) fn front(&self) -> Result<(Network, Target, Vec<Plan>), Failure> {
        let (network, target) = (self.network()?, self.target()?);
        let front = self.request()?.front(&network, &target)?;
        Ok((network, target, front))
    }

    fn target(&self) -> Result<Target, Failure> {
        Ok(match (&self.target, &self.core) {
            (Some(target), _) => Target::find(target)?,
            (None, core) => read_core(core.as_deref().unwrap_or(Path::new(".")))?.target,
        })
    }

    fn request(&self) -> Result<Request, PlanError> {
        let parsed = Request::parse(self.shape.as_deref(), self.rows.as_deref())?;
        Ok(Request {
            array_use: self.arrays.into(),
            oversize: self.oversize,
            loading: self.weights.loading(),
            ..parsed
        })
    }
}

/// The network, or that of frames.
pub(super) fn framed(network: &Network, images: u32) -> Result<Network, Failure> {
    let frame = |cause| PlanError::Frame { network: network.name.clone(), cause };
    Ok(if images == 1 { network.clone() } else { network.frame(images as usize).map_err(frame)? })
}

/// What a core computes at once, in messages.
pub(super) fn unit(network: &Network) -> &'static str {
    if network.images > 1 { "frame" } else { "image" }
}

/// Reads the file of a core in its folder.
pub(super) fn read_core(folder: &Path) -> Result<Core, Failure> {
    read_core_file(&folder.join("core.toml"))
}

/// Reads the file of a core.
pub(super) fn read_core_file(path: &Path) -> Result<Core, Failure> {
    const LARGEST: u64 = 1 << 20;
    let name = path.display().to_string();
    let text = read_text(path, LARGEST)
        .map_err(|cause| PlanError::CoreFile { file: name.clone(), cause: cause.to_string() })?;
    Ok(Core::from_toml(&text, &name)?)
}
