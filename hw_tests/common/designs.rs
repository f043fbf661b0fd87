//! Designs that show bugs in the RTL.

/// Designs that together use every module.
#[derive(Clone, Copy, Debug)]
pub enum Design {
    /// Maxima of results, DSP and sp2 arrays, a first layer bound by the drain.
    Digits,
    /// The same with the lanes' cells.
    Cells,
    /// The same with inferred multipliers.
    Inferred,
    /// Superposed codes.
    Ausn,
    /// Uniform rows in LUTs.
    Fixed,
    /// Residuals, strides, global pooling.
    Residual,
    /// Halves to even, sums with a common shift.
    Even,
    /// Halves to even, and bits that every row drops.
    Dropped,
    /// A random network whose tensors lie close behind words of padding rows, with leaky rectifiers.
    Seeded,
    /// A random network of signed images and tensors with zero points, which pad both.
    Padded,
    /// A random network whose activations are read in two and three digits, those of the result's layer too.
    InDigits,
    /// A random network whose digits have words of their own, padded with zero points and drained one by one, of two pixels at once.
    OwnWords,
    /// A random network of the same kind, with a folded image.
    OwnFolded,
    /// A random network with second results.
    Seconds,
    /// A random network with maxima of results over windows that share pixels, and that the image's end cuts.
    Pooled,
    /// A random network that is drained two of four pixels at once, with adds, strides and pixels beside the image.
    Spans,
    /// A random network whose result has several pixels, is computed from digits, and drained pixel by pixel where other layers are not.
    Singles,
    /// An image in strips, folded, of several row groups, with maxima, for which the core waits.
    Strips,
    /// The same on a core that its image waits for.
    Queued,
    /// Residuals and strides, with weights from a DRAM that most layers wait for.
    Streamed,
    /// The same from a fast DRAM with three ports, whose last bursts are short, into a ring that is full.
    Refilled,
}
