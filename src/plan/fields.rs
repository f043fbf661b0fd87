//! Field widths of the layer descriptor and of the tap table: one list for the program's words and for the parameters
//! of `rws_layer`, whose order of fields it follows.

use super::{Plan, clog2};

/// Widths in bits, named as the Verilog parameters are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Activation memory address.
    pub addr: u32,
    /// Channel block counter.
    pub cb: u32,
    /// Tap table address.
    pub tap: u32,
    /// Row group counter.
    pub group: u32,
    /// Pixel coordinate.
    pub x: u32,
    /// Drain counter.
    pub drain: u32,
    /// Bank number.
    pub bank: u32,
    /// Slice within a memory word.
    pub slice: u32,
    /// Residual memory address.
    pub res: u32,
    /// Parameter memory address.
    pub param: u32,
    /// Weight memory address.
    pub weight: u32,
    /// Accumulator index in the drain.
    pub index: u32,
    /// Output FIFO address.
    pub output: u32,
    /// Clamped value.
    pub y: u32,
    /// Residual mantissa, constant and shift.
    pub residual: [u32; 3],
    /// Half to even, its guard, shift of the sum, its half to even: 0 where the core has no such field.
    pub rounding: [u32; 4],
    /// Number of arrays.
    pub arrays: u32,
}

/// Bits that hold the values `0..=max`.
fn bits(max: usize) -> u32 {
    clog2(max + 1).max(1)
}

impl Fields {
    /// Widths for a plan whose steps and memories are known.
    pub fn of(plan: &Plan) -> Self {
        let most = |value: &dyn Fn(&super::PlannedStep) -> usize| plan.steps.iter().map(value).max().unwrap_or(1);
        let widths = &plan.widths;
        let index = plan.shape.px * plan.shape.slices().max(plan.shape.word_slices());
        Self {
            addr: plan.addr_bits(),
            cb: bits(most(&|s| s.channel_blocks - 1)),
            tap: bits(plan.memories.taps),
            group: bits(most(&|s| s.groups)),
            x: coordinate_bits(plan),
            drain: bits(most(&|s| s.drain() - 1)),
            bank: bits(plan.shape.px - 1),
            slice: bits(plan.shape.word_slices() - 1),
            res: bits(plan.memories.res_words),
            param: bits(plan.memories.param_words),
            weight: bits(plan.memories.weight_words),
            index: bits(index - 1),
            output: bits(plan.memories.output_words - 1),
            y: widths.y,
            residual: [widths.res_mul, widths.res_add, widths.res_shift],
            rounding: [widths.even, widths.guard, widths.sum_shift, widths.sum_even],
            arrays: plan.shape.arrays.len() as u32,
        }
    }

    /// Bits of the descriptor's front fields.
    pub fn front(&self) -> u32 {
        6 + 3 * self.addr
            + self.cb
            + 2 * self.tap
            + self.group
            + 5 * self.x
            + self.drain
            + self.arrays * (self.group + 1)
    }

    /// Bits of the descriptor's back fields.
    pub fn back(&self) -> u32 {
        let numbers = self.residual.iter().chain(&self.rounding).sum::<u32>();
        10 + 5 * self.addr + 2 * self.bank + 2 * self.x + 3 * self.res + 4 * self.y + numbers
    }

    /// 32-bit words per descriptor.
    pub fn words(&self) -> usize {
        (self.front() + self.back()).div_ceil(32) as usize
    }

    /// Bits of a tap table entry.
    pub fn tap_entry(&self) -> u32 {
        self.addr + self.bank + 2 * self.x + 2
    }
}

/// Coordinates wrap around below zero, so the largest one plus the deepest padding must still be told apart.
fn coordinate_bits(plan: &Plan) -> u32 {
    let reach = |planned: &super::PlannedStep| {
        let step = &planned.step;
        let pitch = planned.source.pitch;
        let [vertical, horizontal] = planned.source.reach(&step.window);
        let last = planned.blocks * plan.shape.px - 1;
        let output = plan.graph.tensor(step.output).shape;
        let y = last / pitch + vertical[0] + vertical[1];
        let x = pitch + horizontal[0] + horizontal[1];
        // A window that never reaches the last row still must not take the padding above the first one for it.
        let height = step.source_shape.height + vertical[0].saturating_sub(1);
        (y + 1).max(x).max(plan.shape.px + 1).max(output.height).max(output.width).max(height)
    };
    bits(plan.steps.iter().map(reach).max().unwrap_or(1))
}
