//! The core: everything that its Verilog depends on, and no more. Programs of several networks may run on it.

use serde::{Deserialize, Serialize};

use super::input::InputUnit;
use super::room::Room;
use super::widths::Widths;
use super::{ArrayBuild, CoreShape};
use crate::target::Target;

/// Units that only some networks need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each unit is there or not")]
pub struct Units {
    /// Maxima over windows in the pooling unit.
    pub max: bool,
    /// Sums over windows in the pooling unit.
    pub sum: bool,
    /// Memory for operands of adds.
    pub residual: bool,
    /// A second requantization, for what the window feed reads of tensors that are added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second: bool,
}

impl Units {
    /// Whether there is a pooling unit.
    pub fn pooling(self) -> bool {
        self.max || self.sum
    }

    /// The units of both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            max: self.max || other.max,
            sum: self.sum || other.sum,
            residual: self.residual || other.residual,
            second: self.second || other.second,
        }
    }
}

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
