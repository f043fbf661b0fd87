//! Seeded networks on seeded cores, alone and several on one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;
use rowsmith::hw;
use rowsmith::ir::Network;
use rowsmith::plan::{Core, Plan, Survey};
use rowsmith::target::Target;
use rowsmith::tool::{CoreFolder, Tool, ToolKind};

use super::harness::{Cycles, emitted, lint, simulate};
use crate::memories::{dram, loading};
use crate::seeded::{FEATURES, Subject, companion, subject};

/// Together they hold every feature.
const FIXED: [u64; 10] = [2413, 3035, 3192, 2506, 3819, 114, 3999, 2275, 2812, 3937];
/// Seeds of a longer run, `from..to`.
const SEEDS: &str = "ROWSMITH_SEEDS";

/// Networks of a seed and of others on one core, built once: where the seed is odd, a loader fills it with each program.
fn check_shared(seed: u64, verilator: &Tool) -> Result<Vec<Cycles>, String> {
    const COMPANIONS: u64 = 2;
    let host = subject(seed);
    let mut target = Target { dram: Some(dram(seed)), ..Target::find(host.target).map_err(|e| e.to_string())? };
    if seed % 3 == 1 {
        // No room for whole images: they come in by strips where that can be.
        target.block_ram.blocks = 0;
    }
    let has_core = |one: &Subject| Plan::build(&one.network, &target, &one.shape).is_ok();
    let others = (1..).map(|number| companion(1000 * number + seed, &host)).filter(has_core).take(COMPANIONS as usize);
    let networks: Vec<Network> = others.map(|other| other.network).collect();
    let networks: Vec<&Network> = std::iter::once(&host.network).chain(&networks).collect();
    let share = |loading| Survey::share(&host.network.name, &networks, &target, &host.shape, loading);
    let [first, second] = loading(seed);
    // The last layer may need its weights again and again.
    let plans = share(first).or_else(|_| share(second)).map_err(|e| format!("refused: {e}"))?;
    let loading = plans[0].core.loading;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut all = Vec::new();
    let mut verilog = BTreeSet::new();
    for (index, (network, plan)) in networks.iter().zip(&plans).enumerate() {
        let core = folder.path().join(index.to_string());
        let files = hw::emit(network, plan, &[]).map_err(|e| e.to_string())?;
        files.write(&core).map_err(|e| e.to_string())?;
        let generated = ["", "_arrays"].map(|part| fs::read(core.join(format!("rtl/{}{part}.v", plan.core.name))));
        for text in generated {
            verilog.insert(text.map_err(|e| e.to_string())?);
        }
        // What is compiled for the core as a file is the same.
        let again = Core::from_toml(&plan.core.to_toml(), "core.toml").map_err(|e| e.to_string())?;
        let again = Survey::program(network, &again).map_err(|e| format!("network {index}: {e}"))?;
        if again.core != plan.core || hw::images(network, &again) != hw::images(network, plan) {
            return Err(format!("network {index} is another one for the core's file"));
        }
        if index == 0 {
            lint(&core, &plan.core.name, verilator)?;
        }
        let cycles = simulate(seed + index as u64, network, plan, core, verilator);
        all.push(cycles.map_err(|fault| format!("network {index}, {loading:?}: {fault}"))?);
    }
    if verilog.len() == 2 { Ok(all) } else { Err("the Verilog depends on the network".to_owned()) }
}

/// All seeds, in parallel; with `seen` called for each.
fn run(seeds: &[u64], seen: impl Fn(u64, &Result<Vec<Cycles>, String>) + Sync) {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let faults: Vec<String> = seeds
        .par_iter()
        .filter_map(|&seed| {
            let result = catch_unwind(AssertUnwindSafe(|| check_shared(seed, &verilator)));
            let result = result.unwrap_or_else(|_| Err("panic".to_owned()));
            let joined = |all: &Vec<Cycles>| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            println!("seed {seed}: {}", result.as_ref().map_or_else(|e| format!("FAULT {e}"), joined));
            seen(seed, &result);
            result.err().map(|fault| format!("seed {seed}: {fault}"))
        })
        .collect();
    assert!(faults.is_empty(), "{} of {} seeds:\n{}", faults.len(), seeds.len(), faults.join("\n"));
}

#[test]
fn fixed_seeds() {
    run(&FIXED, |_, _| ());
}

#[test]
fn fixed_seeds_hold_every_feature() {
    let seen: BTreeSet<_> = FIXED.iter().flat_map(|&seed| subject(seed).features).collect();
    let missing: Vec<_> = FEATURES.iter().filter(|f| !seen.contains(*f)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(seen.iter().all(|f| FEATURES.contains(f)), "{seen:#?}");
}

/// Files of a core are clean without the modules that it does not use.
#[test]
fn cores_of_many_seeds_are_clean() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let clean = |seed: u64| {
        let subject = subject(seed);
        let target = Target::find(subject.target).map_err(|e| e.to_string())?;
        let (folder, _) = emitted(&subject.network, &target, &subject.shape)?;
        lint(&folder.path().join("core"), &subject.network.name, &verilator)
    };
    let faults: Vec<String> =
        (0..20_u64).into_par_iter().filter_map(|seed| Some(format!("seed {seed}: {}", clean(seed).err()?))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The list of a core's files for synthesis has the modules of its elaborated hierarchy, no more and no fewer.
#[test]
fn files_are_those_in_use() {
    let yosys = Tool::find(ToolKind::Yosys).unwrap_or_else(|error| panic!("{error}"));
    let faults: Vec<String> = FIXED.par_iter().filter_map(|&seed| unused(seed, &yosys)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// How the files of a seed's core differ from what it uses.
fn unused(seed: u64, yosys: &Tool) -> Option<String> {
    let subject = subject(seed);
    let Subject { network, target, shape, .. } = subject;
    let (folder, _) = emitted(&network, &Target::find(target).unwrap(), &shape).unwrap();
    let core = CoreFolder::open(&folder.path().join("core")).unwrap();
    let files = core.synthesis_files();
    core.copy_files(&files, folder.path()).unwrap();
    core.copy_memories(folder.path()).unwrap();
    let script =
        format!("read_verilog {}\nhierarchy -top {}\ntee -q -o modules.txt ls\n", files.join(" "), network.name);
    let output = yosys.command().current_dir(folder.path()).args(["-q", "-p", &script]).output().unwrap();
    assert!(output.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&output.stderr));
    let list = fs::read_to_string(folder.path().join("modules.txt")).unwrap();
    // A module with parameters of its own is listed as `$paramod...\rws_name\PARAMETER=...`.
    let word =
        |line: &str| line.split('\\').find(|part| part.trim().starts_with("rws_")).map(|part| part.trim().to_owned());
    let listed: BTreeSet<String> = list.lines().filter_map(word).collect();
    let name = |file: &String| Path::new(file).file_stem().unwrap().to_string_lossy().into_owned();
    let emitted: BTreeSet<String> = files.iter().map(name).filter(|name| name.starts_with("rws_")).collect();
    let differences: Vec<_> = emitted.symmetric_difference(&listed).collect();
    (!differences.is_empty()).then(|| format!("seed {seed}, {target}: {differences:?}"))
}

#[test]
#[ignore = "as long as its range"]
fn seeds_of_the_environment() {
    let text = std::env::var(SEEDS).unwrap_or_else(|_| panic!("{SEEDS} names the seeds, from..to"));
    let range = text.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    let range = range.unwrap_or_else(|| panic!("{SEEDS} is from..to, not `{text}`"));
    let seeds: Vec<_> = range.collect();
    assert!(!seeds.is_empty(), "{SEEDS}={text} names no seed");
    run(&seeds, |_, _| ());
}

/// Two hundred seeds, with what each core is; writes `record/networks.csv`, faults included.
#[test]
#[ignore = "takes about an hour"]
fn record_seeds() {
    let lines = Mutex::new(BTreeMap::new());
    let seen = |seed: u64, result: &Result<Vec<Cycles>, String>| {
        let Subject { target, shape, .. } = subject(seed);
        let arrays: Vec<String> = shape.arrays.iter().map(|array| format!("{}={}", array.lane, array.rows)).collect();
        let joined = |number: fn(&Cycles) -> f64| match result {
            Ok(all) => all.iter().map(|cycles| format!("{:.0}", number(cycles))).collect::<Vec<_>>().join(" "),
            Err(_) => String::new(),
        };
        let verdict = result.as_ref().map_or_else(|fault| fault.replace([',', '\n'], ";"), |_| "exact".to_owned());
        let line = format!(
            "{seed},{target},{shape},{},{:?} {:?},{},{},{verdict}",
            arrays.join(" ").replace(',', ";"),
            loading(seed)[0].source,
            loading(seed)[0].weights,
            joined(|cycles| cycles.predicted),
            joined(|cycles| cycles.simulated),
        );
        lines.lock().expect("lines").insert(seed, line);
    };
    let faults = catch_unwind(AssertUnwindSafe(|| run(&(0..200).collect::<Vec<_>>(), seen)));
    let lines: Vec<String> = lines.into_inner().expect("lines").into_values().collect();
    let head = "seed,target,shape,arrays,program,cycles_pred,cycles,verdict";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("record/networks.csv");
    fs::write(file, format!("{head}\n{}\n", lines.join("\n"))).expect("record");
    faults.unwrap_or_else(|panic| resume_unwind(panic));
}

/// Chooses [`FIXED`]: greedily, the seeds that hold the most features still missing.
#[test]
#[ignore = "a tool, not a test"]
fn choose_seeds() {
    let mut missing: BTreeSet<_> = FEATURES.into_iter().collect();
    let all: Vec<_> = (0..4000).map(|seed| (seed, subject(seed).features)).collect();
    while !missing.is_empty() {
        let (seed, features) =
            all.iter().max_by_key(|(_, f)| f.iter().filter(|f| missing.contains(*f)).count()).unwrap();
        if !features.iter().any(|f| missing.contains(f)) {
            break;
        }
        missing.retain(|f| !features.contains(f));
        println!("{seed}");
    }
    println!("missing: {missing:?}");
}
