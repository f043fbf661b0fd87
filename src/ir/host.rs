//! What is left to the host: from the user's numbers to those of the core, and back.

use serde::{Deserialize, Serialize};

/// What the host does before and after the core; informative, no result of the core depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Host {
    /// The core's real input is `x * input_mul + input_add`, `x` the user's number.
    pub input_mul: f64,
    /// See `input_mul`.
    pub input_add: f64,
    /// Order of the user's input arrays.
    pub input_layout: Layout,
    /// Order of the arrays that the user gets.
    pub output_layout: Layout,
    /// Function of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<HostFunction>,
}

impl Default for Host {
    /// Nothing to do.
    fn default() -> Self {
        Self {
            input_mul: 1.0,
            input_add: 0.0,
            input_layout: Layout::default(),
            output_layout: Layout::default(),
            output: None,
        }
    }
}

/// Order of the axes of one image on the host; in the core it is always [`Layout::Chw`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Layout {
    /// Channel, row, column.
    #[default]
    Chw,
    /// Row, column, channel.
    Hwc,
}

/// Functions that stay on the host: they change no class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostFunction {
    /// Normalised exponentials over all outputs.
    Softmax,
    /// Logistic function of each output.
    Sigmoid,
}
