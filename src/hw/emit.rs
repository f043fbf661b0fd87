//! Everything a core's folder holds.

use super::images::Images;
use super::scripts::{synth_script, vivado_script, wrapper_files};
use super::{EmitError, FileSet, PlanSummary, render};
use crate::golden;
use crate::ir::Network;
use crate::plan::Plan;

/// Static modules, copied byte for byte.
const MODULES: &[(&str, &str)] = &[
    ("rws_act_mem.v", include_str!("../../rtl/rws_act_mem.v")),
    ("rws_array.v", include_str!("../../rtl/rws_array.v")),
    ("rws_axil.v", include_str!("../../rtl/rws_axil.v")),
    ("rws_axis_in.v", include_str!("../../rtl/rws_axis_in.v")),
    ("rws_axis_out.v", include_str!("../../rtl/rws_axis_out.v")),
    ("rws_delay.v", include_str!("../../rtl/rws_delay.v")),
    ("rws_drain.v", include_str!("../../rtl/rws_drain.v")),
    ("rws_fetch.v", include_str!("../../rtl/rws_fetch.v")),
    ("rws_lane_ausn.v", include_str!("../../rtl/rws_lane_ausn.v")),
    ("rws_lane_dsp.v", include_str!("../../rtl/rws_lane_dsp.v")),
    ("rws_lane_fixed.v", include_str!("../../rtl/rws_lane_fixed.v")),
    ("rws_lane_sp2.v", include_str!("../../rtl/rws_lane_sp2.v")),
    ("rws_ram.v", include_str!("../../rtl/rws_ram.v")),
    ("rws_requant.v", include_str!("../../rtl/rws_requant.v")),
    ("rws_reset.v", include_str!("../../rtl/rws_reset.v")),
    ("rws_residual.v", include_str!("../../rtl/rws_residual.v")),
    ("rws_select.v", include_str!("../../rtl/rws_select.v")),
    ("rws_seq.v", include_str!("../../rtl/rws_seq.v")),
    ("rws_trace.v", include_str!("../../rtl/rws_trace.v")),
    ("rws_tree.v", include_str!("../../rtl/rws_tree.v")),
    ("rws_vector.v", include_str!("../../rtl/rws_vector.v")),
];

/// The module that stands in for pads when a core is placed alone.
const PADS: &str = include_str!("../../rtl/rws_ooc.v");

/// The testbench, as the verifier builds it.
const HARNESS: &str = include_str!("../../templates/harness.cpp");

/// Renders the folder of a planned core. Same network, plan and samples, same bytes.
///
/// `samples` are images (CHW) that go along with their expected outputs, so that the folder can be tried alone.
pub fn emit(network: &Network, plan: &Plan, samples: &[Vec<i32>]) -> Result<FileSet, EmitError> {
    let images = Images::build(network, plan);
    let mut files = FileSet::new("plan.json");
    for (name, text) in MODULES {
        files.add(format!("rtl/{name}"), (*text).to_owned());
    }
    files.add(format!("rtl/{}_core.v", plan.name), render::core(plan, &images)?);
    files.add(format!("rtl/{}.v", plan.name), render::top(plan, false)?);
    for image in images.iter() {
        files.add(format!("mem/{}", image.file), image.text.clone());
    }
    let verilog: Vec<String> =
        files.iter().map(|(path, _)| path.to_owned()).filter(|path| path.starts_with("rtl/")).collect();
    files.add("files.f", verilog.join("\n"));
    files.add("synth/run.ys", synth_script(plan.target.family, &plan.name, &verilog));
    let [pads, wrapper] = wrapper_files(&plan.name);
    files.add(pads, PADS.to_owned());
    files.add(wrapper, render::wrapper(plan)?);
    if let Some(script) = vivado_script(&plan.target, &plan.name, &verilog) {
        files.add("synth/vivado.tcl", script);
    }
    files.add(format!("sim/{}_sim.v", plan.name), render::top(plan, true)?);
    files.add("sim/harness.cpp", HARNESS.to_owned());
    let summary = PlanSummary::of(plan, network.tensor(network.input).shape);
    add_samples(network, &summary, samples, &mut files)?;
    let (readme, makefile) = render::guide(plan)?;
    files.add("README.md", readme);
    files.add("Makefile", makefile);
    let json = serde_json::to_string_pretty(&summary).map_err(|e| EmitError::Template { cause: e.to_string() })?;
    files.add("plan.json", json);
    Ok(files)
}

/// Sample images as the testbench sends them, and the beats it must receive.
fn add_samples(
    network: &Network,
    plan: &PlanSummary,
    samples: &[Vec<i32>],
    files: &mut FileSet,
) -> Result<(), EmitError> {
    let outputs = golden::run_batch(network, samples).map_err(|e| EmitError::Template { cause: e.to_string() })?;
    files.add_bytes("sim/input.bin", samples.iter().flat_map(|image| plan.input.stream(image)).collect());
    files.add_bytes("sim/expected.bin", outputs.iter().flat_map(|image| plan.output.stream(image)).collect());
    let lanes = plan.q;
    files.add(
        "sim/run.txt",
        format!(
            "images {}\nbeats_in {}\nbeats_out {}\nin_lanes {lanes}\nout_lanes {lanes}\ntrace_lanes {lanes}\n\
             input input.bin\noutput output.bin\nresult result.json\nstall_in 300\nstall_out 300\nseed 1\n\
             max_idle {}\n",
            samples.len().max(1),
            plan.input.beats,
            plan.output.beats,
            4 * plan.cycles + 10_000
        ),
    );
    Ok(())
}
