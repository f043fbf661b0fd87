//! The network's result on its stream: the dense array [pixel][channel], put in order by the output's ring of pixels.

use super::clog2;
use super::pools::WindowAxis;
use super::program::{PlannedStep, Program};
use super::{Core, CoreShape};

/// Fewest words of the ring, so that it is block RAM.
const LEAST_WORDS: usize = 32;
/// Narrowest stream, in bits.
const LEAST_STREAM: u32 = 32;
/// Cycles from one reservation of room to the next.
const RESERVE: u64 = 3;
/// Cycles from the read of a pixel's last unit until its room can be reserved.
const GIVE_BACK: u64 = 4;

impl Program {
    /// The step that computes the result: the last one.
    pub fn result_step(&self) -> Option<&PlannedStep> {
        self.steps.iter().rfind(|planned| planned.step.output == self.graph.output)
    }

    /// Bits of an element of the result on the narrowest stream that takes it: 8, 16 or 32.
    pub fn output_bits(&self) -> u32 {
        self.graph.tensor(self.graph.output).act.bits.next_power_of_two().max(8)
    }

    /// Channels of the result.
    pub fn output_channels(&self) -> usize {
        self.graph.tensor(self.graph.output).shape.channels
    }

    /// Pixels of the result.
    pub fn output_pixels(&self) -> usize {
        self.graph.tensor(self.graph.output).shape.pixels()
    }

    /// Words of Q elements that a pixel of the result is drained in.
    pub fn output_words(&self) -> usize {
        self.orders.stored_channels(self.graph.output) / self.shape.q
    }

    /// Pixels of a block of the result.
    pub fn output_lanes(&self) -> usize {
        self.result_step().map_or(1, |step| step.lanes)
    }

    /// Row groups of a result that has several blocks, so that a block's groups must follow each other.
    pub fn output_groups(&self) -> usize {
        self.result_step().map_or(1, |step| if step.blocks > 1 { step.groups } else { 1 })
    }

    /// Whether words are in the order of the channels, without gaps, so that whole words are sent.
    pub fn output_ordered(&self) -> bool {
        self.shape.q.is_power_of_two() && self.orders.is_natural(self.graph.output)
    }

    /// For each channel of the result the word of its pixel and the lane of the word.
    pub fn output_order(&self) -> Vec<[usize; 2]> {
        let mut order = vec![[0; 2]; self.output_channels()];
        for (place, channel) in self.orders.stored(self.graph.output).into_iter().enumerate() {
            if let Some(channel) = channel {
                order[channel] = [place / self.shape.q, place % self.shape.q];
            }
        }
        order
    }

    /// Pixels of the ring that let the result's blocks follow each other without a pause, when it takes so many cycles from a
    /// block's last step to its words: two blocks, and what is drained in that time. More than two images never wait.
    pub(super) fn output_ring(&self, flight: usize) -> usize {
        let Some(step) = self.result_step() else { return 1 };
        let wanted = 2 * step.lanes + flight.div_ceil(step.groups * step.slices);
        let ring = wanted.min(2 * self.output_pixels()).max(step.lanes);
        ring.max(LEAST_WORDS.div_ceil(self.output_words().next_power_of_two())).next_power_of_two()
    }

    /// Rows and columns of a step's grid with which windows of its maxima end; none where it takes none.
    pub(super) fn window_ends(&self, step: &PlannedStep) -> Option<[Vec<bool>; 2]> {
        let (grid, windows) = (self.graph.grid(&step.step), self.graph.tensor(step.step.output).shape);
        let axes = self.graph.window_axes(&step.step)?;
        let ends = |axis: WindowAxis, extent: usize, count: usize| {
            let mut ends = vec![false; extent];
            (0..count).for_each(|window| ends[axis.last(window, extent)] = true);
            ends
        };
        Some([ends(axes[0], grid.height, windows.height), ends(axes[1], grid.width, windows.width)])
    }

    /// The pixels of a step's result in the order in which they are drained: for each block, or for all blocks at once.
    pub(super) fn drained_pixels(&self, planned: &PlannedStep) -> Vec<Vec<usize>> {
        let shape = self.graph.tensor(planned.step.output).shape;
        if planned.step.output != self.graph.output && !planned.in_strips() {
            return vec![(0..shape.pixels()).collect()];
        }
        let (px, pitch) = (self.shape.px, planned.source.pitch);
        if let Some([vertical, horizontal]) = self.graph.window_axes(&planned.step) {
            let grid = self.graph.grid(&planned.step);
            let mut blocks = vec![Vec::new(); planned.blocks];
            for pixel in 0..shape.pixels() {
                let y = vertical.last(pixel / shape.width, grid.height);
                let x = horizontal.last(pixel % shape.width, grid.width);
                blocks[(y * pitch + x) / px].push(pixel);
            }
            return blocks;
        }
        let pixel = |flat: usize| {
            let (y, x) = (flat / pitch, flat % pitch);
            (y < shape.height && x < shape.width).then_some(y * shape.width + x)
        };
        (0..planned.blocks).map(|block| (block * px..(block + 1) * px).filter_map(pixel).collect()).collect()
    }
}

impl Core {
    /// Whether results are sent word by word; else element by element, in the order of the program's table.
    pub fn output_ordered(&self) -> bool {
        self.room.output_picked == 0
    }

    /// Which steps may have several row groups and several blocks and go block by block: 1 that of the result, 2 that of strips too.
    pub fn by_block(&self) -> u8 {
        if self.room.strip_groups > 1 { 2 } else { u8::from(self.room.output_groups > 1) }
    }

    /// Address bits of the rows that an image comes in by; 0 where images are stored as a whole.
    pub fn strip_bits(&self) -> u32 {
        self.room.strip.checked_ilog2().unwrap_or(0)
    }

    /// Bits of a beat of the result: a power of two, at least 32.
    pub fn stream_bits(&self) -> u32 {
        let CoreShape { q, .. } = self.shape;
        let unit = if self.output_ordered() { q as u32 * self.output_bits } else { self.output_bits };
        unit.max(LEAST_STREAM)
    }

    /// Address bits of the output's ring: pixels.
    pub(super) fn ring_bits(&self) -> u32 {
        clog2(self.room.output_ring.max(self.room.output_lanes)).max(1)
    }

    /// Cycles that a pixel of the result takes on its stream.
    fn pixel_cycles(&self, program: &Program) -> u64 {
        (if self.output_ordered() { program.output_words() } else { program.output_channels() }) as u64
    }

    /// Cycles that the result takes on its stream.
    pub(super) fn result_cycles(&self, program: &Program) -> u64 {
        program.output_pixels() as u64 * self.pixel_cycles(program)
    }

    /// Cycles in which the step of the result is issued, where each block waits for room in the ring; the words of a block are there
    /// `flight` cycles after its last pass is issued.
    pub(super) fn issue_result(&self, program: &Program, planned: &PlannedStep, flight: u64) -> u64 {
        let (steps, pass) = (planned.block_steps() as u64, planned.block_steps().max(planned.spacing()) as u64);
        // Passes of one group: of all digits; the last one makes results.
        let digits = planned.digits as u64;
        let (steps, pass) = (steps + (digits - 1) * pass, digits * pass);
        let (groups, unit) = (planned.groups as u64, self.pixel_cycles(program));
        let (ring, lanes) = (1 << self.ring_bits(), planned.lanes);
        // When each pixel is sent.
        let mut sent: Vec<u64> = Vec::with_capacity(program.output_pixels());
        let mut issued = 0;
        for (block, pixels) in program.drained_pixels(planned).iter().enumerate() {
            let next = pass.max(RESERVE.saturating_sub((groups - 1) * pass));
            let mut first = if block == 0 { steps } else { issued + next };
            if let Some(before) = (sent.len() + lanes).checked_sub(ring + 1) {
                first = first.max(sent[before] + GIVE_BACK);
            }
            issued = first + (groups - 1) * pass;
            for _ in pixels {
                sent.push(sent.last().copied().unwrap_or(0).max(issued + flight) + unit);
            }
        }
        issued
    }
}
