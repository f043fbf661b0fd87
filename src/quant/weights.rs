//! Levels of a whole convolution.

use rayon::prelude::*;

use super::columns::Columns;
use super::compensate::Compensator;
use super::fit::steps_to_zero;
use super::rows::RowTask;
use super::scale::mantissa;
use super::settings::Settings;
use super::spec::{ActSpec, QuantizedRows};
use crate::float::{Conv, WeightQuant};
use crate::num::{Levels, Scheme};

/// Scales tried with full compensation; wide blocks only get the best one.
const TRIED_SCALES: usize = 4;
const WIDE_BLOCK: usize = 384;
/// Mantissa of rows whose scale is prescribed: as long as the manifest allows.
const PRESCRIBED_MANTISSA: u32 = 16;

/// Quantizes every row of a convolution in its scheme.
///
/// `unit` is the scale of the result divided by that of the input: the row scale of requantization by 1.
pub fn quantize_conv(
    conv: &Conv,
    schemes: &[Scheme],
    columns: &Columns,
    unit: f64,
    settings: &Settings,
) -> QuantizedRows {
    let compensators = compensators(conv, columns, settings);
    let rows: Vec<(f64, Vec<i32>)> = (0..conv.rows)
        .into_par_iter()
        .map(|row| {
            let group = row / (conv.rows / conv.groups);
            let range = group * conv.columns..(group + 1) * conv.columns;
            let importance = columns.variance.get(range).unwrap_or_default();
            let task = RowTask::new(conv, row, importance, unit, settings);
            let within = compensators.iter().filter(|c| c.start() / conv.columns == group);
            quantize_row(&task, schemes[row], group * conv.columns, &within.collect::<Vec<_>>())
        })
        .collect();
    let (scales, levels): (Vec<f64>, Vec<Vec<i32>>) = rows.into_iter().unzip();
    let mut result = QuantizedRows {
        schemes: schemes.to_vec(),
        scales,
        levels: levels.concat(),
        bias: conv.bias.iter().map(|b| f64::from(*b)).collect(),
        mantissa_bits: settings.mantissa_bits,
        prescribed: false,
    };
    if settings.correct_bias {
        correct_bias(conv, columns, &mut result);
    }
    result
}

/// Rows whose scales and widths the file prescribes.
pub fn prescribed_rows(conv: &Conv, quant: &WeightQuant) -> QuantizedRows {
    let levels = prescribed_levels(conv, quant);
    // Levels are symmetric in sign: the most negative value of a two's complement type needs one more bit.
    let largest = levels.iter().map(|l| l.unsigned_abs()).max().unwrap_or(0);
    let bits = (2..16).find(|bits| largest < 1 << (bits - 1)).unwrap_or(16).max(quant.bits.clamp(2, 16) as u8);
    QuantizedRows {
        schemes: vec![Scheme::Fixed { bits }; conv.rows],
        scales: quant.scales.iter().map(|s| f64::from(*s)).collect(),
        levels,
        bias: conv.bias.iter().map(|b| f64::from(*b)).collect(),
        mantissa_bits: PRESCRIBED_MANTISSA,
        prescribed: true,
    }
}

/// The integers that weights of a prescribed type are.
pub fn prescribed_levels(conv: &Conv, quant: &WeightQuant) -> Vec<i32> {
    let level = |index: usize| (conv.weight[index] / quant.scales[index / conv.columns]).round() as i32;
    (0..conv.weight.len()).map(level).collect()
}

/// Biases as requantization has them, whose constants are as fine as its shift: what is simulated is what is computed.
pub fn settle_biases(rows: &mut QuantizedRows, input: &ActSpec, output: &ActSpec) {
    let columns = rows.levels.len() / rows.bias.len().max(1);
    for ((bias, scale), levels) in rows.bias.iter_mut().zip(&rows.scales).zip(rows.levels.chunks(columns.max(1))) {
        let unit = scale * input.scale;
        let (_, shift) = mantissa(unit / output.scale, rows.mantissa_bits);
        let sum: i64 = levels.iter().map(|level| i64::from(*level)).sum();
        let steps = (*bias + unit * steps_to_zero(input) * sum as f64 - output.offset) / output.scale;
        let settled = (steps * f64::from(shift).exp2()).round() / f64::from(shift).exp2();
        *bias += (settled - steps) * output.scale;
    }
}

/// Scale of the result over that of the input: the unit of row scales.
pub fn scale_unit(input: &ActSpec, output: &ActSpec) -> f64 {
    output.scale / input.scale
}

fn compensators(conv: &Conv, columns: &Columns, settings: &Settings) -> Vec<Compensator> {
    if !settings.compensate {
        return Vec::new();
    }
    let whole = columns.blocks.len() == conv.groups;
    columns.blocks.par_iter().filter_map(|block| Compensator::new(block, whole && settings.correct_bias)).collect()
}

fn quantize_row(task: &RowTask, scheme: Scheme, first: usize, blocks: &[&Compensator]) -> (f64, Vec<i32>) {
    let levels = Levels::of(scheme);
    let nearest = |scale: f64| task.weights.iter().map(|w| levels.project(f64::from(*w) / scale)).collect();
    if blocks.is_empty() {
        let scale = task.scale(scheme);
        return (scale, nearest(scale));
    }
    let slice = |block: &Compensator| &task.weights[block.start() - first..block.start() - first + block.size()];
    let targets: Vec<Vec<f64>> = blocks.iter().map(|block| block.target(slice(block))).collect();
    let corrected: Vec<f32> = targets.iter().flatten().map(|w| *w as f32).collect();
    let task = RowTask { weights: &corrected, ..*task };
    let tried = if task.weights.len() > WIDE_BLOCK { 1 } else { TRIED_SCALES };
    let attempt = |scale: f64| {
        let parts = blocks.iter().zip(&targets).map(|(block, target)| block.round(target, levels, scale));
        let (parts, errors): (Vec<Vec<i32>>, Vec<f64>) = parts.unzip();
        (errors.iter().sum::<f64>(), scale, parts.concat())
    };
    let attempts = task.scales(scheme, tried).into_iter().map(attempt);
    let best = attempts.min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or_else(|| (task.unit, nearest(task.unit)), |(_, scale, levels)| (scale, levels))
}

/// Takes the mean error of each row's result into its bias.
fn correct_bias(conv: &Conv, columns: &Columns, rows: &mut QuantizedRows) {
    for row in 0..conv.rows {
        let first = row / (conv.rows / conv.groups) * conv.columns;
        let levels = &rows.levels[row * conv.columns..(row + 1) * conv.columns];
        let weights = conv.row(row).iter().zip(levels).enumerate();
        let shift = weights.map(|(column, (weight, level))| {
            let quantized = rows.scales[row] * f64::from(*level);
            f64::from(*weight) * columns.float_mean[first + column] - quantized * columns.mean[first + column]
        });
        rows.bias[row] += shift.sum::<f64>();
    }
}
