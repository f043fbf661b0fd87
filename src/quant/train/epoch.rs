//! What a training tells of each epoch.

use serde::{Deserialize, Serialize};

/// Result of one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochResult {
    /// Epochs done, this one included.
    pub epoch: usize,
    /// Mean loss.
    pub loss: f64,
    /// Right answers among the training samples, in percent, if there are labels.
    pub accuracy: Option<f64>,
}
