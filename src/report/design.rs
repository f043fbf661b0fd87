//! One design's figures: golden model, simulation and synthesis side by side.

use serde::Serialize;

use crate::golden::{self, GoldenError};
use crate::host::{Classes, output_values};
use crate::ir::Network;
use crate::plan::Plan;
use crate::sim::{Mismatch, VerifyReport};
use crate::synth::SynthReport;

/// Top-1 accuracy of the integer model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Accuracy {
    /// Images classified as labelled.
    pub right: usize,
    /// Images.
    pub images: usize,
}

impl Accuracy {
    /// In percent.
    pub fn percent(self) -> f64 {
        100.0 * self.right as f64 / self.images.max(1) as f64
    }
}

/// Accuracy of the golden model on labelled images; see [`Classes::answer`].
pub fn accuracy(network: &Network, images: &[Vec<i32>], labels: &[usize]) -> Result<Accuracy, GoldenError> {
    let outputs = golden::run_batch(network, images)?;
    let answer = |output: &[i32]| Classes::answer(&output_values(network, output));
    let right = outputs.iter().zip(labels).filter(|(output, label)| answer(output) == **label).count();
    Ok(Accuracy { right, images: outputs.len() })
}

/// A figure estimated by the planner and counted by the synthesis tool.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// Planner's estimate.
    pub estimated: f64,
    /// Synthesis tool's count, if it ran.
    pub measured: Option<f64>,
}

impl Measured {
    /// Estimate's error relative to the count, in percent; zero when both are zero.
    pub fn error_percent(self) -> Option<f64> {
        let measured = self.measured?;
        if measured == 0.0 {
            return (self.estimated == 0.0).then_some(0.0);
        }
        Some(100.0 * (self.estimated - measured) / measured)
    }
}

/// All figures of one design.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DesignReport {
    /// Name in the list of designs.
    pub name: String,
    /// Manifest file.
    pub manifest: String,
    /// Target.
    pub target: String,
    /// CI x PX x R.
    pub shape: String,
    /// `lane=rows` per array.
    pub arrays: Vec<String>,
    /// Accuracy of the integer model in percent.
    pub accuracy: Option<f64>,
    /// Images simulated with stalls and compared.
    pub images: usize,
    /// Images with a wrong output.
    pub mismatches: usize,
    /// The first wrong value.
    pub first_mismatch: Option<Mismatch>,
    /// Cycles per image, planned.
    pub cycles_predicted: u64,
    /// Cycles per image, simulated in steady state.
    pub cycles: f64,
    /// Array capacity.
    pub macs_per_cycle: usize,
    /// Useful share of the array capacity over the simulated cycles.
    pub efficiency: f64,
    /// Share of the simulated cycles in which each array had a step with rows.
    pub array_busy: Vec<f64>,
    /// Images per second at the target's assumed clock.
    pub images_per_second: f64,
    /// The clock assumed, MHz.
    pub clock_mhz: f64,
    /// Lookup tables.
    pub lut: Measured,
    /// Flip-flops.
    pub ff: Measured,
    /// DSP blocks.
    pub dsp: Measured,
    /// Block RAM in the family's blocks.
    pub bram: Measured,
    /// Whether the synthesis tool's counts stay within the device.
    pub fits: Option<bool>,
}

impl DesignReport {
    /// Joins the parts. `name` and `manifest` are for people.
    pub fn join(
        (name, manifest): (&str, &str),
        plan: &Plan,
        accuracy: Option<Accuracy>,
        verify: &VerifyReport,
        synth: Option<&SynthReport>,
    ) -> Self {
        let used = &plan.resources;
        let total = synth.map(|report| report.total);
        let pair = |estimated: f64, measured: Option<f64>| Measured { estimated, measured };
        let elapsed = f64::from(verify.counters.get("cycles").copied().unwrap_or(0)).max(1.0);
        let busy =
            |array| f64::from(verify.counters.get(&format!("array_{array}_busy")).copied().unwrap_or(0)) / elapsed;
        let device = &plan.core.target;
        Self {
            name: name.to_owned(),
            manifest: manifest.to_owned(),
            target: device.name.clone(),
            shape: plan.core.shape.to_string(),
            arrays: plan.core.shape.array_names(),
            accuracy: accuracy.map(Accuracy::percent),
            images: verify.images,
            mismatches: verify.mismatches,
            first_mismatch: verify.first.clone(),
            cycles_predicted: plan.cycles,
            cycles: verify.cycles,
            macs_per_cycle: plan.core.shape.macs_per_cycle(),
            efficiency: plan.program.macs as f64 / (verify.cycles.max(1.0) * plan.core.shape.macs_per_cycle() as f64),
            array_busy: (0..plan.core.shape.arrays.len()).map(busy).collect(),
            images_per_second: device.clock_mhz * 1e6 / verify.cycles.max(1.0),
            clock_mhz: device.clock_mhz,
            lut: pair(used.lut.into(), total.map(|t| t.lut as f64)),
            ff: pair(used.ff.into(), total.map(|t| t.ff as f64)),
            dsp: pair(used.dsp.into(), total.map(|t| t.dsp)),
            bram: pair(used.bram, total.map(|t| t.bram)),
            fits: synth.map(|report| report.fits(device)),
        }
    }

    /// Whether the design is what it should be: bit-exact and within the device.
    pub fn good(&self) -> bool {
        self.mismatches == 0 && self.fits != Some(false)
    }
}
