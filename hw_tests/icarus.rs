//! Emitted cores under Icarus Verilog, which knows unknown values, with the models of their cells: `make icarus`. The seeded cores of
//! the simulation tests, every family among them; then a core whose memory image is spoiled, cores with planted faults, and streams
//! that break their protocol.

#[path = "../tests/common/mod.rs"]
mod seeded;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rayon::prelude::*;
use rowsmith::hw;
use rowsmith::plan::Plan;
use rowsmith::sim::random_images;
use rowsmith::target::{Family, Target};
use seeded::subject;

/// The seeds of `networks.rs`.
const SEEDS: [u64; 9] = [971, 3983, 1282, 1115, 3999, 380, 645, 666, 12];
const IMAGES: usize = 3;

/// The emitted folder's own command.
fn icarus(core: &Path) -> Output {
    Command::new("make").arg("-C").arg(core).arg("icarus").output().expect("make runs")
}

/// Emits the core of a seed into `core`; its family.
fn emit(seed: u64, core: &Path) -> Result<Family, String> {
    let subject = subject(seed);
    let target = Target::find(subject.target).map_err(|e| e.to_string())?;
    let plan = Plan::build(&subject.network, &target, &subject.shape).map_err(|e| e.to_string())?;
    let images = random_images(&subject.network, IMAGES, seed);
    let files = hw::emit(&subject.network, &plan, &images).map_err(|e| e.to_string())?;
    files.write(core).map_err(|e| e.to_string())?;
    Ok(target.family)
}

fn check(seed: u64) -> Result<Family, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let core = folder.path().join("core");
    let family = emit(seed, &core)?;
    // No identifier is a keyword of SystemVerilog.
    let bench = format!("sim/{}_tb.v", subject(seed).network.name);
    let files = ["-g2012", "-tnull", "-f", "sim.f", "sim/rws_bench.v", &bench];
    let parsed = Command::new("iverilog").current_dir(&core).args(files).output().map_err(|e| e.to_string())?;
    if !parsed.status.success() {
        return Err(String::from_utf8_lossy(&parsed.stderr).into_owned());
    }
    let output = icarus(&core);
    let text = [output.stdout.clone(), output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let passed = output.status.success() && text.contains(&format!("PASS: {IMAGES} images"));
    let last = || text.lines().rev().take(4).collect::<Vec<_>>().join("; ");
    if passed { Ok(family) } else { Err(format!("{family}: {}", last())) }
}

/// A core with a memory image that is short, then missing, must not run.
fn spoiled() {
    let folder = tempfile::tempdir().expect("a folder");
    let core = folder.path().join("core");
    emit(SEEDS[0], &core).expect("the core is emitted");
    let images = fs::read_dir(core.join("mem")).expect("mem/").map(|entry| entry.expect("an entry").path());
    let image = images.filter(|path| path.to_string_lossy().contains("params")).min().expect("parameters");
    let text = fs::read_to_string(&image).expect("an image");
    let words = ["is not", "cannot be read"];
    for (spoil, word) in words.into_iter().enumerate() {
        match spoil {
            0 => fs::write(&image, &text[..text.len() / 2]).expect("a writable image"),
            _ => fs::remove_file(&image).expect("a writable folder"),
        }
        let output = icarus(&core);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success() && text.contains(word) && !text.contains("PASS"), "{text}");
    }
}

/// Faults in the text of a module and what its assertion says of them.
const PLANTED: [(&str, &str, &str, &str); 2] = [
    (
        "rtl/drain/rws_drain_loops.v",
        "busy_q <= run && !pass_end && !rst;",
        "busy_q <= run && !rst;",
        "a block is captured while the block before it is still drained",
    ),
    ("rtl/drain/rws_drain_pixel.v", "bank_end = bank == BANK_LAST;", "bank_end = &bank;", "a result for bank"),
];

/// Assertions end the simulation of a core with a fault.
fn planted() {
    let folder = tempfile::tempdir().expect("a folder");
    let core = folder.path().join("core");
    // With a number for a bank that is not there.
    let px = |seed: &u64| subject(*seed).shape.px;
    let seed = SEEDS.into_iter().find(|seed| px(seed) == 1 || !px(seed).is_power_of_two()).expect("a seed");
    emit(seed, &core).expect("the core is emitted");
    for (module, good, bad, words) in PLANTED {
        let path = core.join(module);
        let text = fs::read_to_string(&path).expect("a module");
        assert!(text.contains(good), "{module}: {good}");
        fs::write(&path, text.replace(good, bad)).expect("a writable module");
        let output = icarus(&core);
        fs::write(&path, text).expect("a writable module");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!said.contains("PASS") && said.contains(words), "{module}: {said}");
    }
}

/// A stream of three beats a packet that breaks its protocol in the way that `BREAK` names, or not at all.
const STREAM: &str = "`timescale 1ns / 1ns
module stream;
    parameter BREAK = 0;
    reg clk = 0;
    reg rst = 1;
    reg ready = 0;
    reg valid = 0;
    reg [7:0] data = 0;
    reg [1:0] beat = 1;
    integer cycle;
    // The last beat is short.
    wire [1:0] keep = (beat == 3) ? 2'b01 : (BREAK == 4 && cycle > 40) ? 2'b10 : 2'b11;
    wire last = (beat == 3) ^ (BREAK == 3 && cycle > 40);
    rws_axis_check #(.WIDTH(16), .BEATS(3)) u_check
        (.clk(clk), .rst(rst), .tvalid(valid), .tready(ready), .tdata({data, data}), .tkeep(keep), .tlast(last));
    initial begin
        for (cycle = 0; cycle < 100; cycle = cycle + 1) begin
            #1 clk = 1;
            #1 clk = 0;
            if (valid && ready) begin
                data = data + 1;
                beat = (beat == 3) ? 1 : beat + 1;
            end
            if (BREAK == 1 && cycle > 40 && !ready) valid = 0;
            else if (!valid || ready) valid = cycle % 5 != 0 && cycle > 2;
            if (BREAK == 2 && cycle > 40 && valid && !ready) data = data + 1;
            ready = cycle % 3 == 0;
            rst = cycle < 2;
        end
        $display(\"PASS\");
        $finish;
    end
endmodule
";

/// The checker of streams takes a good one, and ends the simulation of each kind of bad one.
fn streams() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl/sim/rws_axis_check.v");
    fs::write(folder.path().join("stream.v"), STREAM).expect("a writable folder");
    let words = ["PASS", "tvalid fell", "tdata, tkeep or tlast changed", "tlast is", "tkeep is"];
    for (broken, word) in words.into_iter().enumerate() {
        let run = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).current_dir(folder.path()).args(arguments).output();
            let output = output.expect("Icarus Verilog runs");
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
        };
        let set = format!("-Pstream.BREAK={broken}");
        let check = check.to_string_lossy();
        let said = run("iverilog", &["-g2005", "-o", "stream.vvp", "-s", "stream", &set, "stream.v", &check]);
        assert!(said.is_empty(), "{said}");
        let said = run("vvp", &["-N", "stream.vvp"]);
        assert!(said.contains(word) && (broken == 0) == said.contains("PASS"), "{broken}: {said}");
    }
}

fn main() {
    if Command::new("iverilog").arg("-V").output().is_err() {
        eprintln!("make icarus needs Icarus Verilog: on Debian and Ubuntu, apt-get install iverilog");
        std::process::exit(2);
    }
    let results: Vec<_> = SEEDS.par_iter().map(|seed| (seed, check(*seed))).collect();
    let mut families = BTreeSet::new();
    let mut failed = 0;
    for (seed, result) in results {
        match result {
            Ok(family) => {
                println!("seed {seed}: {family}, {IMAGES} images bit-exact");
                families.insert(family.name());
            }
            Err(fault) => {
                println!("seed {seed}: FAULT {fault}");
                failed += 1;
            }
        }
    }
    assert_eq!(failed, 0, "some cores were wrong");
    let missing: Vec<_> = Family::ALL.iter().filter(|family| !families.contains(family.name())).collect();
    assert!(missing.is_empty(), "no core of {missing:?}");
    spoiled();
    println!("spoiled memory images end the simulation");
    planted();
    streams();
    println!("assertions end the simulation of planted faults");
}
