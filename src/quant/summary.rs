//! What quantization did to a network: per layer, per scheme, per row.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::activations::act_error;
use super::error::Result;
use super::error_metrics::{ErrorSum, sqnr_db};
use super::flow::hidden;
use super::numerics::OnGrid;
use super::pipeline::Quantizer;
use super::rows::row_error;
use super::spec::{QuantizedGraph, QuantizedRows};
use crate::float::{AsIs, Conv, Op, Params};
use crate::num::{Levels, Scheme};

/// Images that errors of results are measured on.
const IMAGES: usize = 32;
/// Bins of a histogram over -1.25 to 1.25 times the largest level.
const BINS: usize = 100;
const SPAN: f64 = 1.25;

/// Clipping, rounding and total error as shares of the energy, and signal to noise in dB.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ErrorShares {
    /// Share of the values beyond the largest level.
    pub clipping: f64,
    /// Share of the other values.
    pub rounding: f64,
    /// Both together, in dB; none if there is no error at all.
    pub sqnr_db: Option<f64>,
}

impl From<ErrorSum> for ErrorShares {
    fn from(sum: ErrorSum) -> Self {
        let [clipping, rounding, _] = sum.relative();
        Self { clipping, rounding, sqnr_db: finite(sum.sqnr_db()) }
    }
}

/// Least signal to noise that is told: noise without any signal.
const SILENCE_DB: f64 = -100.0;

/// None if there is no error at all.
fn finite(value: f64) -> Option<f64> {
    (value < f64::INFINITY).then_some(value.max(SILENCE_DB))
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowSummary {
    /// Its scheme.
    pub scheme: String,
    /// Its scale.
    pub scale: f64,
    /// Its weights' error against the float weights.
    pub error: ErrorShares,
}

/// The weights of one scheme in a layer, in units of their row's largest level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SchemeSummary {
    /// Its name.
    pub scheme: String,
    /// Rows that have it.
    pub rows: usize,
    /// Its levels as shares of the largest, ascending, negative ones included.
    pub levels: Vec<f64>,
    /// Float weights, counted in equal bins from `-span` to `span`; beyond them in the outermost.
    pub histogram: Vec<u32>,
    /// End of the histogram.
    pub span: f64,
}

/// One convolution or dense layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerSummary {
    /// Its name.
    pub name: String,
    /// Weights per row.
    pub columns: usize,
    /// Smallest and largest float weight.
    pub range: [f32; 2],
    /// Error of all weights against the float weights.
    pub weights: ErrorShares,
    /// Type of the result, such as `u4`.
    pub act: String,
    /// Error of the float network's results in this type.
    pub activations: ErrorShares,
    /// Signal to noise of the results of the quantized network, in dB.
    pub output_sqnr_db: Option<f64>,
    /// Schemes in use.
    pub schemes: Vec<SchemeSummary>,
    /// The layer's error with all rows in one scheme at its best scale: what the coding is chosen by.
    pub alternatives: BTreeMap<String, ErrorShares>,
    /// Every row.
    pub rows: Vec<RowSummary>,
}

impl Quantizer<'_> {
    /// Every layer with weights.
    pub fn summaries(&self, quantized: &QuantizedGraph) -> Result<Vec<LayerSummary>> {
        let output_sqnr = self.tensor_sqnr(quantized)?;
        let layers = self.graph().convs().filter_map(|(node, conv)| {
            let rows = quantized.rows[node].as_ref()?;
            Some(self.layer(node, conv, rows, quantized, output_sqnr[node]))
        });
        Ok(layers.collect())
    }

    fn layer(
        &self,
        node: usize,
        conv: &Conv,
        rows: &QuantizedRows,
        quantized: &QuantizedGraph,
        sqnr: f64,
    ) -> LayerSummary {
        // Of rows with a leaky rectifier behind them the result is the rectifier's.
        let id = self.graph().nodes[node].output;
        let id = hidden(self.graph(), id).map_or(id, |reader| self.graph().nodes[reader].output);
        let spec = &quantized.acts[id.0];
        let row_summaries: Vec<(ErrorSum, RowSummary)> =
            (0..conv.rows).into_par_iter().map(|row| row_summary(conv, rows, row)).collect();
        let fold = |limit: fn(f32, f32) -> f32| conv.weight.iter().copied().fold(conv.weight[0], limit);
        LayerSummary {
            name: self.graph().nodes[node].name.clone(),
            columns: conv.columns,
            range: [fold(f32::min), fold(f32::max)],
            weights: row_summaries.iter().map(|(error, _)| *error).sum::<ErrorSum>().into(),
            act: format!("{}{}", if spec.act.signed { 's' } else { 'u' }, spec.act.bits),
            activations: act_error(&self.calibration.values[id.0], spec).into(),
            output_sqnr_db: finite(sqnr),
            schemes: scheme_summaries(conv, rows),
            alternatives: self.alternatives(node),
            rows: row_summaries.into_iter().map(|(_, row)| row).collect(),
        }
    }

    fn alternatives(&self, node: usize) -> BTreeMap<String, ErrorShares> {
        let settings = self.settings();
        let schemes = [settings.fixed(), settings.sp2(), settings.pot()].into_iter().chain(settings.ausn());
        schemes.map(|s| (s.to_string(), self.evidence.layer_error(node, s, settings).into())).collect()
    }

    /// By node: signal to noise of its result in the quantized network.
    fn tensor_sqnr(&self, quantized: &QuantizedGraph) -> Result<Vec<f64>> {
        let executor = self.executor();
        let input = executor.batch(&self.samples().spread(IMAGES).images)?;
        let mut params = Params(vec![None; self.graph().nodes.len()]);
        for (node, conv) in self.graph().convs() {
            if let Some(rows) = &quantized.rows[node] {
                params.0[node] = Some(rows.params(conv, executor.device())?);
            }
        }
        let float = executor.run(self.params(), &input, &AsIs)?;
        let on_grid = executor.run(&params, &input, &OnGrid(&quantized.acts))?;
        let mut result = Vec::new();
        for node in &self.graph().nodes {
            let values = |tensors: &[candle_core::Tensor]| -> Result<Vec<f32>> {
                let is_conv = matches!(node.op, Op::Conv(_));
                Ok(if is_conv { tensors[node.output.0].flatten_all()?.to_vec1()? } else { Vec::new() })
            };
            let (expected, found) = (values(&float)?, values(&on_grid)?);
            result.push(sqnr_db([(expected.as_slice(), found.as_slice())]));
        }
        Ok(result)
    }
}

fn row_summary(conv: &Conv, rows: &QuantizedRows, row: usize) -> (ErrorSum, RowSummary) {
    let (scheme, scale) = (rows.schemes[row], rows.scales[row]);
    let error = row_error(conv.row(row), scheme, scale);
    (error, RowSummary { scheme: scheme.to_string(), scale, error: error.into() })
}

fn scheme_summaries(conv: &Conv, rows: &QuantizedRows) -> Vec<SchemeSummary> {
    let mut by_scheme: BTreeMap<Scheme, Vec<usize>> = BTreeMap::new();
    rows.schemes.iter().enumerate().for_each(|(row, scheme)| by_scheme.entry(*scheme).or_default().push(row));
    let summary = |(scheme, members): (Scheme, Vec<usize>)| {
        let levels = Levels::of(scheme);
        let largest = f64::from(levels.max());
        let mut histogram = vec![0; BINS];
        for row in &members {
            let alpha = rows.scales[*row] * largest;
            for weight in conv.row(*row) {
                let position = (f64::from(*weight) / alpha + SPAN) / (2.0 * SPAN) * BINS as f64;
                histogram[(position.max(0.0) as usize).min(BINS - 1)] += 1;
            }
        }
        let magnitudes = levels.magnitudes().iter().map(|m| f64::from(*m) / largest);
        let negative = magnitudes.clone().skip(1).map(|m| -m).rev();
        SchemeSummary {
            scheme: scheme.to_string(),
            rows: members.len(),
            levels: negative.chain(magnitudes).collect(),
            histogram,
            span: SPAN,
        }
    };
    by_scheme.into_iter().map(summary).collect()
}
