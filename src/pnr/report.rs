//! Reading nextpnr's `--report`: clocks, utilisation and the slowest path.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::RouteError;
use super::job::RouteJob;
use super::path::{CriticalPath, Step};
use super::scopes::Scopes;

/// One kind of cell of the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Used {
    /// The tool's name of it.
    pub kind: String,
    /// Taken by the core and its wrapper.
    pub used: u64,
    /// On the device.
    pub available: u64,
}

/// A routed core.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouteReport {
    /// Tool and version.
    pub tool: String,
    /// Seed of the placement.
    pub seed: u32,
    /// Clock aimed at, MHz.
    pub clock_mhz: f64,
    /// Fastest clock of the routed core, MHz.
    pub fmax_mhz: f64,
    /// Kinds of cells in use.
    pub used: Vec<Used>,
    /// The path that limits the clock.
    pub path: Option<CriticalPath>,
    /// The routed design, for a packer.
    #[serde(skip)]
    pub layout: PathBuf,
}

#[derive(Deserialize)]
struct ReportFile {
    fmax: BTreeMap<String, Clock>,
    utilization: BTreeMap<String, Cells>,
    critical_paths: Vec<PathFile>,
}

#[derive(Deserialize)]
struct Clock {
    achieved: f64,
}

#[derive(Deserialize)]
struct Cells {
    used: u64,
    available: u64,
}

#[derive(Deserialize)]
struct PathFile {
    from: String,
    to: String,
    path: Vec<Step>,
}

impl RouteReport {
    /// Whether the clock that was asked for is reached.
    pub fn is_met(&self) -> bool {
        self.fmax_mhz >= self.clock_mhz
    }

    /// The report of `job` from the tool's text.
    pub(super) fn parse(
        text: &str,
        scopes: &Scopes,
        tool: &str,
        job: &RouteJob,
        layout: PathBuf,
    ) -> Result<Self, RouteError> {
        let file: ReportFile = serde_json::from_str(text).map_err(|error| RouteError::report(error.to_string()))?;
        let slowest = file.fmax.iter().min_by(|(_, a), (_, b)| a.achieved.total_cmp(&b.achieved));
        let (name, clock) = slowest.ok_or_else(|| RouteError::report("no clock was timed"))?;
        let edge = |end: &str| end.split_once(' ').is_some_and(|(_, clock)| clock == name);
        let path = file.critical_paths.iter().find(|path| edge(&path.from) && edge(&path.to));
        let used = file.utilization.into_iter().filter(|(_, cells)| cells.used > 0);
        Ok(Self {
            tool: tool.to_owned(),
            seed: job.seed,
            clock_mhz: job.clock_mhz,
            fmax_mhz: clock.achieved,
            used: used.map(|(kind, Cells { used, available })| Used { kind, used, available }).collect(),
            path: path.and_then(|path| CriticalPath::name(&path.path, scopes)),
            layout,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    /// The instances of the recorded path.
    const NETLIST: &str = r#"{"modules": {
        "msq_ooc": {"cells": {"u_core": {"type": "msq"}, "u_ooc": {"type": "$paramod$2c\\rws_ooc"}}},
        "msq": {"cells": {"u_core": {"type": "msq_core"}}},
        "msq_core": {"cells": {"u_seq": {"type": "$paramod$66\\rws_seq"}, "u_axil": {"type": "$paramod$51\\rws_axil"},
            "u_axis_out": {"type": "$paramod$2e\\rws_axis_out"}, "lut": {"type": "SB_LUT4"}}},
        "$paramod$66\\rws_seq": {"attributes": {"hdlname": "rws_seq"}},
        "$paramod$51\\rws_axil": {"attributes": {"hdlname": "rws_axil"}},
        "$paramod$2c\\rws_ooc": {"attributes": {"hdlname": "rws_ooc"}},
        "$paramod$2e\\rws_axis_out": {"attributes": {"hdlname": "rws_axis_out"}}}}"#;

    fn parse(text: &str) -> Result<RouteReport, RouteError> {
        let device = Target::find("ice40up5k").unwrap().device.unwrap();
        let job = RouteJob {
            netlist: "n.json".into(),
            top: "msq_ooc".to_owned(),
            device,
            clock_mhz: 24.0,
            placer: None,
            seed: 1,
            limit: None,
        };
        RouteReport::parse(text, &Scopes::parse(NETLIST, &job.top).unwrap(), "nextpnr-ice40", &job, "l.txt".into())
    }

    #[test]
    fn a_recorded_report() {
        let report = parse(include_str!("recorded/ice40.json")).unwrap();
        assert!(report.is_met());
        insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
    }

    #[test]
    fn damaged_reports() {
        let errors = ["", "{}", r#"{"fmax": {}, "utilization": {}, "critical_paths": []}"#];
        let errors: Vec<_> = errors.iter().map(|text| parse(text).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(errors.join("\n"));
        let error = Scopes::parse(NETLIST, "other").unwrap_err();
        insta::assert_snapshot!(error, @"cannot read the place-and-route report: no module `other`");
    }
}
