//! Everything a core's folder holds.

use super::images::Images;
use super::scripts::{synth_script, vivado_script, wrapper_files};
use super::{EmitError, FileSet, PlanSummary, render};
use crate::golden;
use crate::ir::Network;
use crate::plan::Plan;
use crate::target::Family;

/// Names and contents of files in `rtl/`.
macro_rules! modules {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("../../rtl/", $name)))),*] };
}

/// Static modules of every core, copied byte for byte.
const MODULES: &[(&str, &str)] = modules![
    "rws_act_mem.v",
    "rws_array.v",
    "rws_axil.v",
    "rws_axis_in.v",
    "rws_axis_out.v",
    "rws_delay.v",
    "rws_drain.v",
    "rws_drain_loops.v",
    "rws_drain_pixel.v",
    "rws_dsp_array.v",
    "rws_dsp_product.v",
    "rws_even.v",
    "rws_fetch.v",
    "rws_image_check.v",
    "rws_lane.v",
    "rws_lane_dsp.v",
    "rws_lane_sum.v",
    "rws_lane_twin.v",
    "rws_layer.v",
    "rws_loops.v",
    "rws_lut_rows.v",
    "rws_operand.v",
    "rws_operand_ausn.v",
    "rws_operand_fixed.v",
    "rws_operand_pot.v",
    "rws_operand_sp2.v",
    "rws_ram.v",
    "rws_requant.v",
    "rws_scale.v",
    "rws_pick.v",
    "rws_scale_product.v",
    "rws_clamp.v",
    "rws_reset.v",
    "rws_residual.v",
    "rws_select.v",
    "rws_seq.v",
    "rws_trace.v",
    "rws_tree.v",
    "rws_triple.v",
    "rws_vector.v",
];

/// Lanes of 7-series cells.
const XC7_MODULES: &[(&str, &str)] = modules![
    "rws_dsp_acc.v",
    "rws_dsp_block.v",
    "rws_dsp_lane.v",
    "rws_dsp_mac.v",
    "rws_dsp_sum.v",
    "rws_dsp_unpack.v",
    "rws_skew.v",
    "rws_xc7_acc.v",
    "rws_xc7_add3.v",
    "rws_xc7_chain.v",
    "rws_xc7_lane.v",
    "rws_xc7_pair.v",
    "rws_xc7_product.v",
    "rws_xc7_product_ausn.v",
    "rws_xc7_product_fixed.v",
    "rws_xc7_product_pot.v",
    "rws_xc7_product_sp2.v",
    "rws_xc7_sum3.v",
    "rws_xc7_tree.v",
];

/// Lanes of ECP5 cells.
const ECP5_MODULES: &[(&str, &str)] = modules![
    "rws_ecp5_acc.v",
    "rws_ecp5_chain.v",
    "rws_ecp5_fine.v",
    "rws_ecp5_lane.v",
    "rws_ecp5_mult.v",
    "rws_ecp5_product_fixed.v",
    "rws_ecp5_product_sp2.v",
    "rws_ecp5_tree.v",
    "rws_ecp5_window.v",
];

/// Lanes of iCE40 cells.
const ICE40_MODULES: &[(&str, &str)] = modules![
    "rws_ice40_acc.v",
    "rws_ice40_chain.v",
    "rws_ice40_lane.v",
    "rws_ice40_pair.v",
    "rws_ice40_tree.v",
    "rws_row.v"
];

/// Lanes of carry chains whose slots have one gate; each family's module list has its chain too.
macro_rules! alu_modules {
    ($($name:literal),* $(,)?) => {
        modules![
            "rws_alu_acc.v",
            "rws_alu_chain.v",
            "rws_alu_lane.v",
            "rws_alu_product.v",
            "rws_alu_tree.v",
            "rws_row.v",
            $($name),*
        ]
    };
}

/// Lanes of Gowin cells.
const GOWIN_MODULES: &[(&str, &str)] = alu_modules!["rws_gowin_chain.v", "rws_gowin_mult.v"];

/// Lanes of Nexus cells.
const NEXUS_MODULES: &[(&str, &str)] = alu_modules!["rws_nexus_chain.v", "rws_nexus_mult.v"];

/// Models of the cells that lanes instantiate, for simulation.
const XC7_CELLS: &[(&str, &str)] = modules!["cells/xc7.v", "cells/xc7_dsp.v"];
const ECP5_CELLS: &[(&str, &str)] = modules!["cells/ecp5.v", "cells/ecp5_dsp.v"];
const ICE40_CELLS: &[(&str, &str)] = modules!["cells/ice40.v"];
const GOWIN_CELLS: &[(&str, &str)] = modules!["cells/gowin.v", "cells/gowin_dsp.v"];
const NEXUS_CELLS: &[(&str, &str)] = modules!["cells/nexus.v", "cells/nexus_dsp.v"];

/// A family's own modules, and the models of its cells.
fn family_modules(family: Family) -> [&'static [(&'static str, &'static str)]; 2] {
    match family {
        Family::Xc7 => [XC7_MODULES, XC7_CELLS],
        Family::Ecp5 => [ECP5_MODULES, ECP5_CELLS],
        Family::Ice40 => [ICE40_MODULES, ICE40_CELLS],
        Family::Gowin => [GOWIN_MODULES, GOWIN_CELLS],
        Family::Nexus => [NEXUS_MODULES, NEXUS_CELLS],
    }
}

/// The module that stands in for pads when a core is placed alone.
const PADS: &str = include_str!("../../rtl/rws_ooc.v");

/// The part of a Verilog testbench that is the same for every core.
const BENCH: &str = include_str!("../../rtl/sim/rws_bench.v");

/// The testbench, as the verifier builds it.
const HARNESS: &str = include_str!("../../templates/harness.cpp");

/// Renders the folder of a planned core. Same network, plan and samples, same bytes.
///
/// `samples` are images (CHW) that go along with their expected outputs, so that the folder can be tried alone.
pub fn emit(network: &Network, plan: &Plan, samples: &[Vec<i32>]) -> Result<FileSet, EmitError> {
    let images = Images::build(network, plan);
    let mut files = FileSet::new();
    let [lanes, cells] = family_modules(plan.target.family);
    for (name, text) in MODULES.iter().chain(lanes) {
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
    files.add("synth/run.ys", synth_script(plan.target.family, &plan.name, &verilog, false));
    let [pads, wrapper] = wrapper_files(&plan.name);
    files.add(pads, PADS.to_owned());
    files.add(wrapper, render::wrapper(plan)?);
    if let Some(script) = vivado_script(&plan.target, &plan.name, &verilog) {
        files.add("synth/vivado.tcl", script);
    }
    files.add(format!("sim/{}_sim.v", plan.name), render::top(plan, true)?);
    for (name, text) in cells {
        files.add(format!("sim/{name}"), (*text).to_owned());
    }
    let models = cells.iter().map(|(name, _)| format!("sim/{name}"));
    files.add("sim.f", verilog.iter().cloned().chain(models).collect::<Vec<_>>().join("\n"));
    files.add("sim/rws_bench.v", BENCH.to_owned());
    files.add("sim/harness.cpp", HARNESS.to_owned());
    let summary = PlanSummary::of(plan, network.tensor(network.input).shape);
    add_samples(network, &summary, samples, &mut files)?;
    files.add(format!("sim/{}_tb.v", plan.name), render::bench(plan, samples.len(), max_idle(&summary))?);
    let (readme, makefile) = render::guide(plan)?;
    files.add("README.md", readme);
    files.add("Makefile", makefile);
    let json = serde_json::to_string_pretty(&summary).map_err(|e| EmitError::Template { cause: e.to_string() })?;
    files.add("plan.json", json);
    Ok(files)
}

/// Cycles without progress after which a core counts as hung.
fn max_idle(plan: &PlanSummary) -> u64 {
    4 * plan.cycles + 10_000
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
            max_idle(plan)
        ),
    );
    Ok(())
}
