//! Flip-flops, multipliers and LUTs of every module. Flip-flops follow the registers of the Verilog source; LUTs are
//! weighted sums of the widths that make them grow, see [`super::table`].

use super::memory::{ram, table_in_logic};
use super::table::weights;
use super::{Amount, Term, clog2};
use crate::plan::families::{FamilyFacts, Size, facts};
use crate::plan::fields::Fields;
use crate::plan::{ArrayBuild, ArraySpec, Core, CoreShape, Lane};
use crate::target::Family;

/// Longest delay line that is made of flip-flops where shift registers in LUTs make longer ones.
const LONGEST_PLAIN_DELAY: usize = 2;

/// Collects modules by name.
pub(super) struct Parts<'a> {
    pub(super) core: &'a Core,
    family: Family,
    pub(super) known: &'static FamilyFacts,
    pub(super) fields: Fields,
    list: Vec<(&'static str, Amount)>,
    terms: Vec<Term>,
}

/// Cells of every module of a core, all instances together, and what their LUTs are weighted sums of.
pub fn parts(core: &Core) -> (Vec<(&'static str, Amount)>, Vec<Term>) {
    let (family, fields) = (core.target.family, core.fields());
    let known = facts(family);
    let mut parts = Parts { core, family, known, fields, list: Vec::with_capacity(24), terms: Vec::with_capacity(16) };
    parts.control();
    parts.front();
    core.shape.arrays.iter().enumerate().for_each(|(index, array)| parts.array(index, *array));
    parts.back();
    (parts.list, parts.terms)
}

/// Adder tree over `inputs` leaves.
fn tree(family: &FamilyFacts, leaf: usize, inputs: usize) -> Amount {
    let (mut nodes, mut width) = (inputs.next_power_of_two() / 2, leaf);
    let mut sum = Amount::default();
    while nodes > 0 {
        width += 1;
        sum = sum + Amount::logic((family.tree_adder)(width) as f64, width) * nodes;
        nodes /= 2;
    }
    sum
}

/// LUTs and DSP blocks below which a shape's arrays cannot stay: trees, accumulators and multipliers at one-bit
/// activations.
pub fn arrays_at_least(shape: &CoreShape, family: Family) -> (f64, u32) {
    let known = facts(family);
    let (mut lut, mut dsp) = (0.0, 0);
    for array in &shape.arrays {
        let lanes = shape.px * array.rows;
        if array.lane.is_dsp() {
            let build = ArrayBuild::of(array.lane, family, shape.ci, shape.px, 1);
            dsp += build.dsp_blocks(array.rows, shape.ci, shape.px);
            continue;
        }
        let leaf = bits(array.lane.product_bits(1));
        if let Some(least) = known.least_lane {
            lut += (lanes * least(leaf, shape.ci)) as f64;
        } else {
            let acc = leaf + clog2(shape.ci) as usize;
            lut += (lanes * (known.accumulator)(acc)) as f64 + (tree(known, leaf, shape.ci) * lanes).lut;
        }
    }
    (lut, dsp as u32)
}

/// Delay of columns before chains of DSP blocks: each bit of a column that waits longer than the block's own
/// registers is a shift register.
fn skew(build: ArrayBuild, ci: usize, bits_per_column: usize) -> Amount {
    let slots = ci.div_ceil(build.chains);
    let (mut lut, mut ff) = (0, 0);
    for column in 0..ci {
        let (chain, slot) = (column / slots, column % slots);
        let extra = if build.chains > 2 { (chain % (build.chains / 2)) / 2 } else { 0 };
        match (slot + extra).saturating_sub(1) {
            0 => {}
            cycles if cycles <= LONGEST_PLAIN_DELAY => ff += cycles * bits_per_column,
            _ => lut += bits_per_column,
        }
    }
    Amount::logic(lut as f64, ff)
}

pub(super) fn bits(value: u32) -> usize {
    value as usize
}

pub(super) fn count_bits(count: usize) -> usize {
    clog2(count + 1) as usize
}

impl Parts<'_> {
    pub(super) fn add(&mut self, module: &'static str, amount: Amount) {
        match self.list.iter_mut().find(|(name, _)| *name == module) {
            Some((_, sum)) => *sum = *sum + amount,
            None => self.list.push((module, amount)),
        }
    }

    /// Weighted sum of the widths of a module, of all its instances together.
    pub(super) fn luts<const N: usize>(&mut self, module: &'static str, widths: [usize; N]) -> f64 {
        self.terms.push(Term { module, widths: widths.to_vec() });
        weights(module, self.family).iter().zip(widths).map(|(weight, width)| weight * width as f64).sum()
    }

    /// A module of logic, its LUTs by its widths.
    pub(super) fn logic<const N: usize>(&mut self, module: &'static str, widths: [usize; N], ff: usize) {
        let lut = self.luts(module, widths);
        self.add(module, Amount::logic(lut, ff));
    }

    pub(super) fn delay(&mut self, width: usize, cycles: usize) {
        let shift_register = self.known.shift_registers && cycles > LONGEST_PLAIN_DELAY;
        let amount = if shift_register {
            Amount::logic(width as f64, 0)
        } else {
            Amount::logic(0.0, width * cycles).with_bare(width * cycles)
        };
        self.add("rws_delay", amount);
    }

    pub(super) fn memory(&mut self, width: usize, depth: usize, in_logic: bool, count: usize) {
        let one = match self.known.tables.filter(|_| in_logic) {
            Some(tables) => table_in_logic(width, depth, tables.lut),
            None => ram(self.known, width, depth.max(1)),
        };
        self.add("rws_ram", one * count);
    }

    /// A memory that the operands come from.
    pub(super) fn registered_memory(&mut self, width: usize, depth: usize, in_logic: bool, count: usize) {
        self.memory(width, depth, in_logic, count);
        self.delay(width * count, self.core.memory_latency() as usize - 1);
    }

    /// Reset, registers on the bus, sequencer, program and taps.
    fn control(&mut self) {
        let (core, f, arrays) = (self.core, self.fields.clone(), self.core.shape.arrays.len());
        self.logic("rws_reset", [1], 8);
        self.logic("rws_axil", [1, arrays], 84);
        let counters = 3 + arrays;
        let (index, waiting) = (clog2(counters) as usize, clog2(4 * counters + 1) as usize);
        self.logic("rws_counters", [1, arrays], 59 + 4 * index + counters * waiting);
        self.memory(16, 4 * counters, false, 1);
        let header = 32 * f.header_words();
        self.logic("rws_header", [1], header + 1 + count_bits(f.header_words()));
        if core.loading.has_loader() {
            self.loader();
        }
        if core.is_streamed() {
            self.read_ports();
        }
        let words = f.words();
        let depth = core.program_words();
        let (address, weight, timer) = (bits(f.addr), bits(f.weight), bits(f.drain));
        let counters = 2 + bits(f.cb) + 2 * bits(f.tap) + bits(f.group) + 5 * address + 2 * weight;
        let state = 4 + count_bits(depth).max(1) + clog2(words + 2) as usize + count_bits(core.shape.px);
        let ff = state + 39 + timer + counters;
        let descriptor = 32 * words + bits(f.back()) + 1 + address + bits(f.x);
        let small = bits(f.cb) + 2 * bits(f.tap) + 2 * bits(f.group) + timer;
        let widths = [1, address, weight, small, arrays * bits(f.group + 1)];
        let seq = Amount::logic(self.luts("rws_seq", widths), ff);
        self.add("rws_seq", seq);
        self.add("rws_layer", Amount::logic(0.0, descriptor).with_bare(descriptor));
        self.registered_memory(32, depth, core.in_logic(depth), 1);
        self.registered_memory(bits(f.tap_entry()), core.room.taps, core.in_logic(core.room.taps), 1);
    }

    /// Place, word and write enables; each memory decodes its columns, of which it has one for 32 bits.
    fn loader(&mut self) {
        let memories = self.core.memories();
        let columns: usize = memories.iter().map(|memory| memory.bits.len().div_ceil(32)).sum();
        self.logic("rws_loader", [memories.len()], 48 + 72 + memories.len());
        self.logic("rws_memory", [columns], 0);
    }

    /// Activation memory, window feed, pooling unit.
    fn front(&mut self) {
        let (core, f) = (self.core, self.fields.clone());
        let (px, ci, q, act) = (core.shape.px, core.shape.ci, core.shape.q, bits(core.widths.act));
        let (address, x, bank) = (bits(f.addr), bits(f.x), if px > 1 { bits(f.bank) } else { 0 });
        self.input(bank);

        let banks = px * core.shape.word_slices();
        self.add("rws_act_mem", Amount::logic(banks as f64, 0));
        self.registered_memory(q * act, core.room.act_rows, false, banks);
        let (drained, placed) = (core.shape.drained, address + q * act);
        if drained > 1 {
            let chosen = banks * placed * (self.known.picker)(drained);
            self.add("rws_act_mem", Amount::logic(chosen as f64, 0));
        }
        self.delay(drained * (1 + bits(f.bank) + bits(f.slice) + placed), core.memory_latency() as usize - 1);

        let word = ci * act;
        let rotation = if px > 1 { bank } else { 1 };
        let ff = 3 * x + 2 + address + rotation + 2 * px + px * (address + word + 4 * x);
        let carried = if px > 1 { px * address } else { 0 };
        let widths = [1, address + x, px * x, carried, px * word * (px - 1).max(1)];
        let fetch = Amount::logic(self.luts("rws_fetch", widths), ff);
        self.add("rws_fetch", fetch.with_bare(2 * px * x + rotation));
        let latency = core.memory_latency() as usize;
        if core.digit_registers() > 0 {
            let (operand, digits) = (px * ci * bits(core.widths.operand), core.room.digits);
            self.logic("rws_digit", [operand * (digits - 1)], operand);
            self.delay(bits(f.digit), 2 * latency + 2);
            self.delay(3, 1);
        }
        self.delay(px + bits(f.bank), latency);
        self.delay(px * (1 + bits(f.bank)), 1);
        self.delay(5, 3 + latency);
        self.delay(5 + address, latency - 1);
        if core.units.pooling() {
            let vec = bits(core.widths.vec);
            let [sum, max] = [core.units.sum, core.units.max].map(usize::from);
            // Maxima alone are as narrow as an activation.
            let summed = sum * core.room.summed.min(px);
            let kept = ci * (summed * vec + (px - summed) * max * act);
            let widths = [px, summed * vec, px * max * act, summed * max * vec].map(|width| ci * width);
            let operands = ci * px * act;
            let vector = Amount::logic(self.luts("rws_vector", widths), 2 * kept + operands);
            self.add("rws_vector", vector.with_bare(kept + operands));
            self.delay(4 * ci, 1);
            self.delay(1, 3 - latency);
        }
    }

    /// One array: lanes, hold registers, weights.
    fn array(&mut self, index: usize, array: ArraySpec) {
        let core = self.core;
        let (ci, px, build) = (core.shape.ci, core.shape.px, core.builds[index]);
        let (acc, dots) = (bits(core.widths.acc[index]), array.rows * px);
        match array.lane {
            Lane::Dsp { bits: b } if build.chains > 1 => {
                let blocks = build.dsp_blocks(array.rows, ci, px);
                self.add("rws_delay", skew(build, ci, array.rows * bits(b.into()) + px * bits(core.widths.operand)));
                self.add("rws_dsp_array", Amount { dsp: blocks as u32, ..Amount::default() });
            }
            Lane::Dsp { bits: b } => self.inferred(array, build, bits(b.into()), acc),
            lane if build.cells != "none" => {
                let size = Size { inputs: ci, act: bits(core.widths.operand), acc };
                self.add("rws_lane", (self.known.lane)(lane, size) * dots);
                if self.known.is_tripled(lane, build) {
                    let near = self.near_groups(index, array);
                    self.add("rws_triple", Amount::logic(size.act as f64, 0) * (ci * px * near));
                }
            }
            lane => {
                let leaf = bits(lane.product_bits(core.widths.operand));
                let products = self.products(lane, leaf, ci * dots);
                self.add("rws_lane", products);
                self.add("rws_tree", tree(self.known, leaf, ci) * dots);
                self.add("rws_lane", Amount::logic((self.known.accumulator)(acc) as f64, acc) * dots);
            }
        }
        let groups = self.near_groups(index, array);
        let control = if array.lane.is_dsp() { 3 } else { groups };
        self.add("rws_array", Amount::logic(groups as f64, acc * dots + control).with_bare(acc * dots));
        self.delay(1, 2 - core.lead() as usize);
        self.delay(array.rows, 1);
        self.operands(index, array);
        let row = ci * bits(array.lane.code_bits());
        for rows in core.weight_memories(index) {
            if core.is_streamed() {
                self.ring(rows.len() * row);
            } else {
                self.registered_memory(rows.len() * row, core.room.weight_words, false, 1);
            }
            self.delay(bits(self.fields.weight), core.address_delay(index) as usize);
        }
        self.delay(array.rows * row, core.way_registers() as usize);
    }

    /// Groups of an array's rows whose activations wait in registers of their own; rows in DSP blocks are one.
    fn near_groups(&self, index: usize, array: ArraySpec) -> usize {
        if array.lane.is_dsp() { 1 } else { array.rows.div_ceil(self.core.near_rows(index)) }
    }

    /// What an array's activations and control wait in.
    fn operands(&mut self, index: usize, array: ArraySpec) {
        let (core, build) = (self.core, self.core.builds[index]);
        let (operand, inputs) = (bits(core.widths.operand), core.shape.px * core.shape.ci);
        let groups = self.near_groups(index, array);
        self.delay(operand * inputs * groups, core.wait(index) as usize);
        let control = core.latency() as usize - 2;
        let near = control.min(1);
        self.delay(3, control - near);
        self.delay(3 * groups, near);
        let copies = build.copies(array.rows);
        let word = operand + if self.known.is_tripled(array.lane, build) { operand + 2 } else { 0 };
        let control = if array.lane.is_dsp() { 0 } else { 2 * array.rows };
        self.delay(word * inputs * copies + control, 1);
    }

    /// Rows with multipliers of each lane's own and adders in LUTs.
    fn inferred(&mut self, array: ArraySpec, build: ArrayBuild, width: usize, acc: usize) {
        let (ci, px) = (self.core.shape.ci, self.core.shape.px);
        let operand = bits(self.core.widths.operand + 1);
        let sum = operand + width - 1 + clog2(ci) as usize;
        // Registers of products behind those of the blocks.
        let behind = (build.latency as usize).saturating_sub(4 + clog2(ci) as usize);
        // Of an odd number of rows in pairs, the last one has its multipliers alone.
        let pairs = if build.pack_rows == 2 { array.rows / 2 } else { 0 };
        let lanes = [(pairs, true), (array.rows - 2 * pairs, false)];
        for (count, pair) in lanes.into_iter().filter(|(count, _)| *count > 0) {
            let leaf = width + operand + if pair { sum } else { 0 };
            self.add("rws_dsp_product", Amount { dsp: ci as u32, ..Amount::default() } * (px * count));
            self.delay(px * count * ci * leaf, behind);
            self.add("rws_dsp_array", self.dsp_lane(sum, pair) * (px * count));
            self.add("rws_tree", tree(self.known, leaf, ci) * (px * count));
            let sums = if pair { 2 } else { 1 };
            let accumulators = Amount::logic((self.known.accumulator)(acc) as f64, acc) * sums;
            self.add("rws_dsp_array", accumulators * (px * count));
        }
    }

    /// Products of portable LUT lanes, with their registers.
    fn products(&mut self, lane: Lane, product: usize, count: usize) -> Amount {
        let act = bits(self.core.widths.operand);
        let lut = match lane {
            Lane::Dsp { .. } => 0.0,
            Lane::Sp2 { m2: 0, .. } => self.luts("rws_operand_pot", [1, act].map(|w| w * count)),
            Lane::Sp2 { m2, .. } => self.luts("rws_operand_sp2", [1, act, act * usize::from(m2)].map(|w| w * count)),
            Lane::Ausn { main, sup } => {
                let (main, sup) = (main.into(), sup.into());
                self.luts("rws_operand_ausn", [1, act, main, sup, act * sup].map(|w| w * count))
            }
            Lane::Fixed { bits } => {
                let adders = usize::from(bits).saturating_sub(2);
                self.luts("rws_operand_fixed", [1, act, adders * act, adders].map(|w| w * count))
            }
        };
        Amount::logic(lut.max(0.0), product * count)
    }

    /// What parts a pair, and the registers of the sums; those of products are in the block.
    fn dsp_lane(&self, sum: usize, pair: bool) -> Amount {
        let lut = if pair { (self.known.adder)(sum) } else { 0 };
        let sums = if pair { 2 * sum } else { sum };
        Amount::logic(lut as f64, sums).with_bare(sum)
    }

    /// Drain, requantization, residual memory, output stream.
    fn back(&mut self) {
        let (core, q) = (self.core, self.core.shape.q);
        let (f, w) = (self.fields.clone(), &core.widths);
        self.select();
        let behind = core.memory_latency() as usize - 1;
        let param = bits(w.param());
        for values in core.param_memories() {
            let write = usize::from(values.end == q);
            self.memory(values.len() * param + write, core.room.param_words, false, 1);
            self.delay(bits(f.param), core.param_way() as usize);
        }
        self.delay(1, behind);
        self.delay(q * param, core.param_wait() as usize);
        self.drain();
        if core.units.residual {
            let (word, drained) = (q * bits(w.res), core.shape.drained);
            self.add("rws_residual", Amount::logic((drained * word) as f64, 0));
            self.registered_memory(word, core.room.res_words, false, drained);
            self.delay(drained * q, behind);
        }
        self.requant();
        if core.units.pooled {
            self.maxima();
        }
        self.output();
    }

    /// Ring, reader and order of the result.
    fn output(&mut self) {
        let (core, f) = (self.core, self.fields.clone());
        let (element, stream) = (bits(core.output_bits), bits(core.stream_bits()));
        let (ring, word, unit, pixel) =
            (bits(f.output_ring), bits(f.output_word), bits(f.output_unit), bits(f.output_pixel));
        // A multiplexer has so many for each bit of an element.
        let (picked, units, lane) = if core.output_ordered() {
            (0, stream / (element * core.shape.q), 0)
        } else {
            (element * (self.known.picker)(core.shape.q), stream / element, bits(f.output_lane))
        };
        let counters = 4 * (ring + 1) + 2 * word + unit + pixel;
        // A register behind the ring, and those that go beside it.
        let behind = (core.memory_latency() as usize - 1) * (element * core.shape.q + lane + 2);
        self.logic("rws_axis_out", [1, counters, units, picked], counters + stream + units + lane + 9 + behind);
        self.memory(element * core.shape.q, 1 << (ring + word), false, 1);
        if !core.output_ordered() {
            let channels = core.room.output_channels;
            self.memory(bits(f.order_entry()), channels, core.in_logic(channels), 1);
        }
    }

    fn select(&mut self) {
        let (core, shape, vector) = (self.core, &self.core.shape, self.core.units.pooling());
        let values = shape.values();
        let picked = values * bits(core.widths.hold);
        let (inputs, pools) = (shape.spans(shape.px) * shape.slices(), shape.spans(shape.px) * shape.word_slices());
        let muxes = (self.known.picker)(inputs);
        let pooled = if vector { values * bits(core.widths.vec) * (pools - 1) } else { 0 };
        let joined = if vector && inputs > 1 { picked } else { 0 };
        self.logic("rws_select", [picked, picked * muxes, pooled, joined], picked);
        let index = bits(self.fields.index);
        if self.fields.digit > 0 {
            let sum = shape.q * bits(core.widths.digit_sum);
            self.logic("rws_digit_sum", [sum * shape.drained], (sum + 1) * shape.drained);
            self.memory(sum, inputs, false, shape.drained);
            self.delay(index, core.select_latency() as usize + 1);
            self.delay(2, core.select_latency() as usize);
        }
        self.delay(values * (1 + index), core.lead() as usize);
        if core.way_registers() > 0 {
            let views = [(inputs, bits(core.widths.hold)), (pools, bits(core.widths.vec))];
            for (entries, width) in views.into_iter().take(1 + usize::from(vector)) {
                self.delay(values * (entries.div_ceil(4) * width + index.saturating_sub(2)), 1);
            }
        }
    }

    fn drain(&mut self) {
        let (core, f) = (self.core, self.fields.clone());
        let (address, x, res, param) = (bits(f.addr), bits(f.x), bits(f.res), bits(f.param));
        let (bank, slice, index) = (bits(f.bank), bits(f.slice), bits(f.index));
        let count = count_bits(core.shape.slices().max(core.shape.word_slices()));
        let stage0 = 6 + bank + count + index + 2 * param + 2 * address;
        let stage1 = 6 + 2 * x + 6 * address + 2 * bank + 3 * res + 2 * slice;
        let stage2 = 7 + 3 * address + 2 * res + bank + slice;
        let drained = core.shape.drained;
        let aside = (drained - 1) * (2 * address + 3 * bank);
        let widths = [1, address, x + param, res, bank + slice + count + index, aside];
        self.logic("rws_drain", widths, stage0 + stage1 + stage2 + aside);
        let back = core.back_latency() as usize;
        let way = core.param_way() as usize;
        self.delay(5, 1 + way);
        if drained > 1 {
            self.delay(if drained > 2 { 2 } else { 1 }, back - 1);
        }
        self.delay(3 + slice + res + drained * (3 + bank), back - 1 - way);
        self.delay(drained * address, back - 2 - way);
    }
}
