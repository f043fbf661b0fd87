//! Rounding that compensates: the error of each column is spread over the columns after it.
//!
//! Follows OPTQ (Frantar et al., ICLR 2023, Algorithm 1) with levels of any scheme, columns of large variance first, and the drift
//! of the inputs caused by the layers before taken into the target.

use nalgebra::{Cholesky, DMatrix};

use super::columns::ColumnBlock;
use crate::num::Levels;

/// Share of the mean variance added to the diagonal.
const DAMPING: f64 = 0.01;

/// One block of columns, ready for its rows.
#[derive(Debug)]
pub struct Compensator {
    start: usize,
    /// Columns in the order they are rounded.
    order: Vec<usize>,
    /// Lower factor L of the inverse covariance `L L^T`, in that order.
    factor: DMatrix<f64>,
    /// `w + w * correction` undoes the drift of the inputs.
    correction: Option<DMatrix<f64>>,
    covariance: DMatrix<f64>,
}

impl Compensator {
    /// Factors the covariance; `None` if it cannot be inverted, which damping prevents for finite inputs.
    pub fn new(block: &ColumnBlock, with_drift: bool) -> Option<Self> {
        let size = block.covariance.nrows();
        let diagonal = block.covariance.diagonal();
        // With fewer windows than columns the covariance says little: lean on the diagonal.
        let scarcity = 0.1 * size as f64 / block.samples.max(1) as f64;
        let damping = (diagonal.mean() * DAMPING.max(scarcity)).max(1e-12);
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|a, b| diagonal[*b].total_cmp(&diagonal[*a]));
        let damped = &block.covariance + DMatrix::identity(size, size) * damping;
        let permuted = DMatrix::from_fn(size, size, |r, c| damped[(order[r], order[c])]);
        let inverse = Cholesky::new(permuted)?.inverse();
        let correction = with_drift.then(|| Cholesky::new(damped.clone()).map(|c| c.solve(&block.drift.transpose())));
        let correction = correction.flatten().map(|solved| solved.transpose());
        let factor = Cholesky::new(inverse)?.l();
        Some(Self { start: block.start, order, factor, correction, covariance: damped })
    }

    /// First column of the block.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Number of columns.
    pub fn size(&self) -> usize {
        self.order.len()
    }

    /// The weights that would reproduce the float network's results from the quantized network's inputs.
    pub fn target(&self, weights: &[f32]) -> Vec<f64> {
        let weights: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
        let Some(correction) = &self.correction else { return weights };
        let shift = |column: usize| (0..self.size()).map(|k| weights[k] * correction[(k, column)]).sum::<f64>();
        (0..self.size()).map(|column| weights[column] + shift(column)).collect()
    }

    /// Levels of one row, and the mean square error of its result.
    pub fn round(&self, target: &[f64], levels: &Levels, scale: f64) -> (Vec<i32>, f64) {
        let size = self.size();
        let mut left: Vec<f64> = self.order.iter().map(|&column| target[column]).collect();
        let mut result = vec![0; size];
        for step in 0..size {
            let level = levels.project(left[step] / scale);
            result[self.order[step]] = level;
            let error = (left[step] - scale * f64::from(level)) / self.factor[(step, step)];
            let column = self.factor.column(step);
            for next in step + 1..size {
                left[next] -= error * column[next];
            }
        }
        let error = self.error(target, &result, scale);
        (result, error)
    }

    /// Mean square error of a row's result.
    pub fn error(&self, target: &[f64], levels: &[i32], scale: f64) -> f64 {
        let difference: Vec<f64> = target.iter().zip(levels).map(|(t, l)| t - scale * f64::from(*l)).collect();
        let product =
            |column: usize| -> f64 { self.covariance.column(column).iter().zip(&difference).map(|(c, d)| c * d).sum() };
        difference.iter().enumerate().map(|(column, d)| d * product(column)).sum()
    }
}
