//! `rowsmith targets`: the built-in profiles.

use comfy_table::{Table, presets};

use super::Outcome;
use super::failure::Failure;
use super::terminal::print;
use crate::target::Target;

/// Prints all built-in targets.
pub(super) fn run(json: bool) -> Result<Outcome, Failure> {
    let targets = Target::built_in()?;
    let text = if json {
        format!("{}\n", serde_json::to_string_pretty(&targets).unwrap_or_default())
    } else {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["name", "device", "family", "LUTs", "DSPs", "block RAM", "clock"]);
        for t in targets {
            table.add_row([
                t.name,
                t.title,
                t.family.to_string(),
                t.luts.to_string(),
                t.dsps.to_string(),
                format!("{} x {} kbit", t.block_ram.blocks, t.block_ram.bits / 1024),
                format!("{} MHz", t.clock_mhz),
            ]);
        }
        format!("{table}\n")
    };
    print(&text)?;
    Ok(Outcome::Good)
}
