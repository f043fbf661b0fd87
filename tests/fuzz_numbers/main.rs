//! Random ONNX, QDQ and QONNX files against an executor that shares no code with the library.
//!
//! A seed draws a network (`recipe`, `blocks`, `types`), a file of it (`writer`) and inputs; the executor (`exec`) says what it computes;
//! `check` takes the file through import, quantization, manifest and golden model. Where every number is prescribed each result must
//! be the executor's to the last bit, or between its ends where single precision leaves the order of operations open; elsewhere
//! it must lie within what rounding in the types does (`noise`). A refusal needs a code, a node and a remedy.
//!
//! `make fuzz-numbers` runs 3,000 seeds and writes the record, `make cross-check` compares the executor with others. One seed, made as small
//! as it stays wrong: `FUZZ_FIRST=17 cargo test --release --test fuzz_numbers one_seed -- --ignored --nocapture`.

#![allow(missing_docs, reason = "a test")]
#![allow(clippy::float_cmp, reason = "numbers are compared to the last bit on purpose")]

mod blocks;
mod build;
mod check;
mod exec;
mod kinds;
mod layers;
mod model;
mod noise;
mod operators;
mod quantizers;
mod recipe;
mod record;
mod shapes;
mod shrink;
mod types;
mod value;
mod windows;
mod writer;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::check::Outcome;
use crate::recipe::Recipe;
use crate::record::Entry;

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The outcomes of the seeds that the environment names, or of so many from 0.
fn entries(count: u64) -> Vec<Entry> {
    // Panics are outcomes; their messages are kept.
    std::panic::set_hook(Box::new(|_| {}));
    let first = number("FUZZ_FIRST", 0);
    let run = |seed: u64| {
        let recipe = Recipe::new(seed);
        let case = blocks::build(&recipe);
        Entry { recipe, outcome: check::check(&case), model: case.model }
    };
    let entries = (first..first + number("FUZZ_COUNT", count)).into_par_iter().map(run).collect();
    let _ = std::panic::take_hook();
    entries
}

/// Fails with all faults, if there are any.
fn no_fault(entries: &[Entry]) {
    let faults = entries.iter().filter(|entry| entry.outcome.is_fault());
    let lines: Vec<String> = faults.map(|entry| format!("seed {}: {:?}", entry.recipe.seed, entry.outcome)).collect();
    assert!(lines.is_empty(), "{} of {} seeds:\n{}", lines.len(), entries.len(), lines.join("\n"));
}

#[test]
fn a_hundred_seeds() {
    let entries = entries(100);
    no_fault(&entries);
    let exact = entries.iter().filter(|entry| entry.outcome == Outcome::Exact).count();
    assert!(exact * 4 >= entries.len(), "only {exact} of {} files are exact", entries.len());
}

/// `make fuzz-numbers`.
#[test]
#[ignore = "writes record/fuzz-numbers.csv"]
fn record_all() {
    let entries = entries(3000);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("record/fuzz-numbers.csv");
    std::fs::write(path, record::table(&entries)).expect("record");
    no_fault(&entries);
}

/// One line for each seed.
#[test]
#[ignore = "prints outcomes"]
fn explore() {
    for Entry { recipe, outcome, .. } in entries(100) {
        let text = format!("{outcome:?}").replace("\\n", " ");
        println!("{} {:?} {:?} {text}", recipe.seed, recipe.family, recipe.scales);
    }
}

/// Writes models with inputs and results for `cross_check.py`.
#[test]
#[ignore = "writes files for cross_check.py"]
fn write_cases() {
    let folder = PathBuf::from(std::env::var("FUZZ_OUT").expect("FUZZ_OUT"));
    std::fs::create_dir_all(&folder).expect("folder");
    for seed in number("FUZZ_FIRST", 0)..number("FUZZ_FIRST", 0) + number("FUZZ_COUNT", 300) {
        let case = blocks::build(&Recipe::new(seed));
        let samples = case.inputs.iter().enumerate().map(|(sample, input)| {
            let output = case.output(sample);
            serde_json::json!({ "input": input.lo, "lo": output.lo, "hi": output.hi })
        });
        let samples = serde_json::json!({
            "input_dims": case.model.input,
            "output_dims": case.model.output_dims,
            "samples": samples.collect::<Vec<_>>(),
        });
        std::fs::write(folder.join(format!("{seed}.onnx")), writer::bytes(&case.model)).expect("model");
        std::fs::write(folder.join(format!("{seed}.json")), samples.to_string()).expect("samples");
    }
}

#[test]
#[ignore = "prints the smallest network with the fault of a seed"]
fn one_seed() {
    let (recipe, outcome) = shrink::smallest(&Recipe::new(number("FUZZ_FIRST", 0)));
    let case = blocks::build(&recipe);
    if let Ok(path) = std::env::var("FUZZ_OUT") {
        std::fs::write(path, writer::bytes(&case.model)).expect("model");
    }
    println!("{recipe:#?}\n{}\n{}\n{outcome:?}", case.model, check::steps(&case));
}
