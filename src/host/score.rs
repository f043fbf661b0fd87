//! How good results are: against labels, and against other results.

use serde::Serialize;

/// Sums over all results, value by value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    signal: f64,
    noise: f64,
    largest: f64,
    unequal: u64,
    values: u64,
}

/// What they say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Energy of the expected values over that of the difference, in dB; none if nothing differs or nothing is expected.
    pub sqnr_db: Option<f64>,
    /// Largest difference.
    pub largest: f64,
    /// Values that are not equal as 32-bit floats.
    pub unequal: u64,
    /// Values.
    pub values: u64,
}

impl Score {
    /// Adds values and what they should be.
    pub fn add(&mut self, found: &[f32], expected: &[f32]) {
        for (&found, &expected) in found.iter().zip(expected) {
            let difference = f64::from(expected) - f64::from(found);
            self.signal += f64::from(expected).powi(2);
            self.noise += difference.powi(2);
            self.largest = self.largest.max(difference.abs());
            self.unequal += u64::from(difference != 0.0);
            self.values += 1;
        }
    }

    /// The figures.
    pub fn difference(&self) -> Difference {
        let ratio = 10.0 * (self.signal / self.noise).log10();
        Difference {
            sqnr_db: ratio.is_finite().then_some(ratio),
            largest: self.largest,
            unequal: self.unequal,
            values: self.values,
        }
    }
}
