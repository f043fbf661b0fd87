//! Coordinates: every drawing is 100 wide and 100 high, y downwards; the page stretches it.

use std::fmt::Write;

/// A line through values at equal distances.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The line; empty for a single value.
    pub path: String,
    /// A dot for every value.
    pub dots: String,
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
}

/// A share of a whole in percent, 0 to 100; 0 without a whole.
pub fn percent_of(value: f64, whole: f64) -> f64 {
    let share = 100.0 * value / whole;
    if share.is_finite() { rounded(share.clamp(0.0, 100.0)) } else { 0.0 }
}

/// The area under a histogram; its highest bin touches the top.
pub fn histogram(counts: &[u32]) -> String {
    let highest = counts.iter().copied().max().unwrap_or(0).max(1);
    let width = 100.0 / counts.len().max(1) as f64;
    let mut path = "M0 100".to_owned();
    for (bin, count) in counts.iter().enumerate() {
        let top = rounded(100.0 - 100.0 * f64::from(*count) / f64::from(highest));
        let _ = write!(path, "V{top}H{}", rounded((bin + 1) as f64 * width));
    }
    path + "V100Z"
}

/// A vertical line from top to bottom at each position of the range `-span..=span`.
pub fn verticals(positions: &[f64], span: f64) -> String {
    let vertical = |position: &f64| format!("M{} 0V100", place(*position, -span, span));
    positions.iter().map(vertical).collect::<Vec<_>>().concat()
}

/// A line through finite values; none if there are none.
pub fn line(values: &[f64]) -> Option<Line> {
    let finite: Vec<(usize, f64)> = values.iter().copied().enumerate().filter(|(_, v)| v.is_finite()).collect();
    let (low, high) = limits(finite.iter().map(|(_, value)| *value))?;
    let last = (values.len() - 1).max(1) as f64;
    let at = |(index, value): &(usize, f64)| {
        format!("{} {}", rounded(100.0 * *index as f64 / last), rounded(100.0 - place(*value, low, high)))
    };
    let points: Vec<String> = finite.iter().map(at).collect();
    let dots = points.iter().map(|point| format!("M{point}h0")).collect::<Vec<_>>().concat();
    let path = if points.len() > 1 { format!("M{}", points.join("L")) } else { String::new() };
    Some(Line { path, dots, low, high })
}

/// Dots at `(index, value)`, of indices below `count` and values of the range `low..=high`.
pub fn dots(points: impl IntoIterator<Item = (usize, f64)>, count: usize, (low, high): (f64, f64)) -> String {
    let dot = |(index, value): (usize, f64)| {
        let x = rounded(100.0 * (index as f64 + 0.5) / count.max(1) as f64);
        format!("M{x} {}h0", rounded(100.0 - place(value, low, high)))
    };
    points.into_iter().map(dot).collect::<Vec<_>>().concat()
}

/// Smallest and largest of some values.
pub fn limits(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |limits, value| {
        let (low, high) = limits.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

/// Where a value of a range lies, in percent; the middle of an empty range.
fn place(value: f64, low: f64, high: f64) -> f64 {
    if high > low { rounded((100.0 * (value - low) / (high - low)).clamp(0.0, 100.0)) } else { 50.0 }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_within_the_whole() {
        let pairs = [(1.0, 3.0), (5.0, 4.0), (-1.0, 4.0), (0.0, 0.0), (f64::NAN, 1.0)];
        let shares = pairs.map(|(value, whole)| percent_of(value, whole).to_string());
        assert_eq!(shares, ["33.33", "100", "0", "0", "0"]);
    }

    #[test]
    fn the_highest_bin_touches_the_top() {
        assert_eq!(histogram(&[1, 4, 0, 2]), "M0 100V75H25V0H50V100H75V50H100V100Z");
        assert_eq!(histogram(&[0, 0]), "M0 100V100H50V100H100V100Z");
        assert_eq!(histogram(&[]), "M0 100V100Z");
    }

    #[test]
    fn levels_lie_where_the_histogram_has_them() {
        assert_eq!(verticals(&[-1.0, 0.0, 0.625], 1.25), "M10 0V100M50 0V100M75 0V100");
    }

    #[test]
    fn lines_fill_the_drawing() {
        let found = line(&[2.0, 1.0, 4.0]).expect("values");
        assert_eq!((found.low, found.high), (1.0, 4.0));
        assert_eq!(found.path, "M0 66.67L50 100L100 0");
        assert_eq!(found.dots, "M0 66.67h0M50 100h0M100 0h0");
        assert_eq!(line(&[3.0]).map(|l| (l.path, l.dots)), Some((String::new(), "M0 50h0".to_owned())));
        assert_eq!(line(&[1.0, f64::NAN, 2.0]).map(|l| l.path), Some("M0 100L100 0".to_owned()));
        assert_eq!((line(&[]), line(&[f64::INFINITY])), (None, None));
    }

    #[test]
    fn dots_stand_in_the_middle_of_their_place() {
        assert_eq!(dots([(0, 10.0), (1, 20.0)], 2, (10.0, 20.0)), "M25 100h0M75 0h0");
        assert_eq!(limits([2.0, -1.0, 3.0]), Some((-1.0, 3.0)));
    }
}
