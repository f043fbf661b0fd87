//! One row: its scale, its levels.

use super::ErrorSum;
use super::row_sums::RowSums;
use super::scale::ratios;
use super::settings::{Settings, WeightClip};
use crate::float::Conv;
use crate::num::{Levels, Scheme};

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
        let mut rated = self.rate(levels, candidates, count);
        rated.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        rated.into_iter().take(count).map(|(_, scale)| scale).collect()
    }

    /// Errors of scales. Those among which the best `count` are found are exact where their order depends on it.
    fn rate(&self, levels: &Levels, scales: Vec<f64>, count: usize) -> Vec<(f64, f64)> {
        if !RowSums::suits(levels, self.weights.len()) {
            return scales.into_iter().map(|scale| (self.error(levels, scale), scale)).collect();
        }
        let sums = RowSums::of(self.weights, self.importance);
        let mut rated: Vec<(f64, f64)> = scales.into_iter().map(|scale| (sums.error(levels, scale), scale)).collect();
        rated.sort_by(|a, b| a.0.total_cmp(&b.0));
        let close = |pair: &[(f64, f64)]| pair[1].0 - pair[0].0 <= 2.0 * sums.tolerance();
        let ties: Vec<bool> = rated.windows(2).map(close).collect();
        let tied = |index: usize| ties.get(index).copied().unwrap_or(false) || (index > 0 && ties[index - 1]);
        // Ties that begin among the best are broken to their end.
        let last = (count.saturating_sub(1)..ties.len()).find(|index| !ties[*index]).unwrap_or(ties.len());
        for index in (0..rated.len().min(last + 1)).filter(|index| tied(*index)) {
            rated[index].0 = self.error(levels, rated[index].1);
        }
        rated
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn task<'a>(weights: &'a [f32], importance: &'a [f32]) -> RowTask<'a> {
        RowTask { weights, importance, unit: 1.0 / 64.0, mantissa_bits: 4, clip: WeightClip::Mse }
    }

    /// The best scales first, as [`RowTask::scales`] has them.
    fn best(mut rated: Vec<(f64, f64)>) -> Vec<f64> {
        rated.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        rated.into_iter().take(4).map(|(_, scale)| scale).collect()
    }

    proptest! {
        /// Sums by magnitude give the error of each scale and the same best scales as projecting every weight.
        #[test]
        fn sums_by_magnitude_change_nothing(
            weights in prop::collection::vec(prop_oneof![Just(0.0_f32), Just(0.5_f32), -1.0_f32..1.0], 130..300),
            importance in prop::collection::vec(0.0_f32..3.0, 300),
            weighted in any::<bool>(),
        ) {
            let importance = if weighted { &importance[..weights.len()] } else { &[] };
            let task = task(&weights, importance);
            for scheme in ["fixed(4)", "pot(4)", "sp2(4)", "ausn(4;1)", "fixed(5)"] {
                let levels = Levels::of(scheme.parse().expect("a scheme"));
                prop_assert!(RowSums::suits(levels, weights.len()));
                let sums = RowSums::of(task.weights, task.importance);
                let top = 1.0 / f64::from(levels.max());
                let scales = task.legal(0.25 * top, 1.25 * top);
                for &scale in &scales {
                    let (fast, slow) = (sums.error(levels, scale), task.error(levels, scale));
                    prop_assert!((fast - slow).abs() <= sums.tolerance(), "{scheme} {scale}: {fast}, {slow}");
                }
                let slow = best(scales.iter().map(|scale| (task.error(levels, *scale), *scale)).collect());
                prop_assert_eq!(best(task.rate(levels, scales, 4)), slow, "{}", scheme);
            }
        }
    }

    #[test]
    fn scales_with_equal_errors_keep_their_order() {
        // 6/64 and 7/64 both divide the only weight; the larger one is taken.
        let weights: Vec<f32> = (0..200).map(|index| if index % 3 == 0 { 42.0 / 64.0 } else { 0.0 }).collect();
        let task = task(&weights, &[]);
        let scheme: Scheme = "fixed(4)".parse().expect("a scheme");
        let best = task.scales(scheme, 2);
        assert_eq!(best, [7.0 / 64.0, 6.0 / 64.0]);
        assert!(best.iter().all(|scale| task.error(Levels::of(scheme), *scale) == 0.0));
    }
}
