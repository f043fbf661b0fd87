//! The card of one layer.

use std::collections::BTreeMap;

use super::chart::{dots, histogram, limits, percent_of, verticals};
use super::figures::{MINUS, Share, decibels, share, tint};
use crate::quant::{ErrorShares, LayerSummary, RowSummary, SchemeSummary};

/// More levels than this are drawn as a ruler, not as lines through the histogram.
const MOST_LINES: usize = 33;

/// Clipping and rounding error as one bar of two parts.
pub struct ErrorBar {
    /// What has the error.
    pub name: String,
    /// Colour.
    pub tint: String,
    /// Length of the part that is clipping.
    pub clipping: f64,
    /// Length of the part that is rounding.
    pub rounding: f64,
    /// Both together.
    pub text: String,
    /// All figures.
    pub title: String,
    /// Some rows of the layer have this scheme.
    pub used: bool,
}

/// The float weights of one scheme over its levels.
pub struct Histogram {
    /// Which rows.
    pub share: Share,
    /// Area of the histogram.
    pub area: String,
    /// Lines at the levels.
    pub levels: String,
    /// Number of levels.
    pub count: usize,
    /// The levels stand too close to be drawn over the histogram.
    pub dense: bool,
    /// Width of the part beyond the largest level, on either side.
    pub beyond: f64,
    /// Position of the largest level, right side.
    pub edge: f64,
}

/// The rows of one scheme as dots.
pub struct RowDots {
    /// Colour.
    pub tint: String,
    /// Path of the dots.
    pub path: String,
}

/// A row of the table.
pub struct TableRow {
    /// Number of the row.
    pub index: usize,
    /// Scheme.
    pub scheme: String,
    /// Scale.
    pub scale: String,
    /// Clipping error.
    pub clipping: String,
    /// Rounding error.
    pub rounding: String,
    /// Signal to noise.
    pub sqnr: String,
}

/// One layer.
pub struct Card {
    /// Its name.
    pub name: String,
    /// Rows.
    pub rows: usize,
    /// Weights per row.
    pub columns: usize,
    /// Smallest and largest weight.
    pub range: String,
    /// Type of the result.
    pub act: String,
    /// Signal to noise of the result.
    pub sqnr: String,
    /// Schemes of its rows.
    pub shares: Vec<Share>,
    /// Histograms by scheme.
    pub histograms: Vec<Histogram>,
    /// Errors of weights and activations.
    pub errors: Vec<ErrorBar>,
    /// Errors with other schemes.
    pub alternatives: Vec<ErrorBar>,
    /// Signal to noise of every row.
    pub dots: Vec<RowDots>,
    /// Ends of the scale of the dots.
    pub dot_limits: Option<[String; 2]>,
    /// Rows of the table.
    pub table: Vec<TableRow>,
}

/// The card of a layer with at most `most` rows in its table.
pub fn card(layer: &LayerSummary, most: usize) -> Card {
    let rows = layer.rows.len();
    let (dots, dot_limits) = row_dots(&layer.rows);
    let [low, high] = layer.range;
    let errors = [("weights", &layer.weights), ("result", &layer.activations)];
    Card {
        name: layer.name.clone(),
        rows,
        columns: layer.columns,
        range: format!("{low:.3} to {high:.3}").replace('-', MINUS),
        act: act_type(&layer.act),
        sqnr: decibels(layer.output_sqnr_db),
        shares: layer.schemes.iter().map(|s| share(&s.scheme, s.rows, rows)).collect(),
        histograms: layer.schemes.iter().map(|s| scheme_histogram(s, rows)).collect(),
        errors: error_bars(errors.map(|(name, error)| (name, error, false))),
        alternatives: alternatives(layer),
        dots,
        dot_limits,
        table: layer.rows.iter().enumerate().take(most).map(table_row).collect(),
    }
}

/// `u4` in words.
fn act_type(act: &str) -> String {
    let sign = if act.starts_with('s') { "signed" } else { "unsigned" };
    format!("{} bits {sign}", act.trim_start_matches(['s', 'u']))
}

fn scheme_histogram(scheme: &SchemeSummary, rows: usize) -> Histogram {
    let edge = percent_of(scheme.span + 1.0, 2.0 * scheme.span);
    Histogram {
        share: share(&scheme.scheme, scheme.rows, rows),
        area: histogram(&scheme.histogram),
        levels: verticals(&scheme.levels, scheme.span),
        count: scheme.levels.len(),
        dense: scheme.levels.len() > MOST_LINES,
        beyond: 100.0 - edge,
        edge,
    }
}

fn alternatives(layer: &LayerSummary) -> Vec<ErrorBar> {
    let used = |scheme: &str| layer.schemes.iter().any(|s| s.scheme == scheme);
    let mut all: Vec<(&str, &ErrorShares, bool)> =
        layer.alternatives.iter().map(|(scheme, error)| (scheme.as_str(), error, used(scheme))).collect();
    let families = ["fixed", "sp2", "pot", "ausn"];
    all.sort_by_key(|(scheme, ..)| families.iter().position(|family| scheme.starts_with(family)));
    error_bars(all)
}

/// Bars on one scale: the longest is as long as the drawing.
fn error_bars<'a>(errors: impl IntoIterator<Item = (&'a str, &'a ErrorShares, bool)>) -> Vec<ErrorBar> {
    let errors: Vec<_> = errors.into_iter().collect();
    let most = errors.iter().map(|(_, e, _)| e.clipping + e.rounding).fold(0.0, f64::max);
    let bar = |(name, e, used): (&str, &ErrorShares, bool)| ErrorBar {
        name: name.to_owned(),
        tint: tint(name),
        clipping: percent_of(e.clipping, most),
        rounding: percent_of(e.rounding, most),
        text: share_text(e.clipping + e.rounding),
        title: format!(
            "{name}: clipping {}, rounding {}, {}",
            share_text(e.clipping),
            share_text(e.rounding),
            decibels(e.sqnr_db)
        ),
        used,
    };
    errors.into_iter().map(bar).collect()
}

fn share_text(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Every row's signal to noise, and the ends of the scale; rows without error are left out.
fn row_dots(rows: &[RowSummary]) -> (Vec<RowDots>, Option<[String; 2]>) {
    let value = |row: &RowSummary| row.error.sqnr_db.filter(|value| value.is_finite());
    let Some(ends) = limits(rows.iter().filter_map(value)) else { return (Vec::new(), None) };
    let mut by_scheme: BTreeMap<&str, Vec<(usize, f64)>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        by_scheme.entry(&row.scheme).or_default().extend(value(row).map(|value| (index, value)));
    }
    let paths = by_scheme
        .into_iter()
        .map(|(scheme, points)| RowDots { tint: tint(scheme), path: dots(points, rows.len(), ends) });
    (paths.collect(), Some([ends.0, ends.1].map(|end| decibels(Some(end)))))
}

fn table_row((index, row): (usize, &RowSummary)) -> TableRow {
    TableRow {
        index,
        scheme: row.scheme.clone(),
        scale: format!("{:.3e}", row.scale),
        clipping: format!("{:.3}", 100.0 * row.error.clipping),
        rounding: format!("{:.3}", 100.0 * row.error.rounding),
        sqnr: decibels(row.error.sqnr_db).replace(" dB", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(clipping: f64, rounding: f64) -> ErrorShares {
        ErrorShares { clipping, rounding, sqnr_db: Some(20.0) }
    }

    #[test]
    fn error_bars_share_a_scale() {
        let (small, large) = (error(0.01, 0.01), error(0.01, 0.07));
        let bars = error_bars([("fixed(4)", &small, true), ("pot(4)", &large, false)]);
        let lengths: Vec<[f64; 2]> = bars.iter().map(|bar| [bar.clipping, bar.rounding]).collect();
        assert_eq!(lengths, [[12.5, 12.5], [12.5, 87.5]]);
        assert_eq!((bars[0].text.as_str(), bars[0].used), ("2.00 %", true));
        assert_eq!(bars[1].title, "pot(4): clipping 1.00 %, rounding 7.00 %, 20.0 dB");
    }

    #[test]
    fn rows_without_error_have_no_dot() {
        let row = |sqnr_db| RowSummary {
            scheme: "fixed(4)".into(),
            scale: 0.5,
            error: ErrorShares { sqnr_db, ..error(0.0, 0.0) },
        };
        let (found, ends) = row_dots(&[row(Some(10.0)), row(None), row(Some(20.0)), row(Some(15.0))]);
        assert_eq!(found[0].path, "M12.5 100h0M62.5 0h0M87.5 50h0");
        assert_eq!(ends, Some(["10.0 dB".to_owned(), "20.0 dB".to_owned()]));
        assert!(row_dots(&[row(None)]).0.is_empty());
    }

    #[test]
    fn types_in_words() {
        assert_eq!([act_type("u4"), act_type("s8")], ["4 bits unsigned", "8 bits signed"]);
    }
}
