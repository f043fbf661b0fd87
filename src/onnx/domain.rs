//! Where operators come from.

/// A set of operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// ONNX itself.
    Onnx,
    /// Classical machine learning.
    Classical,
    /// ONNX Runtime's own operators on integers.
    Microsoft,
    /// QONNX operators whose channels are the last axis.
    ChannelsLast,
    /// Quantizers of QONNX.
    Quantizers,
}

/// Name of [`Domain::ChannelsLast`].
pub(super) const CHANNELS_LAST: &str = "qonnx.custom_op.channels_last";

impl Domain {
    /// The domain of a node.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "" | "ai.onnx" => Some(Self::Onnx),
            "ai.onnx.ml" => Some(Self::Classical),
            "com.microsoft" => Some(Self::Microsoft),
            CHANNELS_LAST => Some(Self::ChannelsLast),
            "onnx.brevitas" | "finn.custom_op.general" | "qonnx.custom_op.general" => Some(Self::Quantizers),
            _ => None,
        }
    }
}
