//! One row: its scale, its levels.

use super::ErrorSum;
use super::scale::ratios;
use super::settings::Settings;
use crate::float::Conv;
use crate::num::{Levels, Scheme};

/// How the clip of a row, and with it its scale, is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightClip {
    /// The largest weight is the largest level.
    Max,
    /// Smallest squared error among all scales that requantization has.
    #[default]
    Mse,
    /// Alternating least squares: levels for the scale, scale for the levels.
    Als,
}

/// What a row is quantized for.
#[derive(Clone, Copy, Debug)]
pub struct RowTask<'a> {
    /// The weights.
    pub weights: &'a [f32],
    /// Importance of each column: the mean square of its input. Equal if empty.
    pub importance: &'a [f32],
    /// Scale of the row = ratio that requantization has x this unit (scale of the result / scale of the input).
    pub unit: f64,
    /// Bits of the mantissa.
    pub mantissa_bits: u32,
    /// How the clip is found.
    pub clip: WeightClip,
}

impl<'a> RowTask<'a> {
    /// One row of a convolution.
    pub fn new(conv: &'a Conv, row: usize, importance: &'a [f32], unit: f64, settings: &Settings) -> Self {
        let Settings { mantissa_bits, weight_clip: clip, .. } = *settings;
        Self { weights: conv.row(row), importance, unit, mantissa_bits, clip }
    }

    /// The scale for a scheme.
    pub fn scale(&self, scheme: Scheme) -> f64 {
        self.scales(scheme, 1)[0]
    }

    /// The best `count` scales for a scheme, best first.
    pub fn scales(&self, scheme: Scheme, count: usize) -> Vec<f64> {
        let levels = Levels::of(scheme);
        let largest = self.weights.iter().fold(0f32, |m, w| m.max(w.abs()));
        let top = f64::from(largest.max(f32::MIN_POSITIVE)) / f64::from(levels.max());
        let candidates: Vec<f64> = match self.clip {
            // The smallest representable scale that clips nothing.
            WeightClip::Max => self.legal(top * 0.999_999, top * 2.0),
            WeightClip::Mse => self.legal(top * 0.25, top * 1.25),
            WeightClip::Als => {
                let scale = self.alternate(levels, top);
                self.legal(scale * 0.9, scale * 1.1)
            }
        };
        if self.clip == WeightClip::Max {
            return candidates.into_iter().take(count).collect();
        }
        let mut rated: Vec<(f64, f64)> = candidates.into_iter().map(|s| (self.error(levels, s), s)).collect();
        rated.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        rated.into_iter().take(count).map(|(_, scale)| scale).collect()
    }

    /// Squared error weighted by importance, levels rounded to nearest.
    pub fn error(&self, levels: &Levels, scale: f64) -> f64 {
        let inverse = 1.0 / scale;
        let square =
            |weight: f32| (f64::from(levels.project(f64::from(weight) * inverse)) * scale - f64::from(weight)).powi(2);
        if self.importance.is_empty() {
            return self.weights.iter().map(|w| square(*w)).sum();
        }
        self.weights.iter().zip(self.importance).map(|(w, i)| square(*w) * f64::from(*i)).sum()
    }

    fn legal(&self, low: f64, high: f64) -> Vec<f64> {
        let ratios = ratios(low / self.unit, high / self.unit, self.mantissa_bits);
        ratios.into_iter().map(|ratio| ratio * self.unit).collect()
    }

    fn alternate(&self, levels: &Levels, start: f64) -> f64 {
        let mut scale = start;
        for _ in 0..20 {
            let (mut dot, mut norm) = (0.0, 0.0);
            for (column, weight) in self.weights.iter().enumerate() {
                let level = f64::from(levels.project(f64::from(*weight) / scale));
                let importance = self.importance.get(column).map_or(1.0, |i| f64::from(*i));
                dot += importance * level * f64::from(*weight);
                norm += importance * level * level;
            }
            let next = if norm > 0.0 && dot > 0.0 { dot / norm } else { scale };
            if (next - scale).abs() <= 1e-6 * scale {
                break;
            }
            scale = next;
        }
        scale
    }
}

/// The error of a row with every weight at its nearest level.
pub fn row_error(weights: &[f32], scheme: Scheme, scale: f64) -> ErrorSum {
    let levels = Levels::of(scheme);
    let alpha = scale * f64::from(levels.max());
    let one = |weight: &f32| {
        let weight = f64::from(*weight);
        ErrorSum::of(weight, scale * f64::from(levels.project(weight / scale)), alpha)
    };
    weights.iter().map(one).sum()
}
