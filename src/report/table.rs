//! Tables for the terminal.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};

use super::{DesignReport, Measured};
use crate::plan::{ModuleCost, Plan, Resources};
use crate::synth::{SynthReport, Use};
use crate::target::Target;

/// A table with this header; columns from `numbers_from` on are aligned right.
pub(super) fn table<const N: usize>(header: [&str; N], numbers_from: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    for index in numbers_from..N {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// `estimate / count (error)`, or the estimate alone.
fn pair(value: Measured) -> String {
    match (value.measured, value.error_percent()) {
        (Some(measured), Some(error)) => format!("{} / {measured} ({error:+.0} %)", value.estimated),
        (Some(measured), None) => format!("{} / {measured}", value.estimated),
        (None, _) => value.estimated.to_string(),
    }
}

/// The steps of a plan.
pub fn plan_table(plan: &Plan) -> Table {
    let mut table =
        table(["step", "unit", "bound by", "groups", "blocks", "steps", "drain", "cycles", "MACs", "array use"], 3);
    for step in &plan.program.steps {
        let capacity = step.cycles * plan.core.shape.macs_per_cycle() as u64;
        table.add_row([
            step.step.name.clone(),
            if step.on_arrays() { "arrays" } else { "pool" }.to_owned(),
            plan.step_bound(step).to_owned(),
            step.groups.to_string(),
            step.blocks.to_string(),
            step.block_steps().to_string(),
            step.drain().to_string(),
            step.cycles.to_string(),
            step.macs.to_string(),
            format!("{:.1} %", 100.0 * step.macs as f64 / capacity.max(1) as f64),
        ]);
    }
    table
}

/// What a plan needs of a target.
pub fn resource_table(resources: &Resources, target: &Target) -> Table {
    let mut table = table(["resource", "estimated", "usable", "on the device", "share"], 1);
    let mut row = |name: &str, used: f64, share: f64, total: u32| {
        let usable = f64::from(total) * share;
        let percent = format!("{:.1} %", 100.0 * used / f64::from(total.max(1)));
        table.add_row([name.to_owned(), used.to_string(), format!("{usable:.0}"), total.to_string(), percent]);
    };
    row("LUT", resources.lut.into(), target.lut_share, target.luts);
    if resources.cells != resources.lut {
        row("logic cell", resources.cells.into(), target.lut_share, target.luts);
    }
    let ffs = f64::from(target.luts) * target.family.ffs_per_lut();
    row("flip-flop", resources.ff.into(), target.usable_ffs() / ffs, ffs as u32);
    row("DSP", resources.dsp.into(), target.dsp_share, target.dsps);
    row("block RAM", resources.bram, target.block_ram_share, target.block_ram.blocks);
    table
}

/// Estimate beside count, module by module.
pub fn module_table(resources: &Resources, synth: &SynthReport) -> Table {
    let mut table =
        table(["module", "LUT est. / counted", "FF est. / counted", "DSP est. / counted", "BRAM est. / counted"], 1);
    let mut counted: BTreeMap<&str, Use> =
        resources.modules.iter().map(|m| (m.module.as_str(), Use::default())).collect();
    for (module, used) in synth.by_source() {
        let count = counted.entry(ModuleCost::holder(module)).or_default();
        *count = *count + used;
    }
    for (name, count) in counted {
        let estimate = resources.modules.iter().find(|m| m.module == name);
        let both =
            |estimated: f64, measured: f64| pair(Measured { estimated: estimated.round(), measured: Some(measured) });
        table.add_row([
            name.to_owned(),
            both(estimate.map_or(0.0, |m| m.lut), count.lut as f64),
            both(estimate.map_or(0.0, |m| m.ff), count.ff as f64),
            both(estimate.map_or(0.0, |m| m.dsp.into()), count.dsp),
            pair(Measured { estimated: estimate.map_or(0.0, |m| m.bram), measured: Some(count.bram) }),
        ]);
    }
    let total = synth.total;
    table.add_row([
        "total".to_owned(),
        pair(Measured { estimated: resources.lut.into(), measured: Some(total.lut as f64) }),
        pair(Measured { estimated: resources.ff.into(), measured: Some(total.ff as f64) }),
        pair(Measured { estimated: resources.dsp.into(), measured: Some(total.dsp) }),
        pair(Measured { estimated: resources.bram, measured: Some(total.bram) }),
    ]);
    table
}

/// One row per design.
pub fn design_table(designs: &[DesignReport]) -> Table {
    let header = [
        "design",
        "target",
        "shape",
        "arrays",
        "accuracy",
        "images",
        "wrong",
        "cycles pred.",
        "simulated",
        "MAC/cycle",
        "array use",
        "LUT est. / Yosys",
        "DSP",
        "BRAM",
    ];
    let mut table = table(header, 4);
    for design in designs {
        table.add_row([
            design.name.clone(),
            design.target.clone(),
            design.shape.clone(),
            design.arrays.join(" "),
            design.accuracy.map_or_else(String::new, |a| format!("{a:.2} %")),
            design.images.to_string(),
            design.mismatches.to_string(),
            design.cycles_predicted.to_string(),
            format!("{:.1}", design.cycles),
            design.macs_per_cycle.to_string(),
            format!("{:.1} %", 100.0 * design.efficiency),
            pair(design.lut),
            pair(design.dsp),
            pair(design.bram),
        ]);
    }
    table
}

/// Designs against a baseline on the same target: cycles and speed-up.
pub fn comparison_table(designs: &[DesignReport], baselines: &[(usize, usize)]) -> Table {
    let mut table = table(["target", "baseline", "cycles", "design", "its cycles", "speed-up"], 2);
    for &(design, baseline) in baselines {
        let (design, baseline) = (&designs[design], &designs[baseline]);
        table.add_row([
            design.target.clone(),
            baseline.name.clone(),
            format!("{:.0}", baseline.cycles),
            design.name.clone(),
            format!("{:.0}", design.cycles),
            format!("{:.2}x", baseline.cycles / design.cycles.max(1.0)),
        ]);
    }
    table
}
