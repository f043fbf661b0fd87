//! A small core placed and routed for every family that a tool is driven for.

use std::fs;
use std::path::Path;

use rowsmith::hw::{self, wrapper_name};
use rowsmith::manifest;
use rowsmith::plan::Request;
use rowsmith::pnr::{Nextpnr, Packer, RouteJob, SeedReport};
use rowsmith::synth::{SynthJob, Synthesizer, Yosys};
use rowsmith::target::Target;
use rowsmith::tool::Cache;

/// Places the digits network at a small shape packs it, and returns the report.
fn place(target: &str, cells: &str) -> SeedReport {
    let network = manifest::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/digits/fixed4.toml")).unwrap();
    let target = Target::find(target).unwrap();
    let plan = Request::parse(Some("2x1x2"), Some("dsp(4)=2")).unwrap().plan(&network, &target).unwrap();
    let folder = tempfile::tempdir().unwrap();
    hw::emit(&network, &plan, &[]).unwrap().write(folder.path()).unwrap();
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let job = SynthJob {
        folder: folder.path().to_path_buf(),
        top: plan.core.name.clone(),
        family: target.family,
        flat: false,
    };
    let netlist = Yosys::find().unwrap().netlist(&job, &cache).unwrap();
    let router = Nextpnr::find(target.family).unwrap().expect("a tool for the family");
    let (top, device, clock_mhz) = (wrapper_name(&plan.core.name), target.device.unwrap(), target.clock_mhz);
    let job = RouteJob { netlist, top, device: device.clone(), clock_mhz, placer: None, seed: 1, limit: None };
    let report = SeedReport::route(&router, &job, 1, 1, &cache).unwrap();
    let used = report.best.used.iter().find(|used| used.kind == cells).expect("logic cells are counted");
    assert!(used.used > 200 && used.used < used.available, "{used:?}");
    let bitstream =
        Packer::find(target.family).unwrap().expect("a packer").pack(&report.best.layout, &device, &cache).unwrap();
    assert!(fs::metadata(bitstream).unwrap().len() > 10_000);
    report
}

fn check_path(report: &SeedReport) {
    let path = report.best.path.as_ref().expect("a path");
    assert!((1000.0 / path.total_ns() - report.best.fmax_mhz).abs() < 0.01 * report.best.fmax_mhz, "{path}");
    let modules: Vec<_> = path.segments.iter().map(|segment| segment.place.module.as_str()).collect();
    assert!(modules.iter().any(|module| module.starts_with("rws_")), "{modules:?}");
    assert!(path.from.starts_with("u_") && path.to.starts_with("u_"), "{path}");
    assert!(["SB_", "TRELLIS", "DFF", "FD1P3"].iter().all(|cell| !path.to.contains(cell)), "{path}");
}

#[test]
fn ice40() {
    let report = place("ice40up5k", "ICESTORM_LC");
    assert!(report.best.fmax_mhz > 10.0 && report.best.fmax_mhz < 100.0, "{} MHz", report.best.fmax_mhz);
    check_path(&report);
}

#[test]
fn ecp5() {
    let report = place("ecp5-25f", "TRELLIS_COMB");
    assert!(report.best.fmax_mhz > 20.0 && report.best.fmax_mhz < 500.0, "{} MHz", report.best.fmax_mhz);
    check_path(&report);
}

#[test]
fn gowin() {
    for target in ["gw1nr-9", "gw2a-18"] {
        let report = place(target, "LUT4");
        assert!(report.best.fmax_mhz > 20.0 && report.best.fmax_mhz < 500.0, "{} MHz", report.best.fmax_mhz);
        check_path(&report);
    }
}

#[test]
fn nexus() {
    let report = place("lifcl-40", "OXIDE_COMB");
    assert!(report.best.fmax_mhz > 20.0 && report.best.fmax_mhz < 500.0, "{} MHz", report.best.fmax_mhz);
    check_path(&report);
}
