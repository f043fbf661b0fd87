//! The core: everything that its Verilog depends on, and no more. Programs of several networks may run on it.

use serde::{Deserialize, Serialize};

use super::input::InputUnit;
use super::room::Room;
use super::units::Units;
use super::widths::Widths;
use super::{ArrayBuild, CoreShape};
use crate::target::Target;

/// How a program comes into a core's memories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loading {
    /// With the bitstream, for good.
    #[default]
    Bitstream,
    /// With the bitstream; a loader can replace it.
    Both,
    /// By a loader alone.
    Loader,
    /// Weights from DRAM while the core runs; the rest with the bitstream, and a loader can replace it.
    Dram,
}

impl Loading {
    /// Whether there is a loader.
    pub fn has_loader(self) -> bool {
        self != Self::Bitstream
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
    /// How programs come into it.
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
