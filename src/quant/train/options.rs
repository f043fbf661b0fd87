//! What a user can choose about fine-tuning.

/// How weights are pulled toward levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// Quantized in the forward pass, gradients pass straight through.
    #[default]
    StraightThrough,
    /// First half of the epochs: the alternating direction method of multipliers pulls float weights to their levels (MSQ, section
    /// V-A); second half: straight through.
    Admm,
}

/// Settings of a training run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainOptions {
    /// Passes over the samples.
    pub epochs: usize,
    /// Images per step.
    pub batch: usize,
    /// Learning rate at the start; it falls to zero along a cosine.
    pub rate: f64,
    /// Schemes and scales are chosen anew every so many epochs, until the last third.
    pub refresh: usize,
    /// How weights are pulled toward levels.
    pub variant: Variant,
    /// Seed of the order of samples.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self { epochs: 20, batch: 64, rate: 2e-4, refresh: 5, variant: Variant::StraightThrough, seed: 0 }
    }
}

impl TrainOptions {
    /// Learning rate of a step out of `total`.
    pub fn rate_at(&self, step: usize, total: usize) -> f64 {
        self.rate * 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / total.max(1) as f64).cos())
    }

    /// Whether schemes and scales are chosen anew before this epoch.
    pub fn refreshes(&self, epoch: usize) -> bool {
        epoch == 0 || (self.refresh > 0 && epoch.is_multiple_of(self.refresh) && 3 * epoch <= 2 * self.epochs)
    }

    /// Whether weights stay float in this epoch.
    pub fn is_admm(&self, epoch: usize) -> bool {
        self.variant == Variant::Admm && 2 * epoch < self.epochs
    }
}
