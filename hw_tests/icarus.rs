//! Emitted cores under Icarus Verilog, which knows unknown values, with the models of their cells: `make icarus`. The seeded cores of
//! the simulation tests, every family among them; then a core whose memory image is spoiled.

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
}
