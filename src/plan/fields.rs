//! Field widths of the header, of the layer descriptor and of the tap table: one list for the program's words and for the parameters
//! of the core's subsystems, which take apart what they get of a descriptor in the same order.

use super::{Core, clog2};

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
    /// Whether a step's pixels are drained one by one; 0 where all are.
    pub single: u32,
    /// How the pixels that are drained at once lie beside each other: see `rws_drain_place`.
    pub spread: u32,
    /// Residual memory address.
    pub res: u32,
    /// Parameter memory address.
    pub param: u32,
    /// Weight memory address.
    pub weight: u32,
    /// Accumulator index in the drain.
    pub index: u32,
    /// Counter of a result's units: channels, or words of a pixel where they are in order.
    pub output_unit: u32,
    /// Counter of a pixel's words.
    pub output_word: u32,
    /// Lane of a word.
    pub output_lane: u32,
    /// Counter of a result's pixels.
    pub output_pixel: u32,
    /// Pixels of a block of the result.
    pub output_block: u32,
    /// Pixel of the output's ring.
    pub output_ring: u32,
    /// Counter of an input pixel's slices.
    pub input_slices: u32,
    /// Counter of an image's beats.
    pub input_beats: u32,
    /// Elements of a pixel's last slice, or of a window's pixel.
    pub input_keep: u32,
    /// Row and column of an image with its padding.
    pub input_place: [u32; 2],
    /// Rows or columns between windows of the input.
    pub input_step: u32,
    /// Bits of a signed element, and of its top bit alone; 0 where images are unsigned.
    pub input_sign: u32,
    /// What pads an image; 0 where that is always 0.
    pub input_pad: u32,
    /// What the window feed puts where there is no pixel; 0 where that is always 0.
    pub pad: u32,
    /// Digit of an activation; 0 where arrays read whole ones.
    pub digit: u32,
    /// Rows from a digit of an image or a result to the next, and number of digits; 0 where activations are stored in one word each.
    pub parts: [u32; 2],
    /// Address bits of the rows that an image comes in by; 0 where images are stored as a whole.
    pub strip: u32,
    /// Windows that results are maxima over, of both axes; 0 where the core takes none.
    pub window: u32,
    /// Clamped value.
    pub y: u32,
    /// Residual mantissa, constant and shift.
    pub residual: [u32; 3],
    /// Mantissa, constant and shift of a second result.
    pub second: [u32; 3],
    /// Half to even, its guard, shift of the sum, its half to even: 0 where the core has no such field.
    pub rounding: [u32; 4],
    /// Number of arrays.
    pub arrays: u32,
}

/// Bits of an axis of a step's windows, see `rws_window_axis`.
pub const WINDOW_AXIS: u32 = 8;

/// Bits that hold the values `0..=max`.
fn bits(max: usize) -> u32 {
    clog2(max + 1).max(1)
}

impl Core {
    /// Widths of the fields of its programs.
    pub fn fields(&self) -> Fields {
        Fields::of(self)
    }

    /// 32-bit words of the program memory: the header, then a descriptor for each step.
    pub fn program_words(&self) -> usize {
        let fields = self.fields();
        fields.header_words() + fields.words() * self.room.steps
    }
}

impl Fields {
    /// Widths for a core.
    pub fn of(core: &Core) -> Self {
        let (room, widths, shape) = (&core.room, &core.widths, &core.shape);
        let index = shape.spans(shape.px) * shape.slices().max(shape.word_slices());
        let units = if core.output_ordered() { room.output_words } else { room.output_channels };
        let drained = shape.drained as u32;
        let deepest = room.act_rows.max(room.blocks + 1).max(room.stride + 1);
        let (addr, bank) = (clog2(deepest).max(2), bits(shape.px - 1));
        let parts = if core.splits() { [addr, bits(room.digits - 1)] } else { [0; 2] };
        Self {
            addr,
            cb: bits(room.channel_blocks - 1),
            tap: bits(room.taps),
            group: bits(room.groups),
            x: bits(room.coordinate),
            drain: bits(room.drain - 1),
            bank,
            single: u32::from(drained > 1),
            spread: if drained > 1 { 1 + bank + (drained - 1) * (bank + addr) } else { 3 + addr },
            slice: bits(shape.word_slices() - 1),
            res: bits(room.res_words),
            param: bits(room.param_words),
            // A ring is full at every address.
            weight: bits(room.weight_words - usize::from(core.is_streamed())),
            index: bits(index - 1),
            output_unit: bits(units - 1),
            output_word: bits(room.output_words - 1),
            output_lane: bits(shape.q - 1),
            output_pixel: bits(room.output_pixels - 1),
            output_block: bits(room.output_lanes),
            output_ring: core.ring_bits(),
            input_slices: bits(room.input_slices - 1),
            input_beats: bits(room.input_bytes.div_ceil(core.input.bytes) - 1),
            input_keep: bits(core.input.take(shape.q)),
            input_place: [bits(room.input_rows), bits(room.input_columns)],
            input_step: bits(room.input_step - 1),
            input_sign: if core.input.values.signed { widths.element() } else { 0 },
            input_pad: if core.input.values.pads { widths.element() } else { 0 },
            pad: widths.pad,
            digit: if room.digits > 1 { bits(room.digits - 1) } else { 0 },
            parts,
            strip: core.strip_bits(),
            window: if core.units.pooled { 2 * WINDOW_AXIS } else { 0 },
            y: widths.y,
            second: widths.second,
            residual: [widths.res_mul, widths.res_add, widths.res_shift],
            rounding: [widths.even, widths.guard, widths.sum_shift, widths.sum_even],
            arrays: shape.arrays.len() as u32,
        }
    }

    /// Bits of the program's header: digest, input, output.
    pub fn header(&self) -> u32 {
        32 + self.input_form() + self.output_form()
    }

    /// Bits of the header that tell the input stream what an image looks like.
    pub fn input_form(&self) -> u32 {
        let places = 3 * (self.input_place[0] + self.input_place[1]) + 2 * self.input_step;
        let values = 2 * self.input_sign + self.input_pad + self.parts.iter().sum::<u32>();
        let strips = if self.strip > 0 { 2 * (self.strip + 1) } else { 0 };
        2 * self.addr + 2 + self.input_beats + self.input_slices + self.input_keep + places + values + strips
    }

    /// Bits of the header that tell the output stream what a result looks like.
    pub fn output_form(&self) -> u32 {
        self.output_unit + self.output_word + self.output_pixel + self.output_block
    }

    /// 32-bit words of the header.
    pub fn header_words(&self) -> usize {
        self.header().div_ceil(32) as usize
    }

    /// Bits of the descriptor's front fields.
    pub fn front(&self) -> u32 {
        6 + 3 * self.addr
            + self.cb
            + 2 * self.tap
            + self.group
            + 5 * self.x
            + self.drain
            + self.pad
            + self.digit
            + self.arrays * (self.group + 1)
    }

    /// Bits of the descriptor's back fields.
    pub fn back(&self) -> u32 {
        let second = if self.second[0] > 0 { self.second.iter().sum::<u32>() + 2 * self.y } else { 0 };
        let numbers = self.residual.iter().chain(&self.rounding).chain(&self.parts).sum::<u32>() + self.window + second;
        let place = self.single + self.spread + 4 * self.addr + 2 * self.bank;
        7 + place + 2 * self.x + 3 * self.res + 4 * self.y + numbers
    }

    /// Bits that the back end gets: its fields, and of the front's whether a step pools, its blocks, groups, pitch and digits, and whether it
    /// reads strips.
    pub fn back_bus(&self) -> u32 {
        self.back() + 1 + self.addr + self.group + self.x + self.digit + self.strip.min(1)
    }

    /// 32-bit words per descriptor.
    pub fn words(&self) -> usize {
        (self.front() + self.back()).div_ceil(32) as usize
    }

    /// Bits of an entry of the result's order.
    pub fn order_entry(&self) -> u32 {
        self.output_word + self.output_lane
    }

    /// Bits of a tap table entry.
    pub fn tap_entry(&self) -> u32 {
        self.addr + self.bank + 2 * self.x + 2
    }
}
