//! Which scheme each row gets: MSQ, RMSMP, AUSN, and the assignment with the smallest modelled output error.

use rayon::prelude::*;

use super::ErrorSum;
use super::classes::{RowClass, counts};
use super::rows::{RowTask, row_error};
use super::settings::Settings;
use super::transport::transport;
use crate::float::Graph;
use crate::num::{Levels, Scheme};

/// Schemes of every convolution's rows, by node; empty for other nodes.
pub type Assignment = Vec<Vec<Scheme>>;

/// What assignments are decided on.
#[derive(Clone, Debug)]
pub struct Evidence<'g> {
    /// The network.
    pub graph: &'g Graph,
    /// Tied convolutions.
    pub classes: Vec<RowClass>,
    /// By node: scale of the result over scale of the input.
    pub units: Vec<f64>,
    /// By node and row: sensitivity of the result, if it was measured.
    pub sensitivity: Option<Vec<Vec<f64>>>,
    /// By node and row: largest Hessian eigenvalue, if it was measured.
    pub eigenvalues: Option<Vec<Vec<f64>>>,
    /// By node and column: mean square of the inputs.
    pub importance: Vec<Vec<f32>>,
}

impl Evidence<'_> {
    /// The same scheme for every row.
    pub fn uniform(&self, scheme: Scheme) -> Assignment {
        self.per_node(|_, rows| vec![scheme; rows])
    }

    /// MSQ (section IV): in every layer the rows of lowest variance get `sp2`, the others `fixed`, by the share of the target.
    pub fn msq(&self, settings: &Settings) -> Assignment {
        self.by_variance(settings, [settings.sp2(), settings.fixed(), Settings::WIDE])
    }

    /// RMSMP (Algorithm 1): the share of highest eigenvalue gets `fixed(8)`; of the others, low variance gets `pot`, high `fixed`.
    pub fn rmsmp(&self, settings: &Settings) -> Assignment {
        self.by_variance(settings, [settings.pot(), settings.fixed(), Settings::WIDE])
    }

    /// AUSN: per layer the number of superposition bits with the smallest clipping and rounding error.
    pub fn ausn(&self, settings: &Settings) -> Assignment {
        let mut assignment = self.per_node(|node, rows| {
            let error = |scheme: &Scheme| self.layer_error(node, *scheme, settings).total();
            let best = settings.ausn().map(|s| (error(&s), s)).min_by(|a, b| a.0.total_cmp(&b.0));
            vec![best.map_or(settings.fixed(), |(_, scheme)| scheme); rows]
        });
        for class in &self.classes {
            for row in self.wide_rows(class, settings) {
                class.convs.iter().for_each(|node| assignment[*node][row] = Settings::WIDE);
            }
        }
        assignment
    }

    /// The smallest modelled output error with `lut` on LUT lanes, at the target's split: exact, layer by layer.
    pub fn least_error(&self, lut: Scheme, settings: &Settings) -> (f64, Assignment) {
        let kinds = [lut, settings.fixed(), Settings::WIDE];
        let mut assignment: Assignment = vec![Vec::new(); self.graph.nodes.len()];
        let mut total = 0.0;
        for class in &self.classes {
            let costs: Vec<Vec<f64>> = (0..class.rows)
                .into_par_iter()
                .map(|row| kinds.iter().map(|kind| self.output_error(class, row, *kind, settings)).collect())
                .collect();
            let kind_of = transport(&costs, &counts(class.rows, &settings.shares()));
            total += costs.iter().zip(&kind_of).map(|(row, kind)| row[*kind]).sum::<f64>();
            for node in &class.convs {
                assignment[*node] = kind_of.iter().map(|kind| kinds[*kind]).collect();
            }
        }
        (total, assignment)
    }

    /// Clipping and rounding error of a layer with every row in one scheme at its best scale.
    pub fn layer_error(&self, node: usize, scheme: Scheme, settings: &Settings) -> ErrorSum {
        let Some((_, conv)) = self.graph.convs().find(|(index, _)| *index == node) else { return ErrorSum::default() };
        (0..conv.rows)
            .into_par_iter()
            .map(|row| {
                let task = RowTask::new(conv, row, &[], self.units[node], settings);
                row_error(conv.row(row), scheme, task.scale(scheme))
            })
            .collect::<Vec<_>>()
            .into_iter()
            .sum()
    }

    fn output_error(&self, class: &RowClass, row: usize, scheme: Scheme, settings: &Settings) -> f64 {
        let levels = Levels::of(scheme);
        let convs = self.graph.convs().filter(|(node, _)| class.convs.contains(node));
        let errors = convs.map(|(node, conv)| {
            let first = row / (conv.rows / conv.groups) * conv.columns;
            let importance = &self.importance[node][first..first + conv.columns];
            let task = RowTask::new(conv, row, importance, self.units[node], settings);
            let sensitivity = self.sensitivity.as_ref().map_or(1.0, |s| s[node][row]);
            sensitivity * task.error(levels, task.scale(scheme))
        });
        errors.sum()
    }

    /// Kinds for low variance, high variance, and the most sensitive rows.
    fn by_variance(&self, settings: &Settings, kinds: [Scheme; 3]) -> Assignment {
        let mut assignment: Assignment = vec![Vec::new(); self.graph.nodes.len()];
        for class in &self.classes {
            let wide = self.wide_rows(class, settings);
            let mut others: Vec<usize> = (0..class.rows).filter(|row| !wide.contains(row)).collect();
            let variances: Vec<f64> = (0..class.rows).map(|row| self.variance(class, row)).collect();
            others.sort_by(|a, b| variances[*a].total_cmp(&variances[*b]));
            let low = counts(class.rows, &settings.shares())[0];
            let mut schemes = vec![kinds[2]; class.rows];
            others.iter().enumerate().for_each(|(rank, row)| schemes[*row] = kinds[usize::from(rank >= low)]);
            class.convs.iter().for_each(|node| assignment[*node].clone_from(&schemes));
        }
        assignment
    }

    /// The rows of a class that are most sensitive, as many as the share of wide rows asks for.
    fn wide_rows(&self, class: &RowClass, settings: &Settings) -> Vec<usize> {
        let count = if settings.wide_share > 0.0 { counts(class.rows, &settings.shares())[2] } else { 0 };
        let measure = self.eigenvalues.as_ref().or(self.sensitivity.as_ref());
        let score = |row: usize| -> f64 {
            measure.map_or(0.0, |measure| class.convs.iter().map(|node| measure[*node][row]).sum())
        };
        let mut rows: Vec<(usize, f64)> = (0..class.rows).map(|row| (row, score(row))).collect();
        rows.sort_by(|a, b| b.1.total_cmp(&a.1));
        rows.into_iter().take(count).map(|(row, _)| row).collect()
    }

    /// Variance of a row's weights; of tied rows the mean, each in units of its layer's mean variance.
    fn variance(&self, class: &RowClass, row: usize) -> f64 {
        let convs = self.graph.convs().filter(|(node, _)| class.convs.contains(node));
        let normalised = convs.map(|(_, conv)| {
            let mean = (0..conv.rows).map(|r| variance(conv.row(r))).sum::<f64>() / conv.rows as f64;
            variance(conv.row(row)) / mean.max(f64::MIN_POSITIVE)
        });
        normalised.sum()
    }

    fn per_node(&self, schemes: impl Fn(usize, usize) -> Vec<Scheme>) -> Assignment {
        let mut assignment = vec![Vec::new(); self.graph.nodes.len()];
        self.graph.convs().for_each(|(node, conv)| assignment[node] = schemes(node, conv.rows));
        assignment
    }
}

fn variance(row: &[f32]) -> f64 {
    let mean = row.iter().map(|w| f64::from(*w)).sum::<f64>() / row.len().max(1) as f64;
    row.iter().map(|w| (f64::from(*w) - mean).powi(2)).sum::<f64>() / row.len().max(1) as f64
}
