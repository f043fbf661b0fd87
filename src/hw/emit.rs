//! Everything a core's folder holds.

use super::images::{images, load_words, streamed};
use super::library::Module;
use super::run_file::{DRAM_BASE, RunFile, max_idle};
use super::scripts::{synth_script, vivado_script, wrapper_files};
use super::{EmitError, FileSet, PlanSummary, library, registers, render};
use crate::golden;
use crate::ir::Network;
use crate::plan::{Core, Plan, Source};

/// The testbench, as the verifier builds it.
const HARNESS: &str = include_str!("../../templates/harness.cpp");

/// Renders the folder of a planned core with its network's program. Same network, plan and samples, same bytes.
///
/// `samples` are images (CHW) that go along with their expected outputs, so that the folder can be tried alone.
pub fn emit(network: &Network, plan: &Plan, samples: &[Vec<i32>]) -> Result<FileSet, EmitError> {
    let mut files = emit_core(&plan.core)?;
    add_program(network, plan, samples, &mut files)?;
    Ok(files)
}

/// Renders a network's program for a core: memory images and samples.
pub fn emit_program(network: &Network, plan: &Plan, samples: &[Vec<i32>]) -> Result<FileSet, EmitError> {
    let mut files = FileSet::new();
    add_program(network, plan, samples, &mut files)?;
    Ok(files)
}

/// Renders the folder of a core alone, which no network's numbers go into.
pub fn emit_core(core: &Core) -> Result<FileSet, EmitError> {
    let mut files = FileSet::new();
    let name = &core.name;
    let (arrays, top, simulated) = (render::arrays(core)?, render::top(core, false)?, render::top(core, true)?);
    let modules = library::used(&[&arrays, &top], &library::idle(core, false));
    for module in &modules {
        files.add(format!("rtl/{}", module.path), module.text.to_owned());
    }
    files.add(format!("rtl/{name}_arrays.v"), arrays.clone());
    files.add(format!("rtl/{name}.v"), top);
    let verilog: Vec<String> =
        files.iter().map(|(path, _)| path.to_owned()).filter(|path| path.starts_with("rtl/")).collect();
    files.add("files.f", verilog.join("\n"));
    files.add("synth/run.ys", synth_script(core.target.family, name, &verilog, false));
    let [pads, wrapper] = wrapper_files(name);
    files.add(pads, library::file("io/rws_ooc.v").to_owned());
    files.add(wrapper, render::wrapper(core)?);
    if let Some(script) = vivado_script(&core.target, name, &verilog) {
        files.add("synth/vivado.tcl", script);
    }
    let simulation = simulation_files(core, &[&arrays, &simulated], &modules);
    let lists = verilog.iter().chain(simulation.iter().map(|(path, _)| path));
    files.add("sim.f", lists.cloned().collect::<Vec<_>>().join("\n"));
    for (path, text) in simulation {
        files.add(path, text.to_owned());
    }
    files.add(format!("sim/{name}_sim.v"), simulated);
    if !core.is_streamed() {
        files.add("sim/rws_bench.v", library::file("sim/rws_bench.v").to_owned());
    }
    files.add("sim/harness.cpp", HARNESS.to_owned());
    files.add("driver/rowsmith.h", registers::c_header());
    files.add("driver/rowsmith.py", registers::python());
    let (readme, makefile) = render::guide(core)?;
    files.add("README.md", readme);
    files.add("Makefile", makefile);
    files.add("core.toml", core.to_toml());
    Ok(files)
}

fn add_program(network: &Network, plan: &Plan, samples: &[Vec<i32>], files: &mut FileSet) -> Result<(), EmitError> {
    let (images, loading) = (images(network, plan), plan.core.loading);
    if loading.has_loader() {
        files.add_bytes("mem/load.bin", load_words(&images));
    }
    if plan.core.is_streamed() {
        let weights = streamed(network, plan);
        files.add_bytes("mem/weights.bin", weights);
    }
    for image in images.iter().filter(|_| loading.source != Source::Loader) {
        files.add(format!("mem/{}", image.file), image.text());
    }
    let summary = PlanSummary::of(plan);
    add_samples(network, &summary, samples, &plan.core, files)?;
    // The testbench in Verilog has no DRAM.
    if !plan.core.is_streamed() {
        let bench = render::bench(plan, samples.len(), max_idle(summary.cycles))?;
        files.add(format!("sim/{}_tb.v", plan.core.name), bench);
    }
    let json = serde_json::to_string_pretty(&summary).map_err(|e| EmitError::Template { cause: e.to_string() })?;
    files.add("plan.json", json);
    Ok(())
}

/// What a simulation takes beside the synthesised modules: the modules that only it uses, and models of the cells in use.
fn simulation_files(core: &Core, texts: &[&str], synthesised: &[&Module]) -> Vec<(String, &'static str)> {
    let all = library::used(texts, &library::idle(core, true));
    let models = library::cell_models(core.target.family, &all).into_iter();
    let models = models.map(|path| (path.to_owned(), library::file(path)));
    let own = all.into_iter().filter(|module| !synthesised.iter().any(|other| other.path == module.path));
    let own = own.map(|module| (format!("sim/{}", module.path), module.text));
    let trace = ["sim/rws_trace.v"].map(|path| (path.to_owned(), library::file(path)));
    own.chain(trace).chain(models).collect()
}

/// Sample images as they lie in memory, and the results that must come, as they do.
fn add_samples(
    network: &Network,
    plan: &PlanSummary,
    samples: &[Vec<i32>],
    core: &Core,
    files: &mut FileSet,
) -> Result<(), EmitError> {
    let outputs = golden::run_batch(network, samples).map_err(|e| EmitError::Template { cause: e.to_string() })?;
    files.add_bytes("sim/input.bin", samples.iter().flat_map(|image| plan.input.bytes(image)).collect());
    files.add_bytes("sim/expected.bin", outputs.iter().flat_map(|image| plan.output.stream(image)).collect());
    let run = RunFile {
        folder: "",
        images: samples.len().max(1) as u64,
        bytes: [plan.input.bytes as u64, plan.output.bytes as u64],
        lanes: [plan.input.beat_bytes, plan.output.beat_bytes, plan.q].map(|lanes| lanes as u16),
        stalls: [300, 300],
        seed: 1,
        max_idle: max_idle(plan.cycles),
        load: core.loading.source == Source::Loader,
        dram: core.dram().map(|dram| (dram, 0, 0)),
        writes: &plan.weights.as_ref().map(|map| map.registers(DRAM_BASE)).unwrap_or_default(),
    };
    files.add("sim/run.txt", run.to_string());
    Ok(())
}
