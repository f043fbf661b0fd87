//! The core: everything that its Verilog depends on, and no more. Programs of several networks may run on it.

use serde::{Deserialize, Serialize};

use super::input::InputUnit;
use super::room::Room;
use super::units::Units;
use super::widths::Widths;
use super::{ArrayBuild, CoreShape};
use crate::target::Target;

/// How a core's memories are filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loading {
    /// What fills the memories of the program, and those of weights that stay on the chip.
    pub source: Source,
    /// Where weights are.
    pub weights: Weights,
}

/// What fills memories before the core runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The bitstream, for good.
    #[default]
    Bitstream,
    /// The bitstream; a loader can replace what it brings.
    Both,
    /// A loader alone.
    Loader,
}

/// Where weights are while a core runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weights {
    /// All in the core's memories.
    #[default]
    Chip,
    /// In DRAM, read while they are used.
    Dram,
}

impl Loading {
    /// With the bitstream, for good.
    pub const BITSTREAM: Self = Self { source: Source::Bitstream, weights: Weights::Chip };
    /// With the bitstream; a loader can replace it.
    pub const BOTH: Self = Self { source: Source::Both, ..Self::BITSTREAM };
    /// By a loader alone.
    pub const LOADER: Self = Self { source: Source::Loader, ..Self::BITSTREAM };
    /// Weights from DRAM; the rest with the bitstream, and a loader can replace it.
    pub const DRAM: Self = Self { weights: Weights::Dram, ..Self::BOTH };

    /// Whether there is a loader.
    pub fn has_loader(self) -> bool {
        self.source != Source::Bitstream
    }

    /// The same, without anything from the bitstream.
    #[must_use]
    pub fn by_loader(self) -> Self {
        Self { source: Source::Loader, ..self }
    }
}

/// Everything that the Verilog of a core depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Core {
    /// Name of its modules.
    pub name: String,
    /// Target.
    pub target: Target,
    /// Shape.
    pub shape: CoreShape,
    /// How each array of the shape is built.
    pub builds: Vec<ArrayBuild>,
    /// Units beside the arrays.
    pub units: Units,
    /// Widths.
    pub widths: Widths,
    /// Input unit.
    pub input: InputUnit,
    /// Bits of an element of the result on its stream: 8, 16 or 32.
    pub output_bits: u32,
    /// Sizes of memories and limits of programs.
    pub room: Room,
    /// How its memories are filled.
    pub loading: Loading,
}

impl Core {
    /// Whether a read-only table of so many words stays out of block RAM, which some families have little of.
    pub fn in_logic(&self, words: usize) -> bool {
        self.family().tables.is_some_and(|tables| words <= tables.words) && !self.loading.has_loader()
    }

    /// Digest of everything that the Verilog depends on.
    pub fn digest(&self) -> String {
        self.hash().to_hex().to_string()
    }

    /// The first 32 bits of the digest, as the register `core` has them.
    pub fn identity(&self) -> u32 {
        let [a, b, c, d, ..] = *self.hash().as_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    fn hash(&self) -> blake3::Hash {
        blake3::hash([env!("CARGO_PKG_VERSION"), &self.to_toml()].join(" ").as_bytes())
    }
}
