//! Resource estimates against Yosys, one small core per family; more cores are in `record/cost-model.md`.

use std::path::Path;

use rowsmith::hw;
use rowsmith::manifest;
use rowsmith::plan::{Request, Resources};
use rowsmith::synth::{SynthJob, SynthReport, Synthesizer, Yosys};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};

/// Plans, emits and synthesises one core.
fn both(model: &str, target: &str, shape: &str, rows: &str) -> (Resources, SynthReport) {
    let network = manifest::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(model)).unwrap();
    let target = Target::find(target).unwrap();
    let request = Request { oversize: true, ..Request::parse(Some(shape), Some(rows)).unwrap() };
    let plan = request.plan(&network, &target).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    hw::emit(&network, &plan, &[]).unwrap().write(&core).unwrap();
    let yosys = Yosys::new(Tool::find(ToolKind::Yosys).unwrap_or_else(|error| panic!("{error}")));
    let job = SynthJob { folder: core, top: plan.core.name.clone(), family: target.family, flat: false };
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    (plan.resources.clone(), yosys.synthesize(&job, &cache).unwrap())
}

/// Multipliers sit where they are asked for and nowhere else.
fn check_multipliers(report: &SynthReport, dsp_rows: bool) {
    assert_eq!(report.total.dsp > 0.0, dsp_rows);
    for (module, used) in report.by_source() {
        let expected = dsp_rows && (module.ends_with("_mult") || module.starts_with("rws_dsp_"));
        assert!(expected || used.dsp == 0.0, "{module}: {} DSP blocks", used.dsp);
    }
}

/// LUTs within 10 %, flip-flops within 5 %, multipliers and block RAM exact.
fn check(model: &str, target: &str, shape: &str, rows: &str) {
    let (estimate, report) = both(model, target, shape, rows);
    let total = report.total;
    check_multipliers(&report, rows.contains("dsp"));
    let error = |ours: u32, theirs: u64| f64::from(ours) / theirs as f64 - 1.0;
    let (lut, ff) = (error(estimate.lut, total.lut), error(estimate.ff, total.ff));
    assert!(lut.abs() <= 0.10, "{model} {target}: {} LUTs estimated, {} counted", estimate.lut, total.lut);
    assert!(ff.abs() <= 0.05, "{model} {target}: {} flip-flops estimated, {} counted", estimate.ff, total.ff);
    assert!(
        (f64::from(estimate.dsp) - total.dsp).abs() < 0.01,
        "{model} {target}: {} DSP, {}",
        estimate.dsp,
        total.dsp
    );
    assert!((estimate.bram - total.bram).abs() < 0.01, "{model} {target}: {} BRAM, {}", estimate.bram, total.bram);
}

#[test]
fn ice40() {
    check("digits/ausn.toml", "ice40up5k", "4x1x4", "ausn(4;1)=4");
}

#[test]
fn ecp5() {
    check("digits/msq.toml", "ecp5-25f", "4x1x8", "dsp(4)=4,sp2(4)=4");
}

#[test]
fn xc7() {
    check("digits/fixed4.toml", "xc7z020", "8x1x8", "fixed(4)=6,dsp(4)=2");
}

#[test]
fn gowin() {
    check("digits/msq.toml", "gw2a-18", "4x1x8", "dsp(4)=4,sp2(4)=4");
}

#[test]
fn nexus() {
    check("digits/msq.toml", "lifcl-40", "4x1x8", "dsp(4)=4,sp2(4)=4");
}
