//! Cells of requantization.

use super::logic::{Parts, bits};
use super::memory::registers;
use super::{Amount, clog2};

impl Parts<'_> {
    /// Maxima of results, the windows that they are over.
    pub(super) fn maxima(&mut self) {
        let (core, latency) = (self.core, self.core.memory_latency() as usize);
        let (q, y, pooled) = (core.shape.q, bits(core.widths.y), bits(core.widths.pooled));
        let (slices, words) = (core.shape.slices(), core.room.pooled_words);
        let place = clog2(words).max(1) as usize;
        let groups = core.room.strip_groups;
        let ahead = if groups > 1 { 0 } else { slices };
        let ff = q * (pooled * ahead + 2 * y) + 2 * place + 3;
        self.logic("rws_maxima", [1, q * pooled], ff);
        self.logic("rws_window_axis", [1], 10);
        if groups > 1 {
            self.add("rws_maxima", registers(self.known, q * pooled, groups * slices));
        }
        self.memory(q * pooled, groups * words, false, 1);
        self.delay(q * pooled + 5 + place, latency - 1);
        self.delay(6, (core.back_latency() - core.param_way()) as usize - latency - 2);
    }

    /// Requantization: scaling and clamping of Q values, and of their residual operands.
    pub(super) fn requant(&mut self) {
        let (core, w) = (self.core, &self.core.widths);
        let q = core.shape.values();
        let (scaled, y, levels) = (bits(w.total - w.shift_min), bits(w.y), bits(w.scale_levels));
        let main =
            Scale { x: bits(w.sum()), mul: bits(w.mul), total: bits(w.total), kept: scaled, shift: bits(w.shift) };
        let (mut products, mut sums) = ([0, 0], main.sum_widths());
        let mut clamps = [y, scaled - y];
        let split = core.way_registers() as usize;
        let mut ff = 2 * scaled + y + split * (y + 2);
        // Levels before the shift; the value of a multiplier waits behind the clamp for that of a residual.
        let before = match core.scale_multiplier() {
            0 => {
                products = main.product_widths();
                ff += main.product_flip_flops(levels);
                levels
            }
            multiplier => {
                // A block that adds has the sum's register and the last one of B.
                let adds = multiplier == 2;
                (sums[0], ff) = if adds { (0, ff - scaled) } else { (sums[0], ff) };
                self.add(
                    "rws_dsp_product",
                    Amount { dsp: q as u32, ..Amount::logic(0.0, if adds { q * bits(w.add) } else { 0 }) },
                );
                self.delay(q * y, levels - 1);
                1
            }
        };
        if core.scale_multiplier() < 2 {
            self.delay(q * bits(w.add), before + 1);
        }
        self.delay(q * bits(w.shift), before + 2);
        let near = core.memory_latency() as usize - 1;
        self.delay(q * 2 * y, near);
        if w.bent > 0 {
            let (hold, set) = (q * bits(w.sum()), q * bits(w.set()));
            self.logic("rws_bend", [hold, set], hold + set);
            self.delay(q * bits(w.res) * usize::from(core.units.residual), 1);
        }
        if core.units.second {
            self.second(split, near);
        }
        if w.even > 0 {
            // A mask of the bits lost, and whether one is set; the bits of the fixed part of the shift, if no block has them.
            let low = if core.scale_multiplier() == 2 { 0 } else { bits(w.shift_min) };
            self.logic("rws_requant", [q * scaled * 3 / 2], q * (1 + low));
        }
        if w.sum_shift > 0 {
            let sum = bits(w.res_total).max(y) + 1;
            let even = if w.sum_even > 0 { sum * 3 / 2 } else { 0 };
            self.logic("rws_requant", [q * (sum * bits(w.sum_shift) / 2 + even)], q * (sum + bits(w.sum_even)));
        }
        if core.units.residual {
            let (total, mul, shift) = (bits(w.res_total), bits(w.res_mul), bits(w.res_shift));
            let residual = Scale { x: bits(w.res) + 1, mul, total, kept: total, shift };
            let sum = total.max(y) + 1;
            let add = |all: [usize; 2], own: [usize; 2]| [all[0] + own[0], all[1] + own[1]];
            (products, sums) = (add(products, residual.product_widths()), add(sums, residual.sum_widths()));
            clamps = [2 * y, scaled + sum - 2 * y];
            ff += residual.product_flip_flops(levels - 1) + 2 * total + sum + y + split * (y + 2);
            self.delay(q * (2 * y + mul + bits(w.res_add) + shift), near);
            self.delay(q * bits(w.res_add), levels);
            self.delay(q * shift, levels + 1);
            self.logic("rws_requant", [q * sum], 0);
        }
        let product = self.luts("rws_scale_product", products.map(|width| q * width));
        let scale = self.luts("rws_scale", sums.map(|width| q * width));
        let clamp = self.luts("rws_clamp", clamps.map(|width| q * width));
        self.add("rws_requant", Amount::logic(product + scale + clamp, q * ff).with_bare(2 * q * scaled));
    }

    /// Second results, and the way of what is written with them.
    fn second(&mut self, split: usize, near: usize) {
        let (core, w, f) = (self.core, &self.core.widths, &self.fields);
        let q = core.shape.values();
        let [mul, add, shift] = w.second.map(bits);
        let (total, y, levels) = (bits(w.second_total), bits(w.y), bits(w.second_levels()));
        let scale = Scale { x: y, mul, total, kept: total, shift };
        let place = 1 + core.shape.drained * (1 + bits(f.bank) + bits(f.slice) + bits(f.addr));
        let product = self.luts("rws_scale_product", scale.product_widths().map(|width| q * width));
        let sum = self.luts("rws_scale", scale.sum_widths().map(|width| q * width));
        let clamp = self.luts("rws_clamp", [y, total - y].map(|width| q * width));
        let ff = scale.product_flip_flops(levels) + 2 * total + y + split * (y + 2);
        self.add("rws_second", Amount::logic(product + sum + clamp, q * ff));
        self.delay(q * (mul + add + shift + 2 * y), near);
        self.delay(q * add, levels + 1);
        self.delay(q * shift, levels + 2);
        self.delay(place, core.second_latency() as usize);
    }
}

/// Widths of `rws_scale`.
struct Scale {
    x: usize,
    mul: usize,
    total: usize,
    /// Width after the fixed part of the shift.
    kept: usize,
    shift: usize,
}

impl Scale {
    /// Products with two bits of the mantissa, sums of them.
    fn product_widths(&self) -> [usize; 2] {
        let leaves = self.mul.div_ceil(2);
        let mut sums = 0;
        let (mut count, mut width) = (leaves, self.x + 2);
        while count > 1 {
            sums += count / 2 * width.min(self.total);
            width += self.x + 2;
            count = count.div_ceil(2);
        }
        [leaves * (self.x + 2), sums]
    }

    /// The sum with B, the shifter.
    fn sum_widths(&self) -> [usize; 2] {
        [self.total, self.kept * self.shift]
    }

    /// Registers of all levels of the product. Bits above the total are not there.
    fn product_flip_flops(&self, levels: usize) -> usize {
        let mut ff = 0;
        for level in 0..=levels {
            let step = 2 << level;
            for node in 0..self.mul.div_ceil(step) {
                let own = (self.mul - node * step).min(step);
                ff += (self.x + own).min(self.total.saturating_sub(node * step));
            }
        }
        ff
    }
}
