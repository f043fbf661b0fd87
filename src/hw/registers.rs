//! The registers of a core on AXI4-Lite: one description for the documentation, a C header, Python constants and the simulation.

use std::fmt::Write as _;

/// What a bus may do with a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    Read,
    /// Write it; it reads as 0.
    Write,
    /// Both.
    ReadWrite,
}

/// One bit of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Name.
    pub name: &'static str,
    /// Bit.
    pub bit: u8,
    /// Meaning.
    pub text: &'static str,
}

impl Flag {
    /// The value with this bit alone.
    pub const fn mask(self) -> u32 {
        1 << self.bit
    }
}

/// A register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// Name.
    pub name: &'static str,
    /// Byte address.
    pub address: u8,
    /// Words of 32 bits: 1, or 2 of a counter, low word first.
    pub words: u8,
    /// Access.
    pub access: Access,
    /// Meaning.
    pub text: &'static str,
    /// Bits with names.
    pub flags: &'static [Flag],
}

impl Register {
    const fn new(name: &'static str, address: u8, access: Access, text: &'static str) -> Self {
        Self { name, address, words: 1, access, text, flags: &[] }
    }

    const fn with(self, flags: &'static [Flag]) -> Self {
        Self { flags, ..self }
    }

    const fn counter(name: &'static str, address: u8, text: &'static str) -> Self {
        Self { words: 2, ..Self::new(name, address, Access::Read, text) }
    }
}

/// What the identity register reads as: "RWS", and the version of this map.
pub const IDENTITY: u32 = 0x5257_5302;

/// Starts the core.
pub const RUN: Flag = Flag {
    name: "run",
    bit: 0,
    text: "1 after reset; at 0 the core finishes the image it works on and starts no other",
};
/// Resets everything but this map.
pub const SOFT_RESET: Flag =
    Flag { name: "soft_reset", bit: 1, text: "resets the core and reads the program again; clears itself" };
const IRQ_ENABLE: Flag =
    Flag { name: "irq_enable", bit: 2, text: "`irq` rises when an image's last beat is sent; 0 after reset" };

/// Tells that DRAM answered with an error.
pub const READ_ERROR: Flag = Flag {
    name: "read_error",
    bit: 4,
    text: "a read of weights from DRAM got an error; stays until a reset, and the core waits",
};

/// Identity.
pub const IDENTITY_REGISTER: Register = Register::new("identity", 0x00, Access::Read, "`0x52575302` (\"RWS\", 2)");
/// Control.
pub const CONTROL: Register =
    Register::new("control", 0x04, Access::ReadWrite, "control").with(&[RUN, SOFT_RESET, IRQ_ENABLE]);
/// Status.
pub const STATUS: Register = Register::new("status", 0x08, Access::ReadWrite, "status").with(&[
    Flag { name: "active", bit: 0, text: "the core works on an image" },
    Flag {
        name: "framing_error",
        bit: 1,
        text: "an image was dropped, or has no result, because `tlast` was not on its last beat; stays until a reset",
    },
    Flag { name: "irq", bit: 2, text: "level of `irq`; writing 1 clears it" },
    Flag { name: "configured", bit: 3, text: "there is a program" },
    READ_ERROR,
]);
/// Version of the generator.
pub const VERSION: Register =
    Register::new("version", 0x0C, Access::Read, "version of Rowsmith: major, minor (a byte each), patch");
/// Digest of the core.
pub const CORE: Register = Register::new("core", 0x10, Access::Read, "first 32 bits of the core's digest");
/// Digest of the program.
pub const PROGRAM: Register =
    Register::new("program", 0x14, Access::Read, "digest of the program, as in `plan.json`; 0 where there is none");
/// Where the loader writes.
pub const LOAD_PLACE: Register = Register::new(
    "load_place",
    0x18,
    Access::Write,
    "with a loader: number of a memory (bits 31 to 24) and of its word (bits 23 to 0) that the next `load_data` goes to",
);
/// What the loader writes.
pub const LOAD_DATA: Register = Register::new(
    "load_data",
    0x1C,
    Access::Write,
    "with a loader: the next 32 bits of the memory, those of a word lowest first; the place moves on",
);
/// Images.
pub const IMAGES: Register = Register::counter("images", 0x20, "images sent");
/// Cycles.
pub const CYCLES: Register = Register::counter("cycles", 0x28, "cycles while active");
/// Stalls.
pub const STALLS: Register = Register::counter(
    "stalls",
    0x30,
    "cycles in which the next step had to wait for the drain, for room in the output's ring or for weights from DRAM",
);
/// Busy cycles of the first array.
pub const BUSY: Register = Register::counter(
    "busy",
    0x38,
    "cycles in which an array had a step with rows: array `a`, numbered as in `arrays` of `plan.json`, at `0x38 + 8a`",
);

/// Where weights lie in DRAM.
pub const WEIGHTS: Register = Register::new(
    "weights",
    0xC0,
    Access::Write,
    "with weights from DRAM: address of the region of read port `p` at `0xC0 + 4p`, a multiple of 128, and behind those of all ports the \
     number of 8-byte beats that each reads for an image; writing any of them starts the reading again",
);

/// All registers by address; those of arrays behind the first follow the last.
pub const ALL: [Register; 13] = [
    IDENTITY_REGISTER,
    CONTROL,
    STATUS,
    VERSION,
    CORE,
    PROGRAM,
    LOAD_PLACE,
    LOAD_DATA,
    IMAGES,
    CYCLES,
    STALLS,
    BUSY,
    WEIGHTS,
];

/// An address without a register, which reads as 0.
pub const NONE: u8 = 0xF8;

/// Address of an array's counter of busy cycles.
pub fn busy(array: usize) -> u8 {
    BUSY.address + 8 * array as u8
}

/// The testbench's line that fills the memories from a file and then resets the core.
pub fn load_line(file: &str) -> String {
    let numbers =
        [LOAD_PLACE.address.into(), LOAD_DATA.address.into(), CONTROL.address.into(), SOFT_RESET.mask(), RUN.mask()];
    let [place, data, control, reset, run]: [u32; 5] = numbers;
    format!("load {file} {place} {data} {control} {reset} {run}\n")
}

/// The table of the documentation.
pub fn markdown() -> String {
    let mut text = "| address | register | access | meaning |\n|---|---|---|---|\n".to_owned();
    for register in ALL {
        let access = match register.access {
            Access::Read => "read",
            Access::Write => "write",
            Access::ReadWrite => "read, write",
        };
        let flags: Vec<String> =
            register.flags.iter().map(|flag| format!("bit {} {}: {}", flag.bit, flag.name, flag.text)).collect();
        let meaning = if flags.is_empty() { register.text.to_owned() } else { flags.join(". ") };
        let address = match register.words {
            1 => format!("`0x{:02X}`", register.address),
            _ => format!("`0x{:02X}`, `0x{:02X}`", register.address, register.address + 4),
        };
        let _ = writeln!(text, "| {address} | {} | {access} | {meaning} |", register.name);
    }
    text
}

/// Names and values of all constants.
fn constants() -> Vec<(String, u32, String)> {
    let mut all = vec![("IDENTITY_VALUE".to_owned(), IDENTITY, "what `identity` reads as".to_owned())];
    for register in ALL {
        let name = register.name.to_uppercase();
        all.push((name.clone(), register.address.into(), register.text.to_owned()));
        for flag in register.flags {
            all.push((format!("{name}_{}", flag.name.to_uppercase()), flag.mask(), flag.text.to_owned()));
        }
    }
    all
}

/// C header with byte addresses and bits.
pub fn c_header() -> String {
    let mut text = "/* SPDX-License-Identifier: CC0-1.0 */\n/* Registers of a Rowsmith core on AXI4-Lite: byte addresses and bits. Counters have 64 bits, read low word first. */\n\
                    /* An image goes in as an array [row][column][channel] of bytes; a result comes as one, elements lowest byte first. plan.json has shapes and bits. */\n\
                    #ifndef ROWSMITH_REGISTERS_H\n#define ROWSMITH_REGISTERS_H\n\n"
        .to_owned();
    for (name, value, meaning) in constants() {
        let _ = writeln!(text, "#define ROWSMITH_{name} 0x{value:02X}u /* {meaning} */");
    }
    text + "\n#endif\n"
}

/// Python module with byte addresses and bits.
pub fn python() -> String {
    let mut text = "# SPDX-License-Identifier: CC0-1.0\n\"\"\"Registers of a Rowsmith core on AXI4-Lite: byte addresses and bits. Counters have 64 bits, read low word first.\n\nAn image goes in as an array [row][column][channel] of bytes; a result comes as one, elements lowest byte first. plan.json has shapes and bits.\n\"\"\"\n\n"
        .to_owned();
    for (name, value, meaning) in constants() {
        let _ = writeln!(text, "{name} = 0x{value:02X}  # {meaning}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The localparams of `rws_axil` with the word addresses.
    #[test]
    fn verilog_has_the_same_addresses() {
        let verilog = include_str!("../../rtl/io/rws_axil.v");
        let at = |name: &str| {
            let line = verilog.lines().find(|line| line.contains(&format!("[5:0] {name}_AT = 6'h")));
            let digits = line.and_then(|line| line.split("6'h").nth(1)).unwrap_or_else(|| panic!("{name}_AT"));
            4 * u8::from_str_radix(digits.trim_end_matches(';'), 16).unwrap()
        };
        for (name, register) in [
            ("IDENTITY", IDENTITY_REGISTER),
            ("CONTROL", CONTROL),
            ("STATUS", STATUS),
            ("VERSION", VERSION),
            ("CORE", CORE),
            ("PROGRAM", PROGRAM),
            ("PLACE", LOAD_PLACE),
            ("DATA", LOAD_DATA),
            ("COUNTERS", IMAGES),
        ] {
            assert_eq!(at(name), register.address, "{name}");
        }
        assert!(verilog.contains(&format!("IDENTITY = 32'h{IDENTITY:08x};")));
        assert_eq!([CYCLES, STALLS, BUSY].map(|register| register.address), [0x28, 0x30, 0x38]);
        assert!(busy(7) < NONE);
    }

    #[test]
    fn the_documentation_has_the_table() {
        assert!(include_str!("../../docs/core.md").contains(&markdown()), "docs/core.md needs:\n{}", markdown());
    }
}
