//! Units beside the arrays.

use serde::{Deserialize, Serialize};

/// Units that only some networks need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each unit is there or not")]
pub struct Units {
    /// Maxima over windows in the pooling unit.
    pub max: bool,
    /// Sums over windows in the pooling unit.
    pub sum: bool,
    /// Memory for operands of adds.
    pub residual: bool,
    /// A second requantization, for what the window feed reads of tensors that are added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second: bool,
    /// Maxima over windows of rows' results, as they are drained.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pooled: bool,
}

impl Units {
    /// Whether there is a pooling unit.
    pub fn pooling(self) -> bool {
        self.max || self.sum
    }

    /// The units of both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            max: self.max || other.max,
            sum: self.sum || other.sum,
            residual: self.residual || other.residual,
            second: self.second || other.second,
            pooled: self.pooled || other.pooled,
        }
    }
}
