//! A placement for the terminal.

use comfy_table::Table;

use super::table::table;
use crate::pnr::{CriticalPath, Miss, SeedReport, Used};

/// Clock, cells, slowest path and seeds of a routed core, following its name.
pub fn route_text(report: &SeedReport) -> String {
    let best = &report.best;
    let verdict = if best.is_met() { "met" } else { "missed" };
    let (fmax, seed, asked) = (best.fmax_mhz, best.seed, best.clock_mhz);
    let mut parts = vec![
        format!("by {}", best.tool),
        format!("{fmax:.2} MHz with seed {seed}, {asked} MHz asked: {verdict}"),
        use_table(&best.used).to_string(),
    ];
    if let Some(path) = &best.path {
        parts.push(format!("slowest path: {path}, mostly in {}", path.limited_by()));
        parts.push(path_table(path).to_string());
    }
    if report.seeds.len() > 1 {
        parts.push(seed_table(report).to_string());
        parts.push(spread(report));
    }
    parts.join("\n")
}

fn use_table(used: &[Used]) -> Table {
    let mut table = table(["cells", "used", "available", "share"], 1);
    for Used { kind, used, available } in used {
        let share = format!("{:.1} %", 100.0 * *used as f64 / (*available).max(1) as f64);
        table.add_row([kind.clone(), used.to_string(), available.to_string(), share]);
    }
    table
}

fn path_table(path: &CriticalPath) -> Table {
    let mut table = table(["through", "instance", "cells", "logic ns", "routing ns"], 2);
    for segment in &path.segments {
        table.add_row([
            segment.place.module.clone(),
            segment.place.instance.clone(),
            segment.cells.to_string(),
            format!("{:.2}", segment.logic_ns),
            format!("{:.2}", segment.routing_ns),
        ]);
    }
    table
}

fn seed_table(report: &SeedReport) -> Table {
    let mut table = table(["seed", "MHz"], 0);
    for result in &report.seeds {
        let fmax = match (result.fmax_mhz, result.miss) {
            (Some(fmax), _) => format!("{fmax:.2}"),
            (None, Some(Miss::OutOfTime)) => "out of time".to_owned(),
            (None, _) => "does not fit".to_owned(),
        };
        table.add_row([result.seed.to_string(), fmax]);
    }
    table
}

fn spread(report: &SeedReport) -> String {
    let clocks = || report.seeds.iter().filter_map(|result| result.fmax_mhz);
    let (least, most) = (clocks().fold(f64::INFINITY, f64::min), clocks().fold(0.0, f64::max));
    format!("seeds: {least:.2} to {most:.2} MHz, {:.1} % apart", 100.0 * (most / least - 1.0))
}
