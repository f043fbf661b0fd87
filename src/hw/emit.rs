//! Everything a core's folder holds.

use super::images::Images;
use super::{EmitError, FileSet, PlanSummary, render};
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

/// Renders the folder of a planned core. Same network and plan, same bytes.
pub fn emit(network: &Network, plan: &Plan) -> Result<FileSet, EmitError> {
    let images = Images::build(network, plan);
    let mut files = FileSet::default();
    for (name, text) in MODULES {
        files.add(format!("rtl/{name}"), (*text).to_owned());
    }
    files.add(format!("rtl/{}_core.v", plan.name), render::core(plan, &images)?);
    files.add(format!("rtl/{}.v", plan.name), render::top(plan, false)?);
    files.add(format!("sim/{}_sim.v", plan.name), render::top(plan, true)?);
    for image in images.iter() {
        files.add(format!("mem/{}", image.file), image.text.clone());
    }
    let list: String = files.iter().map(|(path, _)| path).filter(|p| p.starts_with("rtl/")).fold(String::new(), |list, path| list + path + "\n");
    files.add("files.f", list);
    let summary = PlanSummary::of(plan, network.tensor(network.input).shape);
    let json = serde_json::to_string_pretty(&summary).map_err(|e| EmitError::Template { cause: e.to_string() })?;
    files.add("plan.json", json);
    Ok(files)
}
