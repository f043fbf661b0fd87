//! Errors of one row on many scales: sums over its weights by magnitude, so that a scale costs a search for each level instead of a
//! projection of each weight.

use crate::num::Levels;

/// The magnitudes of a row's weights in ascending order, and sums over the smallest ones.
pub(super) struct RowSums {
    magnitudes: Vec<f64>,
    /// Before each magnitude: sums of importance, importance x magnitude, importance x magnitude squared; at the end those of all.
    sums: Vec<[f64; 3]>,
}

impl RowSums {
    /// Sorts the weights of a row; without importances all columns are equal.
    pub(super) fn of(weights: &[f32], importance: &[f32]) -> Self {
        let importance = |column: usize| importance.get(column).map_or(1.0, |i| f64::from(*i));
        let weights = weights.iter().enumerate();
        let mut sorted: Vec<(f64, f64)> = weights.map(|(column, w)| (f64::from(w.abs()), importance(column))).collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut sums = Vec::with_capacity(sorted.len() + 1);
        let mut sum = [0.0; 3];
        sums.push(sum);
        for (magnitude, importance) in &sorted {
            let first = importance * magnitude;
            sum = [sum[0] + importance, sum[1] + first, sum[2] + first * magnitude];
            sums.push(sum);
        }
        Self { magnitudes: sorted.into_iter().map(|(magnitude, _)| magnitude).collect(), sums }
    }

    /// Whether looking for levels is quicker than projecting weights.
    pub(super) fn suits(levels: &Levels, weights: usize) -> bool {
        levels.magnitudes().len() * 8 < weights
    }

    /// Squared error weighted by importance, levels rounded to nearest: that of projecting every weight, up to rounding.
    pub(super) fn error(&self, levels: &Levels, scale: f64) -> f64 {
        let inverse = 1.0 / scale;
        let (mut error, mut first) = (0.0, 0);
        for (index, &level) in levels.magnitudes().iter().enumerate() {
            let end = match levels.magnitudes().get(index + 1) {
                None => self.magnitudes.len(),
                Some(&next) => {
                    let middle = f64::midpoint(f64::from(level), f64::from(next));
                    first + self.magnitudes[first..].partition_point(|magnitude| magnitude * inverse <= middle)
                }
            };
            let value = scale * f64::from(level);
            let [count, sum, squares] = [0, 1, 2].map(|moment| self.sums[end][moment] - self.sums[first][moment]);
            error += value * value * count - 2.0 * value * sum + squares;
            first = end;
        }
        error.max(0.0)
    }

    /// How far an error may be from that of projecting every weight.
    pub(super) fn tolerance(&self) -> f64 {
        self.sums.last().map_or(0.0, |sums| 1e-10 * sums[2])
    }
}
