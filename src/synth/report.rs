//! Reading Yosys's `stat -json`: the cells of every module, weighted by how often it is instantiated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::SynthError;
use crate::plan::families::{Use, facts};
use crate::target::{Family, Target};

/// Cells of one module, without those of the modules inside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModuleUse {
    /// Name in the Verilog source.
    pub name: String,
    /// Name of this set of parameters, as the tool gives it; the source's name if there are no parameters.
    pub variant: String,
    /// Instances in the whole design.
    pub count: u64,
    /// Cells of one instance.
    pub each: Use,
}

/// The cost of a design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SynthReport {
    /// Tool and version.
    pub tool: String,
    /// Family of the cells.
    pub family: String,
    /// Every module that is instantiated, the top first, then by name.
    pub modules: Vec<ModuleUse>,
    /// Cells of the whole design.
    pub total: Use,
    /// Warnings of the tool that are no errors, each once.
    pub warnings: Vec<String>,
}

impl SynthReport {
    /// Whether the whole design stays within a device, by count.
    pub fn fits(&self, device: &Target) -> bool {
        let ffs = f64::from(device.luts) * device.family.ffs_per_lut();
        self.total.lut <= u64::from(device.luts)
            && self.total.ff as f64 <= ffs
            && self.total.dsp <= f64::from(device.dsps)
            && self.total.bram <= f64::from(device.block_ram.blocks)
    }

    /// Totals by the name in the Verilog source: all variants, all instances.
    pub fn by_source(&self) -> BTreeMap<&str, Use> {
        let mut totals = BTreeMap::new();
        for module in &self.modules {
            let total: &mut Use = totals.entry(module.name.as_str()).or_default();
            *total = *total + module.each * module.count;
        }
        totals
    }
}

#[derive(Deserialize)]
struct StatFile {
    modules: BTreeMap<String, StatModule>,
}

#[derive(Deserialize)]
struct StatModule {
    num_cells_by_type: BTreeMap<String, u64>,
}

/// The report of design `top` from the text of `stat -json`.
pub(super) fn parse_stat(text: &str, top: &str, family: Family, tool: &str) -> Result<SynthReport, SynthError> {
    let stat: StatFile = serde_json::from_str(text).map_err(|error| SynthError::Statistics(error.to_string()))?;
    let top_name = format!("\\{top}");
    let mut counts = BTreeMap::new();
    count_instances(&stat, &top_name, 1, &mut counts)?;
    let mut modules = Vec::with_capacity(counts.len());
    for (variant, count) in counts {
        let each = module_use(&stat, variant, family)?;
        modules.push(ModuleUse { name: source_name(variant), variant: plain(variant).to_owned(), count, each });
    }
    modules.sort_by(|a, b| (a.name != top, &a.name, &a.variant).cmp(&(b.name != top, &b.name, &b.variant)));
    let total = modules.iter().map(|module| module.each * module.count).sum();
    Ok(SynthReport { tool: tool.to_owned(), family: family.name().to_owned(), modules, total, warnings: Vec::new() })
}

/// Adds `times` instances of `module` and of everything below it. Hierarchies are trees of a few levels.
fn count_instances<'a>(
    stat: &'a StatFile,
    module: &'a str,
    times: u64,
    counts: &mut BTreeMap<&'a str, u64>,
) -> Result<(), SynthError> {
    let found = stat.modules.get_key_value(module);
    let (name, content) = found.ok_or_else(|| SynthError::Statistics(format!("no module `{module}`")))?;
    *counts.entry(name).or_default() += times;
    for (cell, count) in &content.num_cells_by_type {
        if let Some((inner, _)) = module_of(stat, cell) {
            count_instances(stat, inner, times * count, counts)?;
        }
    }
    Ok(())
}

/// The module that a cell type names; the tool writes module names with a backslash, cell types without.
fn module_of<'a>(stat: &'a StatFile, cell: &str) -> Option<(&'a str, &'a StatModule)> {
    let escaped = stat.modules.get_key_value(&format!("\\{cell}"));
    escaped.or_else(|| stat.modules.get_key_value(cell)).map(|(name, module)| (name.as_str(), module))
}

fn module_use(stat: &StatFile, module: &str, family: Family) -> Result<Use, SynthError> {
    let mut sum = Use::default();
    for (cell, count) in &stat.modules[module].num_cells_by_type {
        if module_of(stat, cell).is_some() {
            continue;
        }
        // A scope note of a kept hierarchy, no hardware.
        if cell == "$scopeinfo" {
            continue;
        }
        let each = (facts(family).cell)(plain(cell)).ok_or_else(|| SynthError::UnknownCell {
            cell: cell.clone(),
            module: source_name(module),
            family,
        })?;
        sum = sum + each * *count;
    }
    Ok(sum)
}

fn plain(name: &str) -> &str {
    name.strip_prefix('\\').unwrap_or(name)
}

/// `$paramod$<hash>\name` and `$paramod\name\A=s32'...` are both `name`.
fn source_name(variant: &str) -> String {
    let plain = plain(variant);
    let inner = if plain.starts_with("$paramod") { plain.split('\\').nth(1).unwrap_or(plain) } else { plain };
    inner.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_statistics() {
        for family in Family::ALL {
            let path = format!("{}/src/synth/recorded/{family}.json", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).unwrap();
            let report = parse_stat(&text, "toy_core", family, "Yosys 0.70").unwrap();
            insta::assert_snapshot!(family.name(), serde_json::to_string_pretty(&report).unwrap());
        }
    }

    #[test]
    fn nested_modules_are_multiplied() {
        let stat = r#"{"modules": {
            "\\top": {"num_cells_by_type": {"mid": 2, "$paramod\\leaf\\W=s32'1": 1, "INV": 3}},
            "\\mid": {"num_cells_by_type": {"$paramod\\leaf\\W=s32'1": 5, "RAM32M": 1}},
            "$paramod\\leaf\\W=s32'1": {"num_cells_by_type": {"LUT6": 3, "RAMB18E1": 1, "SRL16E": 2}}}}"#;
        let report = parse_stat(stat, "top", Family::Xc7, "Yosys").unwrap();
        let counts: Vec<_> = report.modules.iter().map(|module| (module.name.as_str(), module.count)).collect();
        assert_eq!(counts, [("top", 1), ("leaf", 11), ("mid", 2)]);
        assert_eq!(report.total, Use { lut: 63, lutram: 30, bram: 5.5, ..Use::default() });
        assert_eq!(report.by_source()["leaf"].lut, 55);
    }

    #[test]
    fn an_unknown_cell_is_an_error() {
        let stat = r#"{"modules": {"\\top": {"num_cells_by_type": {"$mul": 1}}}}"#;
        let error = parse_stat(stat, "top", Family::Ecp5, "Yosys").unwrap_err();
        insta::assert_snapshot!(error, @"cell `$mul` of module `top` has no known cost on ecp5");
    }
}
