//! Figures and colours that all parts of the page share.

use super::chart::percent_of;
use crate::num::Scheme;

/// The sign of negative figures.
pub const MINUS: &str = "\u{2212}";

/// Rows of one scheme.
pub struct Share {
    /// The scheme.
    pub scheme: String,
    /// Its colour.
    pub tint: String,
    /// Rows.
    pub rows: usize,
    /// Of all rows.
    pub percent: String,
}

/// A scheme's part of some rows.
pub fn share(scheme: &str, count: usize, rows: usize) -> Share {
    let percent = format!("{:.1} %", percent_of(count as f64, rows as f64));
    Share { scheme: scheme.to_owned(), tint: tint(scheme), rows: count, percent }
}

/// The colour classes of a scheme: one hue per family, deeper for `fixed(8)` and with every superposition bit.
pub fn tint(scheme: &str) -> String {
    let Ok(scheme) = scheme.parse::<Scheme>() else { return "other".to_owned() };
    let depth = match scheme {
        Scheme::Fixed { bits } => u8::from(bits >= 8),
        Scheme::Ausn { sup, .. } => sup.min(2),
        Scheme::Pot { .. } | Scheme::Sp2 { .. } => 0,
    };
    format!("{} depth{depth}", scheme.family())
}

/// Decibels for people; no error at all is `exact`.
pub fn decibels(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(|| "exact".to_owned(), |value| format!("{value:.1} dB").replace('-', MINUS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_one_hue_each() {
        let tints = ["fixed(4)", "fixed(8)", "sp2(4;2,1)", "pot(4)", "ausn(4;0)", "ausn(4;2)", "<b>"].map(tint);
        assert_eq!(
            tints,
            ["fixed depth0", "fixed depth1", "sp2 depth0", "pot depth0", "ausn depth0", "ausn depth2", "other"]
        );
    }

    #[test]
    fn no_error_is_exact() {
        assert_eq!([None, Some(f64::INFINITY), Some(12.34)].map(decibels), ["exact", "exact", "12.3 dB"]);
    }
}
