//! Yosys on the toy core: counts of every family, and the faults that must stop it.

use std::fs;

use crate::common::{Toy, tool};
use rowsmith::synth::{SynthError, SynthJob, SynthReport, Synthesizer, Yosys};
use rowsmith::target::Family;
use rowsmith::tool::ToolKind;

fn synthesize(toy: &Toy, family: Family) -> Result<SynthReport, SynthError> {
    let job = SynthJob { folder: toy.path().to_path_buf(), top: "toy_core".to_owned(), family, flat: false };
    Yosys::new(tool(ToolKind::Yosys)).synthesize(&job, &toy.cache)
}

#[test]
fn every_family() {
    let toy = Toy::new();
    for family in Family::ALL {
        let report = synthesize(&toy, family).unwrap();
        let counts: Vec<_> = report.modules.iter().map(|module| (module.name.as_str(), module.count)).collect();
        assert_eq!(counts, [("toy_core", 1), ("toy_lane", 4)], "{family}");
        // Gowin makes two multipliers of 9 x 9 bits in the place of one.
        let multipliers = if family == Family::Gowin { 2.0 } else { 4.0 };
        assert!((report.total.dsp - multipliers).abs() < 1e-9, "{family}: a multiplier per lane");
        // xc7 prefers LUTs for a table this small.
        let blocks = if family == Family::Xc7 { 0.0 } else { 4.0 };
        assert!((report.total.bram - blocks).abs() < 1e-9, "{family}: {:?}", report.total);
        assert!(report.total.lut > 0 && report.total.ff >= 10, "{family}: {:?}", report.total);
        assert_eq!(report, synthesize(&toy, family).unwrap(), "the cache gives the same report");
    }
}

#[test]
fn spoiled_memory_images_are_found() {
    let toy = Toy::new();
    let image = toy.path().join("mem/toy_table.hex");
    let text = fs::read_to_string(&image).unwrap();
    fs::write(&image, &text[..3 * 300]).unwrap();
    let short = synthesize(&toy, Family::Ice40).unwrap_err();
    assert!(matches!(short, SynthError::ShortMemory { size: 512, words: 300, .. }), "{short}");
    fs::remove_file(&image).unwrap();
    let missing = synthesize(&toy, Family::Ice40).unwrap_err().to_string();
    assert!(missing.contains("Can not open file `toy_table.hex`"), "{missing}");
}

#[test]
fn a_wire_without_driver_is_found() {
    let toy = Toy::new();
    toy.edit("rtl/toy_core.v", "assign m_axis_tlast  = last_q;", "wire open; assign m_axis_tlast = last_q & open;");
    let error = synthesize(&toy, Family::Ice40).unwrap_err();
    assert!(matches!(&error, SynthError::Warning(text) if text.contains("open")), "{error}");
}

#[test]
fn a_latch_is_found() {
    let toy = Toy::new();
    let latch = "reg held; always @* if (last_q) held = 1'b1;\n    assign m_axis_tlast = last_q & held;";
    toy.edit("rtl/toy_core.v", "assign m_axis_tlast  = last_q;", latch);
    let error = synthesize(&toy, Family::Ice40).unwrap_err();
    assert!(matches!(&error, SynthError::Warning(text) if text.contains("held")), "{error}");
}

/// Every cell that Yosys knows of the families is a name that no network can take.
#[test]
fn cells_are_reserved() {
    let libraries = [
        "+/xilinx/cells_sim.v +/xilinx/cells_xtra.v",
        "+/ecp5/cells_sim.v +/ecp5/cells_bb.v",
        "-D ICE40_U +/ice40/cells_sim.v",
        "+/gowin/cells_sim.v +/gowin/cells_xtra_gw2a.v",
        "+/nexus/cells_sim.v +/nexus/cells_xtra.v",
    ];
    let reserved = include_str!("../src/ir/cells.txt");
    let folder = tempfile::tempdir().unwrap();
    let mut found = 0;
    for files in libraries {
        let script = format!("read_verilog -lib {files}; tee -q -o cells.txt ls =*");
        let output = tool(ToolKind::Yosys).command().current_dir(folder.path()).args(["-q", "-p", &script]).output();
        assert!(output.unwrap().status.success(), "{files}");
        let list = fs::read_to_string(folder.path().join("cells.txt")).unwrap();
        let names = list
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
        for name in names.map(str::trim) {
            assert!(reserved.lines().any(|cell| cell == name), "src/ir/cells.txt lacks {name} of {files}");
            found += 1;
        }
    }
    assert!(found > 500, "{found} cells");
}
