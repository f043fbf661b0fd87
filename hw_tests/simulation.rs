//! The testbench against a toy core: data, stalls, reset, waves, and every fault it must find.

use std::fs;

use crate::common::{Toy, tool};
use rowsmith::sim::{
    LintJob, Scenario, SimError, SimJob, SimLanes, SimOptions, SimProgram, SimRegister, SimResult, SimRun, Stalls,
    Standard, WaveFormat,
};
use rowsmith::tool::{Cache, ToolKind};

const BEATS: u64 = 37;
const IMAGES: u64 = 5;

fn build(toy: &Toy, wave: Option<WaveFormat>) -> Result<SimProgram, SimError> {
    let job = SimJob {
        folder: toy.path().to_path_buf(),
        top: "toy_sim".to_owned(),
        options: SimOptions { wave, cells: false },
    };
    job.build(&tool(ToolKind::Verilator), &toy.cache)
}

fn run_of(lanes: u16) -> SimRun {
    let bytes = IMAGES * BEATS * u64::from(lanes);
    let input = (0..bytes).map(|i| (i * 89 + i / 7) as u8).collect();
    let widths = SimLanes { input: lanes, output: lanes, trace: lanes };
    let mut run = SimRun::new(widths, IMAGES, BEATS * u64::from(lanes), BEATS * u64::from(lanes), input);
    run.max_idle = 200;
    run.trace = true;
    run
}

/// The toy's function, written from its header.
fn expected(run: &SimRun) -> (Vec<u8>, Vec<i32>) {
    let lanes = usize::from(run.lanes.input);
    let of_byte = |(i, &byte): (usize, &u8)| {
        let index = (i / lanes) as u64 % BEATS;
        let word = (u64::from(byte) * 37 + 11 + index) as u8;
        (word, i32::from(byte as i8) * index as i32)
    };
    run.input.iter().enumerate().map(of_byte).unzip()
}

fn check(run: &SimRun, result: &SimResult) {
    let (output, trace) = expected(run);
    assert_eq!(result.output, output);
    assert_eq!(result.trace.as_ref().unwrap().layer(3), trace);
    assert_eq!(result.image_done.len() as u64, IMAGES);
    assert!(result.image_done.is_sorted() && result.image_done.last().unwrap() < &result.cycles);
}

#[test]
fn full_speed_stalls_and_reset() {
    let toy = Toy::new();
    let program = build(&toy, None).unwrap();
    let mut run = run_of(4);
    run.registers = vec![SimRegister { name: "beats".to_owned(), address: 4 }];
    let mut seen = Vec::new();
    let fast = program.run(&run, |progress| seen.push(progress.images)).unwrap();
    check(&run, &fast);
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    assert_eq!(fast.cycles, fast.first_beat + IMAGES * BEATS + 1, "one beat per cycle");
    assert_eq!(fast.registers["beats"], (IMAGES * BEATS) as u32);

    run.stalls = Stalls { input: 400, output: 300 };
    let slow = program.run(&run, |_| ()).unwrap();
    check(&run, &slow);
    assert!(slow.cycles > fast.cycles);
    assert_eq!(slow, program.run(&run, |_| ()).unwrap(), "a seed repeats its run");

    run.scenario = Scenario::Reset { control: 0, mask: 1, resume: 0, finish: 0 };
    for seed in 1..20 {
        run.seed = seed;
        let result = program.run(&run, |_| ()).unwrap();
        check(&run, &result);
        assert!(result.reset_cycle.unwrap() < result.first_beat);
        assert_eq!(result.registers["beats"], (IMAGES * BEATS) as u32);
    }
}

#[test]
fn every_bus_storage() {
    for lanes in [1, 2, 3, 8, 64] {
        let toy = Toy::new();
        toy.edit("sim/toy_sim.v", "LANES = 4", &format!("LANES = {lanes}"));
        let run = run_of(lanes);
        check(&run, &build(&toy, None).unwrap().run(&run, |_| ()).unwrap());
    }
}

#[test]
fn wrong_lanes_are_refused() {
    let toy = Toy::new();
    let program = build(&toy, None).unwrap();
    let error = program.run(&run_of(8), |_| ()).expect_err("the lanes are checked");
    assert!(matches!(&error, SimError::Testbench(text) if text.contains("s_axis_tdata")), "{error}");
    let mut run = run_of(4);
    run.input.pop();
    assert!(matches!(program.run(&run, |_| ()), Err(SimError::Input { expected: 740, found: 739 })));
}

#[test]
fn waves() {
    let toy = Toy::new();
    let mut run = run_of(4);
    run.wave = Some(toy.path().join("toy.vcd"));
    let program = build(&toy, Some(WaveFormat::Vcd)).unwrap();
    program.run(&run, |_| ()).unwrap();
    let wave = fs::read_to_string(toy.path().join("toy.vcd")).unwrap();
    assert!(wave.contains("$var wire 1 ") && wave.contains("\n#300\n"));
    // A failed run leaves its wave up to the fault.
    let mut wrong = run.clone();
    (wrong.bytes_out, wrong.wave) = (4 * (BEATS + 1), Some(toy.path().join("fault.vcd")));
    assert!(matches!(program.run(&wrong, |_| ()), Err(SimError::Protocol(text)) if text.contains("tlast is early")));
    assert!(fs::read_to_string(toy.path().join("fault.vcd")).unwrap().contains("\n#80\n"));
    // FST needs headers that a machine may lack; the error must then name them.
    match build(&toy, Some(WaveFormat::Fst)) {
        Ok(program) => {
            run.wave = Some(toy.path().join("toy.fst"));
            program.run(&run, |_| ()).unwrap();
            assert!(fs::metadata(toy.path().join("toy.fst")).unwrap().len() > 0);
        }
        Err(error) => assert!(matches!(error, SimError::WaveHeaders { .. }), "{error}"),
    }
}

/// Runs a spoiled toy with output stalls and returns the fault.
fn fault(file: &str, from: &str, to: &str) -> SimError {
    let toy = Toy::new();
    toy.edit(file, from, to);
    failure(&toy)
}

/// The error of a run with stalls on both sides.
fn failure(toy: &Toy) -> SimError {
    let mut run = run_of(4);
    run.stalls = Stalls { input: 300, output: 300 };
    build(toy, None).unwrap().run(&run, |_| ()).expect_err("the fault is found")
}

#[test]
fn a_valid_that_drops_is_found() {
    let error = fault("rtl/toy_core.v", "if (s_axis_tready) valid_q <=", "valid_q <=");
    assert!(matches!(&error, SimError::Protocol(text) if text.contains("fell") || text.contains("changed")), "{error}");
}

#[test]
fn data_that_changes_while_stalled_is_found() {
    let error = fault("rtl/toy_core.v", ".en       (en)", ".en       (s_axis_tvalid)");
    assert!(matches!(&error, SimError::Protocol(text) if text.contains("changed while stalled")), "{error}");
}

#[test]
fn a_wrong_keep_is_found() {
    for (keep, message) in [("~4'd2", "has a gap"), ("4'd7", "is short before the last beat")] {
        let error = fault("sim/toy_sim.v", "{LANES{1'b1}}", keep);
        assert!(matches!(&error, SimError::Protocol(text) if text.contains(message)), "{error}");
    }
}

#[test]
fn a_wrong_last_is_found() {
    let error = fault("rtl/toy_core.v", "last_q <= s_axis_tlast", "last_q <= 1'b0");
    assert!(matches!(&error, SimError::Protocol(text) if text.contains("tlast is missing")), "{error}");
}

#[test]
fn a_hang_is_found() {
    let toy = Toy::new();
    toy.edit("rtl/toy_core.v", "m_axis_tvalid = valid_q;", "m_axis_tvalid = valid_q && index_q != 8'd20;");
    toy.edit("rtl/toy_core.v", "!valid_q || m_axis_tready;", "!valid_q || (m_axis_tvalid && m_axis_tready);");
    let error = failure(&toy);
    assert!(
        matches!(&error, SimError::Timeout(text) if text.contains("no progress for 200 cycles: sent 20 of 185")),
        "{error}"
    );
}

#[test]
fn spoiled_memory_images_are_found() {
    let toy = Toy::new();
    let image = toy.path().join("mem/toy_table.hex");
    let text = fs::read_to_string(&image).unwrap();
    fs::write(&image, &text[..3 * 300]).unwrap();
    let short = failure(&toy);
    assert!(matches!(&short, SimError::Design(text) if text.contains("ended before")), "{short}");
    fs::remove_file(&image).unwrap();
    let missing = failure(&toy);
    assert!(matches!(&missing, SimError::Design(text) if text.contains("not found")), "{missing}");
}

/// Verilator's own library is most of what a small core has to compile.
#[test]
fn the_library_is_compiled_once() {
    let folder = tempfile::tempdir().unwrap();
    for reset in ["8'd0", "8'd00"] {
        let mut toy = Toy::new();
        toy.cache = Cache::at(folder.path());
        toy.edit("rtl/toy_core.v", "index_q <= 8'd0;", &format!("index_q <= {reset};"));
        build(&toy, None).unwrap();
    }
    let logs = fs::read_dir(folder.path().join("sim")).unwrap().map(|entry| entry.unwrap().path());
    let logs = logs.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    let mut compiled: Vec<bool> = logs.map(|log| fs::read_to_string(log).unwrap().contains("-o verilated.o")).collect();
    compiled.sort_unstable();
    assert_eq!(compiled, [false, true]);
}

#[test]
fn a_warning_fails_the_build() {
    let toy = Toy::new();
    toy.edit("rtl/toy_core.v", "index_q <= 8'd0;", "index_q <= 9'd0;");
    let error = build(&toy, None).unwrap_err().to_string();
    assert!(error.contains("WIDTH"), "{error}");
}

#[test]
fn lint_stops_at_any_warning() {
    let toy = Toy::new();
    let lint = |top: &str| {
        let (files, libraries) = (vec![format!("rtl/{top}.v")], vec!["rtl".to_owned()]);
        let job = LintJob {
            folder: toy.path().to_path_buf(),
            files,
            top: top.to_owned(),
            libraries,
            standard: Standard::default(),
        };
        job.run(&tool(ToolKind::Verilator))
    };
    toy.edit("rtl/toy_lane.v", "[0:511]", "[0:255]");
    toy.edit("rtl/toy_lane.v", "table_rom, 0, 511", "table_rom, 0, 255");
    toy.edit("rtl/toy_lane.v", "{1'b0, in_data}", "in_data");
    lint("toy_core").unwrap();
    lint("toy_lane").unwrap();
    toy.edit("rtl/toy_core.v", "reg       last_q;", "reg last_q; reg spare_q;");
    let error = lint("toy_core").unwrap_err().to_string();
    assert!(error.contains("UNUSEDSIGNAL"), "{error}");
}
