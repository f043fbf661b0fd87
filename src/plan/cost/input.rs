//! Cells of the input stream.

use super::clog2;
use super::logic::{Parts, bits, count_bits};
use super::memory::registers;
use crate::plan::layout::Strip;

impl Parts<'_> {
    /// Input stream: beats, what is taken out of them, the walk over an image, windows, places in memory.
    pub(super) fn input(&mut self, bank: usize) {
        let (core, f) = (self.core, self.fields.clone());
        let (unit, q, act, address) = (&core.input, core.shape.q, bits(core.widths.act), bits(f.addr));
        let (element, take, beat) = (bits(core.widths.element()), unit.take(q), bits(f.input_beats));
        let [folds, passes] = [unit.folds(), unit.passes].map(usize::from);
        // Digits of an element are picked one by one.
        let picked = usize::from(core.splits()) * q * act * (core.room.digits - 1);
        self.logic("rws_axis_in", [1, take * element, folds * passes * q * element + picked], 3 + 2 * folds);
        self.logic("rws_beats", [1, beat + unit.bytes], 2 * unit.bytes * element + beat + 7);
        if f.strip > 0 {
            let strip = bits(f.strip);
            self.logic("rws_strips", [1, strip], 2 * strip + 10);
        } else {
            self.logic("rws_buffers", [1], 5);
        }
        self.logic("rws_write_port", [address + bits(f.bank) + bits(f.slice) + q * act], 0);

        let units = unit.bytes / unit.grain;
        let choices = if unit.straddles { units } else { units - 1 };
        let halves = if units == 1 { take } else { unit.bytes * (1 + usize::from(unit.straddles)) };
        let widths = [usize::from(units > 1), halves * element, choices * take * element];
        self.logic("rws_gear", widths, clog2(units) as usize + 1);

        let [rows, columns] = f.input_place.map(bits);
        let phases = if unit.folds() {
            let strided = core.room.input_step > 1;
            let phase =
                clog2(unit.window[0].max(unit.window[1]) + 1) as usize + usize::from(strided) * bits(f.input_step);
            phase * unit.window.iter().filter(|size| strided || **size > 1).count()
        } else {
            0
        };
        self.logic("rws_raster", [1, rows + columns, phases], 4 + rows + columns + phases);

        // A count of one slice is a constant, and so is the place of one channel block.
        let slices = core.room.input_slices;
        let blocks = usize::from(slices > core.shape.word_slices());
        let own_words = usize::from(core.splits()) * address;
        let slice_state = usize::from(slices > 1) * (1 + count_bits(slices)) + blocks * (bits(f.slice) + address);
        let place = [1, (1 + 2 * blocks) * address + 2 * own_words, slice_state];
        self.logic("rws_input_place", place, slice_state + bank + address + own_words);

        let [height, width] = unit.window;
        let pixel = unit.channels * element;
        let picked = (height * width * unit.channels).div_ceil(q);
        self.logic("rws_window", [folds * (picked - 1) * q * element], folds * height * width * pixel);
        if unit.folds() && f.strip > 0 {
            self.logic("rws_queue", [1], 19);
            self.add("rws_queue", registers(self.known, height * width * pixel, Strip::QUEUED));
        }
        if height > 1 {
            self.memory((height - 1) * pixel, core.room.input_columns, false, 1);
        }
    }
}
