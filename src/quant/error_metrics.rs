//! Error metrics of numerics section 5 (AUSN): clipping and rounding error.

use std::iter::Sum;
use std::ops::Add;

/// Squared errors of a set of values, absolute.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct ErrorSum {
    /// Sum over values beyond the largest level, (|w| - alpha)^2.
    pub clipping: f64,
    /// Sum over the other values, (w - Q(w))^2.
    pub rounding: f64,
    /// Sum of w^2.
    pub energy: f64,
}

impl ErrorSum {
    /// The error of one value.
    pub fn of(value: f64, quantized: f64, alpha: f64) -> Self {
        let square = (value - quantized).powi(2);
        let clipped = value.abs() > alpha;
        Self {
            clipping: if clipped { square } else { 0.0 },
            rounding: if clipped { 0.0 } else { square },
            energy: value * value,
        }
    }

    /// Both errors together.
    pub fn total(&self) -> f64 {
        self.clipping + self.rounding
    }

    /// Clipping, rounding and total error as shares of the energy; zero without energy.
    pub fn relative(&self) -> [f64; 3] {
        let energy = if self.energy > 0.0 { self.energy } else { f64::INFINITY };
        [self.clipping / energy, self.rounding / energy, self.total() / energy]
    }

    /// Signal to quantization noise in dB; infinite without noise.
    pub fn sqnr_db(&self) -> f64 {
        10.0 * (self.energy / self.total()).log10()
    }
}

impl Add for ErrorSum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            clipping: self.clipping + other.clipping,
            rounding: self.rounding + other.rounding,
            energy: self.energy + other.energy,
        }
    }
}

impl Sum for ErrorSum {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), Add::add)
    }
}

/// Signal to noise of outputs against their reference, in dB.
pub fn sqnr_db<'a>(pairs: impl IntoIterator<Item = (&'a [f32], &'a [f32])>) -> f64 {
    let mut sums = (0.0f64, 0.0f64);
    for (reference, result) in pairs {
        for (&expected, &found) in reference.iter().zip(result) {
            sums.0 += f64::from(expected).powi(2);
            sums.1 += f64::from(expected - found).powi(2);
        }
    }
    10.0 * (sums.0 / sums.1).log10()
}
