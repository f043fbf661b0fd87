//! Latencies of a planned core, and the exact cycle model that follows from them.

use std::ops::Range;

use super::families::{FamilyFacts, facts};
use super::{Core, Program, stream, strips};

impl Core {
    /// What is known of the target's family.
    pub fn family(&self) -> &'static FamilyFacts {
        facts(self.target.family)
    }

    /// Cycles from an accumulator in the drain's first stage to its write.
    pub fn back_latency(&self) -> u64 {
        let (sums, clamps) = if self.units.residual { (4, 2) } else { (3, 1) };
        let sums =
            sums + u64::from(self.widths.sum_shift > 0) + u64::from(self.widths.bent) + self.digit_sum_registers();
        let sums = sums + if self.units.pooled { 2 } else { 0 };
        u64::from(self.widths.scale_levels) + sums + clamps * (1 + self.way_registers()) + self.select_latency() - 1
    }

    /// Cycles from a result to the second one, for which all writes to activation memory wait, in cores that have any.
    pub fn second_latency(&self) -> u64 {
        if self.units.second { u64::from(self.widths.second_levels()) + 4 + self.way_registers() } else { 0 }
    }

    /// Cycles that the drain starts before the accumulators of a block are there: the registers of its index on the way to them.
    pub fn lead(&self) -> u64 {
        self.memory_latency() - 1 + self.way_registers()
    }

    /// Cycles from the drain's index to what it picks, in two cycles where wires are slow.
    pub fn select_latency(&self) -> u64 {
        1 + self.lead() + self.way_registers()
    }

    /// Registers of the drain's address on the way to a memory of parameters.
    pub fn param_way(&self) -> u64 {
        let way = if self.way_registers() > 0 { self.select_latency() - 1 } else { 0 };
        way + self.digit_sum_registers()
    }

    /// Cycles that parameters wait for their accumulators.
    pub fn param_wait(&self) -> u64 {
        self.select_latency() - 1 + self.memory_latency() - 1 + self.digit_sum_registers() - self.param_way()
    }

    /// Cycles from an address to its word in block RAM: with a register behind it but where clocks have
    /// room for a memory and logic.
    pub fn memory_latency(&self) -> u64 {
        self.family().memory_latency
    }

    /// Registers more than elsewhere where wires are slow: on the way of operands and weights to the arrays, on
    /// that of the drain's index to the accumulators, in the multiplexer of these, and in clamps.
    pub fn way_registers(&self) -> u64 {
        u64::from(self.family().near.is_some())
    }

    /// How a row's sums are scaled (`MULTIPLIER` of `rws_scale`): 0 in LUTs, 1 multiplied in a DSP block, 2 with the constant added in
    /// it too.
    pub fn scale_multiplier(&self) -> u8 {
        let added = self.widths.total <= self.family().dsp_adder;
        u8::from(self.widths.multiplier) + u8::from(self.widths.multiplier && added)
    }

    /// Whether activations are stored digit by digit, each in a word of its own.
    pub fn splits(&self) -> bool {
        self.widths.image > 0
    }

    /// Registers of a sum of digits, where there are any.
    pub fn digit_sum_registers(&self) -> u64 {
        u64::from(self.room.digits > 1)
    }

    /// Registers of a digit that is picked from its word.
    pub fn digit_registers(&self) -> u64 {
        u64::from(self.room.digits > 1 && !self.splits())
    }

    /// Cycles from activations to the accumulators of all arrays, those of digits and of the way included.
    pub fn latency(&self) -> u64 {
        self.digit_registers()
            + self.way_registers()
            + self.builds.iter().map(|build| build.arrival()).max().unwrap_or(0)
    }

    /// Cycles that the operands of an array wait, so that it accumulates when the slowest one does.
    pub fn wait(&self, array: usize) -> u64 {
        self.latency() - self.digit_registers() - self.builds[array].arrival()
    }

    /// Rows of LUT lanes that share what waits before them.
    pub fn near_rows(&self, array: usize) -> usize {
        self.family().near.map_or(self.shape.arrays[array].rows, |near| near.rows)
    }

    /// Cycles that the address of an array's weights waits for its operands in taps, window feed and array; the memory and the
    /// way's registers behind it take the others.
    pub fn address_delay(&self, array: usize) -> u64 {
        3 + self.memory_latency() + self.latency() - self.builds[array].latency - self.way_registers()
    }

    /// Rows of each weight memory of an array, and of its register of the address. A multiple of the rows that share a
    /// multiplier.
    pub fn weight_memories(&self, array: usize) -> Vec<Range<usize>> {
        let spec = self.shape.arrays[array];
        let row = self.shape.ci * spec.lane.code_bits() as usize;
        self.memories_of(spec.rows, row, self.builds[array].pack_rows)
    }

    /// Values of a slice in each parameter memory, and of its register of the address. The last one has the write flag too.
    pub fn param_memories(&self) -> Vec<Range<usize>> {
        self.memories_of(self.shape.q, self.widths.param() as usize, 1)
    }

    /// Cuts words of `count` times `bits` bits into memories with one register of the address each; what is in one is a
    /// multiple of `together`.
    fn memories_of(&self, count: usize, bits: usize, together: usize) -> Vec<Range<usize>> {
        let near = self.family().near.map(|near| (near.bits / bits).max(1).next_multiple_of(together));
        let size = near.unwrap_or(count);
        (0..count).step_by(size).map(|first| first..count.min(first + size)).collect()
    }

    /// Cycles from a block's last step to its words in the output's ring, beside those of its drain.
    pub(super) fn result_flight(&self) -> u64 {
        self.latency() + self.back_latency() + 2 * self.memory_latency() + 7 - self.lead()
    }

    /// The cycle model: sets the cycles of a program's steps, and returns those of an image in steady state. Every constant is a
    /// pipeline register of the core, see `hw` and the `rws_*` headers. A sketch has weights and an image's rows there when they are needed.
    pub(super) fn count_cycles(&self, program: &mut Program, sketch: bool) -> u64 {
        let prepare = (self.fields().words() + self.shape.px + 2) as u64 + self.memory_latency();
        let issue_result = program
            .result_step()
            .map(|planned| self.issue_result(program, planned, self.result_flight() + planned.drain() as u64));
        let output = program.graph.output;
        let input_readers = program.graph.steps.iter().rposition(|s| s.source == program.graph.input);
        let (latency, back) = (self.latency(), self.back_latency());
        let (memory, lead, second) = (self.memory_latency(), self.lead(), self.second_latency());
        let mut behind = Vec::with_capacity(program.steps.len());
        for (index, step) in program.steps.iter_mut().enumerate() {
            let latency = if step.on_arrays() { latency } else { 1 };
            let (steps, drain) = (step.block_steps() as u64, step.drain() as u64);
            let (others, pass) = (step.passes() as u64 - 1, steps.max(step.spacing() as u64));
            let issue = match issue_result {
                Some(issue) if step.step.output == output => issue,
                _ => steps + others * pass,
            };
            let write = latency + drain + back + second + 7 + 2 * memory - lead;
            let release = u64::from(Some(index) == input_readers);
            behind.push(write.max(prepare) + release);
            step.cycles = issue - 1 + write.max(prepare) + release;
        }
        let mut image = match self.dram() {
            Some(dram) if !sketch => stream::count(self, dram, program, &behind),
            _ => program.steps.iter().map(|step| step.cycles).sum(),
        };
        image = match program.strip() {
            Some(strip) if !sketch => {
                let [first, all] = strips::count(self, program, strip, behind[0]);
                let waits = first.saturating_sub(program.steps[0].cycles);
                program.steps[0].cycles += waits;
                all.max(image + waits)
            }
            _ => image.max(program.load_cycles()),
        };
        image.max(self.result_cycles(program))
    }
}
