//! The input unit: how a core takes the bytes of an image apart, folds pixels into channels and adds padding.

use serde::{Deserialize, Serialize};

/// Bytes of the narrowest stream.
pub(super) const NARROWEST: usize = 4;

/// What the Verilog of a core's input unit depends on, beside widths and room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputUnit {
    /// Rows and columns of the windows that are folded into a pixel; 1 and 1 where none are.
    pub window: [usize; 2],
    /// Channels of a pixel of such a window; 0 where nothing is folded.
    pub channels: usize,
    /// Whether pixels can be stored as they are.
    pub passes: bool,
    /// Bytes of a beat: a power of two, at least 4.
    pub bytes: usize,
    /// Bytes that everything that is taken out of beats is a multiple of.
    pub grain: usize,
    /// Whether what is taken may reach from one beat into the next.
    pub straddles: bool,
    /// What it does to values, beyond storing them.
    #[serde(default, skip_serializing_if = "Values::is_plain")]
    pub values: Values,
}

/// What an input unit does to values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Values {
    /// Elements may be signed.
    pub signed: bool,
    /// An image may be padded with another number than 0.
    pub pads: bool,
}

impl Values {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl InputUnit {
    /// Whether it folds.
    pub fn folds(&self) -> bool {
        self.channels > 0
    }

    /// The most bytes that are taken out of beats at once.
    pub fn take(&self, q: usize) -> usize {
        self.channels.max(if self.passes { q } else { 0 })
    }

    /// Whether its numbers are within what a file may ask for, and make sense together.
    pub(super) fn is_sane(&self, q: usize) -> bool {
        let [rows, columns] = self.window;
        let small = |value: usize| (1..=64).contains(&value);
        small(rows)
            && small(columns)
            && self.channels <= 1 << 12
            && (self.folds() || self.window == [1, 1])
            && (self.folds() || self.passes)
            && self.bytes.is_power_of_two()
            && (NARROWEST..=1 << 13).contains(&self.bytes)
            && self.take(q) <= self.bytes
            && self.grain > 0
            && self.bytes.is_multiple_of(self.grain)
            && (!self.passes || q.is_multiple_of(self.grain))
            && self.channels.is_multiple_of(self.grain)
    }
}
