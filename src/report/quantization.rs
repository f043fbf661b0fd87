//! What `rowsmith quantize` reports.

use std::collections::BTreeMap;

use comfy_table::Table;
use serde::Serialize;

use super::table::table;
use crate::quant::{EpochResult, ErrorShares, Evaluation, LayerSummary, Lowered, Quantizer, Trial};
use crate::target::Target;

/// The report's file beside a manifest.
pub const QUANT_REPORT: &str = "quantization.json";

/// A quantization from settings to result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuantReport {
    /// The network's name.
    pub model: String,
    /// The target's name.
    pub target: String,
    /// How schemes were assigned.
    pub method: String,
    /// Width of weights and of activations in bits.
    pub bits: [u32; 2],
    /// Share of rows on LUT lanes that the method was given.
    pub lut_share: f64,
    /// Share of rows in `fixed(8)`.
    pub wide_share: f64,
    /// Assignments that were tried, the chosen one first; none after training.
    pub trials: Vec<Trial>,
    /// Epochs of fine-tuning.
    pub training: Vec<EpochResult>,
    /// Layers with weights.
    pub layers: Vec<LayerSummary>,
    /// Layers whose numbers the file prescribes, by name: whether every result is exactly that of the file.
    pub exact: BTreeMap<String, bool>,
    /// Why no core of any target computes the network yet, and the remedy, where that is so.
    pub no_core: Option<String>,
    /// The integer network on calibration samples.
    pub calibration: Option<Evaluation>,
    /// The integer network on test samples.
    pub test: Option<Evaluation>,
}

impl QuantReport {
    /// A report of what was asked for, without results.
    pub fn new(quantizer: &Quantizer, target: &Target) -> Self {
        let settings = quantizer.settings();
        Self {
            model: quantizer.graph().name.clone(),
            target: target.name.clone(),
            method: settings.method.to_string(),
            bits: [settings.weight_bits.into(), settings.act_bits],
            lut_share: settings.lut_share,
            wide_share: settings.wide_share,
            trials: Vec::new(),
            training: Vec::new(),
            layers: Vec::new(),
            exact: BTreeMap::new(),
            no_core: None,
            calibration: None,
            test: None,
        }
    }

    /// Notes what is exact in a network.
    pub fn set_exact(&mut self, lowered: &Lowered) {
        let layers = lowered.network.layers.iter().zip(&lowered.exact);
        self.exact = layers.filter_map(|(layer, exact)| Some((layer.name.clone(), (*exact)?))).collect();
    }

    /// Rows of each scheme, all layers together.
    pub fn shares(&self) -> BTreeMap<&str, usize> {
        let mut shares = BTreeMap::new();
        for scheme in self.layers.iter().flat_map(|layer| &layer.schemes) {
            *shares.entry(scheme.scheme.as_str()).or_insert(0) += scheme.rows;
        }
        shares
    }
}

/// Layers, then the whole network.
pub fn quantization_table(report: &QuantReport) -> String {
    let mut layers = table(
        ["layer", "rows", "range", "clipped", "rounded", "weights dB", "type", "clipped", "rounded", "result dB"],
        2,
    );
    for layer in &report.layers {
        let schemes: Vec<String> = layer.schemes.iter().map(|s| format!("{} {}", s.rows, s.scheme)).collect();
        let [low, high] = layer.range;
        let [weight_clip, weight_round, weight_db] = error_cells(&layer.weights);
        let [act_clip, act_round, _] = error_cells(&layer.activations);
        layers.add_row([
            layer.name.clone(),
            schemes.join(", "),
            format!("{low:.3} .. {high:.3}"),
            weight_clip,
            weight_round,
            weight_db,
            layer.act.clone(),
            act_clip,
            act_round,
            decibels(layer.output_sqnr_db),
        ]);
    }
    let shares: Vec<String> = report.shares().iter().map(|(scheme, rows)| format!("{rows} {scheme}")).collect();
    format!(
        "{} by {} for {}: W{}A{}, {}\n{layers}\n{}{}{}{}",
        report.model,
        report.method,
        report.target,
        report.bits[0],
        report.bits[1],
        shares.join(", "),
        exactness(report),
        trials(report),
        results(report),
        report
            .no_core
            .as_ref()
            .map_or_else(String::new, |cause| format!("\nno core computes this network yet: {cause}"))
    )
}

/// A line on prescribed numbers, if there are any.
fn exactness(report: &QuantReport) -> String {
    let (all, kept) = (report.exact.len(), report.exact.values().filter(|exact| **exact).count());
    let others: Vec<&str> = report.exact.iter().filter(|(_, exact)| !**exact).map(|(name, _)| name.as_str()).collect();
    match (all, others.as_slice()) {
        (0, _) => String::new(),
        (_, []) => format!("exactly the numbers of the file in all {all} layers that it prescribes\n"),
        _ => {
            let others = others.join(", ");
            format!(
                "exactly the numbers of the file in {kept} of {all} layers that it prescribes; nearly in {others}\n"
            )
        }
    }
}

fn trials(report: &QuantReport) -> String {
    if report.trials.len() < 2 {
        return String::new();
    }
    let mut trials = table(["assignment", "result dB"], 1);
    report.trials.iter().for_each(|trial| _ = trials.add_row([trial.name.clone(), format!("{:.2}", trial.sqnr_db)]));
    format!("{trials}\n")
}

fn results(report: &QuantReport) -> Table {
    let mut results = table(["samples", "number", "result dB", "agrees with float", "accuracy", "float accuracy"], 1);
    for (name, evaluation) in [("calibration", &report.calibration), ("test", &report.test)] {
        let Some(e) = evaluation else { continue };
        results.add_row([
            name.to_owned(),
            e.samples.to_string(),
            format!("{:.2}", e.sqnr_db),
            percent(e.agreement),
            percent(e.accuracy),
            percent(e.float_accuracy),
        ]);
    }
    results
}

fn error_cells(error: &ErrorShares) -> [String; 3] {
    let share = |value: f64| format!("{:.3} %", 100.0 * value);
    [share(error.clipping), share(error.rounding), decibels(error.sqnr_db)]
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.2} %"))
}

fn decibels(value: Option<f64>) -> String {
    value.map_or_else(|| "exact".to_owned(), |value| format!("{value:.1}"))
}
