//! FPGA families.

use std::fmt;
use std::str::FromStr;

use super::error::SynthError;

/// A family of FPGAs that share their cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Lattice `iCE40 UltraPlus`: 4-input LUTs, block RAM of 4 kb, `SB_MAC16`.
    Ice40,
    /// Lattice ECP5: 4-input LUTs, block RAM of 18 kb, 18x18 multipliers.
    Ecp5,
    /// AMD 7 series: 6-input LUTs, block RAM of 36 kb, `DSP48E1`.
    Xc7,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 3] = [Self::Ice40, Self::Ecp5, Self::Xc7];

    /// The name used in targets and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ice40 => "ice40",
            Self::Ecp5 => "ecp5",
            Self::Xc7 => "xc7",
        }
    }

    /// Size of the block that `Use::bram` counts, in kilobits.
    pub fn bram_kilobits(self) -> u32 {
        match self {
            Self::Ice40 => 4,
            Self::Ecp5 => 18,
            Self::Xc7 => 36,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = SynthError;

    fn from_str(text: &str) -> Result<Self, SynthError> {
        let found = Self::ALL.into_iter().find(|family| family.name() == text);
        found.ok_or_else(|| SynthError::UnknownFamily(text.to_owned()))
    }
}
