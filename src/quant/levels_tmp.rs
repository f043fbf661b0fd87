//! temporary
use crate::num::Scheme;

/// Levels of a scheme.
#[derive(Debug, Clone)]
pub struct Levels {
    magnitudes: Vec<i32>,
}

impl Levels {
    /// Table.
    pub fn of(scheme: Scheme) -> Self {
        Self { magnitudes: scheme.magnitudes() }
    }
    /// Largest.
    pub fn max(&self) -> i32 {
        self.magnitudes.last().copied().unwrap_or(0)
    }
    /// Nearest.
    pub fn project(&self, value: f64) -> i32 {
        let m = value.abs().min(f64::from(self.max()));
        let i = self.magnitudes.partition_point(|l| f64::from(*l) < m).min(self.magnitudes.len() - 1);
        let hi = self.magnitudes[i];
        let lo = self.magnitudes[i.saturating_sub(1)];
        let best = if m - f64::from(lo) <= f64::from(hi) - m { lo } else { hi };
        if value < 0.0 { -best } else { best }
    }
}
