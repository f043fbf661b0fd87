//! What is to be placed, where, and how.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::target::Device;

/// nextpnr's placers that large cores can be left to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placer {
    /// Electrostatic: the shortest wires, crowded where arrays of DSP blocks and of LUTs meet.
    Static,
    /// Analytic, then refined by annealing: longer wires, spread more evenly. On ECP5 with the router that heeds congestion first.
    Heap,
}

impl Placer {
    /// Name on nextpnr's command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Heap => "heap",
        }
    }
}

impl FromStr for Placer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [Self::Static, Self::Heap].into_iter().find(|placer| placer.name() == text);
        known.ok_or_else(|| "the placer must be `static` or `heap`".to_owned())
    }
}

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
    /// How to place; the family's own way if none.
    pub placer: Option<Placer>,
    /// Start of the tool's random numbers.
    pub seed: u32,
    /// Time for one placement with its routes; that of every tool if none.
    pub limit: Option<Duration>,
}
