//! Target profiles, read from `targets/*.toml` (embedded) or from a user's file.

use crate::files::read_text;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// Logic family: decides the synthesis flow and the cost model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Lattice `iCE40 UltraPlus`: LUT4, `SB_MAC16`, 4 kbit block RAM.
    Ice40,
    /// Lattice ECP5: LUT4, `MULT18X18D`, 18 kbit block RAM.
    Ecp5,
    /// AMD 7 series: LUT6, `DSP48E1`, 36 kbit block RAM.
    Xc7,
    /// Gowin GW1N and GW2A: LUT4, `MULT18X18`, 18 kbit block RAM.
    Gowin,
    /// Lattice Nexus: LUT4, `MULT18X18`, 18 kbit block RAM.
    Nexus,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 5] = [Self::Ice40, Self::Ecp5, Self::Xc7, Self::Gowin, Self::Nexus];

    /// The name used in profiles and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ice40 => "ice40",
            Self::Ecp5 => "ecp5",
            Self::Xc7 => "xc7",
            Self::Gowin => "gowin",
            Self::Nexus => "nexus",
        }
    }

    /// Narrowest product that Yosys gives to a DSP block instead of LUTs.
    pub fn dsp_product_bits(self) -> u32 {
        match self {
            Self::Ice40 => 11,
            Self::Ecp5 | Self::Xc7 | Self::Gowin | Self::Nexus => 9,
        }
    }

    /// Flip-flops beside each LUT.
    pub fn ffs_per_lut(self) -> f64 {
        match self {
            // Two slices of eight LUTs have none.
            Self::Gowin => 0.75,
            Self::Ice40 | Self::Ecp5 | Self::Nexus => 1.0,
            Self::Xc7 => 2.0,
        }
    }

    /// Widths of the two signed ports of a DSP block's multiplier, larger first.
    pub fn dsp_ports(self) -> (u32, u32) {
        match self {
            Self::Ice40 => (16, 16),
            Self::Ecp5 | Self::Gowin | Self::Nexus => (18, 18),
            Self::Xc7 => (25, 18),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Block RAM of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockRam {
    /// Number of blocks.
    pub blocks: u32,
    /// Bits per block.
    pub bits: u32,
}

/// The DRAM behind a target's read ports, as plans and simulations take it. Cycles are those of the core's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dram {
    /// Where the figures come from.
    pub source: String,
    /// Read ports of 64 bits, 1 to 4.
    pub ports: u32,
    /// Bytes that all ports get in a cycle together, on average, refreshes included.
    pub bytes_per_cycle: f64,
    /// Cycles from a burst's address to its first beat.
    pub latency: u32,
    /// Cycles from refresh to refresh; 0 for none.
    pub refresh_interval: u32,
    /// Cycles of a refresh, in which nothing is read.
    pub refresh_cycles: u32,
}

impl Dram {
    /// Bandwidth between refreshes, in 256ths of a byte per cycle.
    pub fn rate(&self) -> u64 {
        let [interval, refresh] = [self.refresh_interval, self.refresh_cycles].map(f64::from);
        let share = if interval > 0.0 { 1.0 - refresh / interval } else { 1.0 };
        (256.0 * self.bytes_per_cycle / share).round() as u64
    }

    fn fault(&self) -> Option<&'static str> {
        if !(1..=4).contains(&self.ports) {
            return Some("dram.ports must be 1 to 4");
        }
        if !(self.bytes_per_cycle >= 0.1 && self.bytes_per_cycle <= 64.0) {
            return Some("dram.bytes_per_cycle must be 0.1 to 64");
        }
        if self.latency > 10_000 || self.refresh_interval > 10_000_000 {
            return Some("dram.latency must be at most 10000 cycles, dram.refresh_interval 10000000");
        }
        (2 * u64::from(self.refresh_cycles) > u64::from(self.refresh_interval))
            .then_some("dram.refresh_cycles must be at most half of dram.refresh_interval")
    }
}

/// The one chip that stands for a target when a core is placed and routed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Where part, package and speed grade come from.
    pub source: String,
    /// Chip as the place and route tool names it: `up5k`, `25k`; on the others the whole part, `xc7a35ticsg324-1L`.
    pub part: String,
    /// Die of a Gowin part, such as `GW2A-18C`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub die: Option<String>,
    /// Package, such as `sg48`; only where it is no part of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Speed grade; only where it is no part of the name, and iCE40 has one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<u8>,
    /// Pins of the wrapper that a core is placed in. ECP5 may go without: the tool chooses them then, and at times a pin
    /// from which it finds no way to the clock tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pins: Option<Pins>,
}

/// Pins of the wrapper that a core is placed in, as the package names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    /// A pin that clocks may enter by.
    pub clock: String,
    /// Input of the shift register.
    pub input: String,
    /// Output of the XORs.
    pub output: String,
}

impl Device {
    /// What is wrong with the words of a device, which become words of command lines and of scripts.
    fn fault(&self, family: Family) -> Option<&'static str> {
        let pins = self.pins.iter().flat_map(|pins| [&pins.clock, &pins.input, &pins.output]);
        let mut words = self.package.iter().chain(&self.die).chain(pins);
        // Gowin's parts have the speed grade behind a slash.
        let part = self.part.split_once('/').filter(|_| family == Family::Gowin);
        let (part, grade) = part.unwrap_or((&self.part, "0"));
        let whole = matches!(family, Family::Gowin | Family::Nexus);
        if !(is_plain(part) && is_plain(grade) && words.all(|word| is_plain(word))) {
            return Some(
                "device.part, device.package, device.die and device.pins must be letters, digits, `-` and `_`; on gowin \
                 one `/` in device.part",
            );
        }
        if self.die.is_some() != (family == Family::Gowin) {
            return Some("gowin needs device.die, and no other family takes it");
        }
        if whole && self.pins.is_none() {
            return Some("gowin and nexus need device.pins");
        }
        if self.pins.is_some() && matches!(family, Family::Ice40 | Family::Xc7) {
            return Some("only ecp5, gowin and nexus take device.pins");
        }
        (whole && (self.package.is_some() || self.speed.is_some())).then_some(
            "device.part names package and speed on gowin and nexus: leave device.package and device.speed out",
        )
    }
}

/// One FPGA and the share of it that a core may fill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Format of the profile, 1.
    pub format: u32,
    /// Name used on the command line.
    pub name: String,
    /// Device and board for people.
    pub title: String,
    /// Where the figures come from.
    pub source: String,
    /// Logic family.
    pub family: Family,
    /// Lookup tables of the family's native size.
    pub luts: u32,
    /// DSP blocks.
    pub dsps: u32,
    /// Block RAM.
    pub block_ram: BlockRam,
    /// Share of the LUTs that planning may fill, 0 to 1.
    pub lut_share: f64,
    /// Share of the DSP blocks.
    pub dsp_share: f64,
    /// Share of the block RAM.
    pub block_ram_share: f64,
    /// Clock assumed when rates are reported, MHz.
    pub clock_mhz: f64,
    /// The chip to place and route for; without it there is no `rowsmith pnr`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// DRAM that weights may be read from while a core runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dram: Option<Dram>,
}

/// Why a target cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum TargetError {
    /// The name is neither built in nor a file.
    #[error("there is no target `{name}`")]
    #[diagnostic(
        code("RWS-T001"),
        help("the built-in targets are {known}; for a profile, give its path, ending in .toml")
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// The profile's text is not a profile.
    #[error("{file}: {cause}")]
    #[diagnostic(code("RWS-T002"), help("docs/add-a-target.md lists the keys of a profile"))]
    Invalid {
        /// The profile.
        file: String,
        /// What is wrong.
        cause: String,
    },
}

/// Largest profile in bytes.
const PROFILE_LIMIT: u64 = 1 << 20;

const BUILT_IN: [(&str, &str); 9] = [
    ("ice40up5k", include_str!("../../targets/ice40up5k.toml")),
    ("ecp5-25f", include_str!("../../targets/ecp5-25f.toml")),
    ("ecp5-85f", include_str!("../../targets/ecp5-85f.toml")),
    ("gw1nr-9", include_str!("../../targets/gw1nr-9.toml")),
    ("gw2a-18", include_str!("../../targets/gw2a-18.toml")),
    ("lifcl-40", include_str!("../../targets/lifcl-40.toml")),
    ("xc7a35t", include_str!("../../targets/xc7a35t.toml")),
    ("xc7z020", include_str!("../../targets/xc7z020.toml")),
    ("xc7z045", include_str!("../../targets/xc7z045.toml")),
];

impl Target {
    /// Flip-flops that a core may use. They wait beside LUTs that are used or not, so nearly all can be.
    pub fn usable_ffs(&self) -> f64 {
        const SHARE: f64 = 0.9;
        SHARE * f64::from(self.luts) * self.family.ffs_per_lut()
    }

    /// DSP blocks of the share that a core may use.
    pub fn usable_dsps(&self) -> usize {
        (f64::from(self.dsps) * self.dsp_share) as usize
    }

    /// All built-in targets, smallest first within a family.
    pub fn built_in() -> Result<Vec<Self>, TargetError> {
        BUILT_IN.iter().map(|(name, text)| Self::parse(text, name)).collect()
    }

    /// A built-in target by name, or a profile file when `name` ends in `.toml`.
    pub fn find(name: &str) -> Result<Self, TargetError> {
        Self::find_from(Path::new(""), name)
    }

    /// Like [`Target::find`], a path being relative to the folder `base`.
    pub fn find_from(base: &Path, name: &str) -> Result<Self, TargetError> {
        if let Some((file, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Self::parse(text, file);
        }
        if Path::new(name).extension().is_some_and(|e| e == "toml") {
            let text = read_text(&base.join(name), PROFILE_LIMIT)
                .map_err(|e| TargetError::Invalid { file: name.to_owned(), cause: e.to_string() })?;
            return Self::parse(&text, name);
        }
        let known: Vec<&str> = BUILT_IN.iter().map(|(known, _)| *known).collect();
        Err(TargetError::Unknown { name: name.chars().take(64).collect(), known: known.join(", ") })
    }

    fn parse(text: &str, file: &str) -> Result<Self, TargetError> {
        let invalid = |cause: String| TargetError::Invalid { file: file.to_owned(), cause };
        let target: Self = toml::from_str(text).map_err(|e| invalid(e.to_string()))?;
        target.checked().map_err(invalid)
    }

    /// The profile, or what is wrong with it.
    pub(crate) fn checked(self) -> Result<Self, String> {
        let share = |s: f64| s > 0.0 && s <= 1.0;
        if self.format != 1 {
            return Err(format!("format {} is not supported; this version reads format 1", self.format));
        }
        if !(share(self.lut_share) && share(self.dsp_share) && share(self.block_ram_share)) {
            return Err("shares must be from 0 to 1".to_owned());
        }
        if self.luts == 0 || self.block_ram.bits == 0 || !(self.clock_mhz > 0.0 && self.clock_mhz < 1e4) {
            return Err("luts, block_ram.bits and clock_mhz must be positive".to_owned());
        }
        if !is_plain(&self.name) {
            return Err(
                "name must be at most 64 letters, digits, `-` and `_`, starting with a letter or digit".to_owned()
            );
        }
        let faults = [
            self.device.as_ref().and_then(|device| device.fault(self.family)),
            self.dram.as_ref().and_then(Dram::fault),
        ];
        match faults.into_iter().flatten().next() {
            Some(fault) => Err(fault.to_owned()),
            None => Ok(self),
        }
    }
}

/// Letters, digits, `-` and `_`, 1 to 64 of them, the first a letter or digit.
fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.len() <= 64 && word.chars().all(plain)
}
