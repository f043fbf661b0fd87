//! The page: head, figures, curves, trials, layers.

use askama::Template;

use super::chart::{Line, line, percent_of};
use super::figures::{MINUS, Share, decibels, share};
use super::layer::{Card, card};
use crate::hw::EmitError;
use crate::quant::Evaluation;
use crate::report::QuantReport;

/// Rows in the tables of all layers together, and the fewest of one layer.
const TABLE_ROWS: usize = 16_384;
const LEAST_ROWS: usize = 16;

/// A bar with its name and figure.
struct Bar {
    name: String,
    length: f64,
    text: String,
    chosen: bool,
}

/// A curve over the epochs.
struct Curve {
    title: &'static str,
    line: Line,
    first: String,
    last: String,
    low: String,
    high: String,
    epochs: usize,
}

/// Results on one set of samples.
struct Results {
    title: &'static str,
    samples: usize,
    sqnr: String,
    agreement: Option<String>,
    accuracy: Option<Accuracy>,
}

/// Accuracy beside the float network's.
struct Accuracy {
    found: String,
    float: String,
    difference: String,
}

#[derive(Template)]
#[template(path = "quantization.html", syntax = "rtl")]
struct Page<'a> {
    report: &'a QuantReport,
    rows: usize,
    given: Vec<(&'static str, String)>,
    shares: Vec<Share>,
    results: Vec<Results>,
    curves: Vec<Curve>,
    trials: Vec<Bar>,
    layers: Vec<Bar>,
    cards: Vec<Card>,
}

/// One self-contained HTML page.
pub fn quantization_page(report: &QuantReport) -> Result<String, EmitError> {
    let shares = report.shares();
    let rows: usize = shares.values().sum();
    let table = (TABLE_ROWS / report.layers.len().max(1)).max(LEAST_ROWS);
    let page = Page {
        report,
        rows,
        given: given(report),
        shares: shares.into_iter().map(|(scheme, count)| share(scheme, count, rows)).collect(),
        results: results(report),
        curves: curves(report),
        trials: trials(report),
        layers: layers(report),
        cards: report.layers.iter().map(|layer| card(layer, table)).collect(),
    };
    Ok(page.render()?)
}

fn given(report: &QuantReport) -> Vec<(&'static str, String)> {
    let share = |value: f64| format!("{:.0} %", 100.0 * value);
    let mut given = vec![
        ("method", report.method.clone()),
        ("target", report.target.clone()),
        ("weights", format!("{} bits", report.bits[0])),
        ("activations", format!("{} bits", report.bits[1])),
        ("rows on LUTs, asked for", share(report.lut_share)),
    ];
    if report.wide_share > 0.0 {
        given.push(("rows in fixed(8), asked for", share(report.wide_share)));
    }
    given
}

fn results(report: &QuantReport) -> Vec<Results> {
    let view = |title, e: &Evaluation| Results {
        title,
        samples: e.samples,
        sqnr: decibels(Some(e.sqnr_db)),
        agreement: e.agreement.map(|percent| format!("{percent:.2} %")),
        accuracy: e.accuracy.zip(e.float_accuracy).map(|(found, float)| Accuracy {
            found: format!("{found:.2} %"),
            float: format!("{float:.2} %"),
            difference: format!("{:+.2}", found - float).replace('-', MINUS),
        }),
    };
    let sets = [("Test samples", &report.test), ("Calibration samples", &report.calibration)];
    sets.into_iter().filter_map(|(title, set)| set.as_ref().map(|e| view(title, e))).collect()
}

fn curves(report: &QuantReport) -> Vec<Curve> {
    let losses: Vec<f64> = report.training.iter().map(|epoch| epoch.loss).collect();
    let accuracies: Vec<f64> = report.training.iter().filter_map(|epoch| epoch.accuracy).collect();
    let curve = |title, values: &[f64], figure: fn(f64) -> String| {
        let (first, last) = (*values.first()?, *values.last()?);
        let line = line(values)?;
        let [first, last, low, high] = [first, last, line.low, line.high].map(figure);
        Some(Curve { title, line, first, last, low, high, epochs: values.len() })
    };
    let loss = curve("Loss", &losses, |value| format!("{value:.4}"));
    let accuracy = curve("Accuracy on the training samples", &accuracies, |value| format!("{value:.2} %"));
    loss.into_iter().chain(accuracy).collect()
}

/// All trials, the chosen one first.
fn trials(report: &QuantReport) -> Vec<Bar> {
    let most = report.trials.iter().map(|trial| trial.sqnr_db).fold(0.0, f64::max);
    let bar = |(index, trial): (usize, &crate::quant::Trial)| Bar {
        name: trial.name.clone(),
        length: percent_of(trial.sqnr_db, most),
        text: decibels(Some(trial.sqnr_db)),
        chosen: index == 0,
    };
    if report.trials.len() < 2 { Vec::new() } else { report.trials.iter().enumerate().map(bar).collect() }
}

/// Every layer's result; the longest bar is the best of them.
fn layers(report: &QuantReport) -> Vec<Bar> {
    let most = report.layers.iter().filter_map(|layer| layer.output_sqnr_db).fold(0.0, f64::max);
    let bar = |layer: &crate::quant::LayerSummary| Bar {
        name: layer.name.clone(),
        length: layer.output_sqnr_db.map_or(100.0, |value| percent_of(value, most)),
        text: decibels(layer.output_sqnr_db),
        chosen: false,
    };
    report.layers.iter().map(bar).collect()
}
