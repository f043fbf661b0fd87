//! The memories of a core that its programs fill.

use std::ops::Range;

use super::Core;

/// A memory of a core that a program fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Name of its image, and of its instance but for the prefix `u_`.
    pub name: String,
    /// What it drives: for one of several memories that make up wider words a part of the wire.
    pub bits: Range<usize>,
    /// Words.
    pub depth: usize,
}

impl Core {
    /// The memories that a program fills: program, taps, the result's order where there is a table, parameters, weights of each array
    /// where they are resident.
    pub fn memories(&self) -> Vec<Memory> {
        let (fields, room) = (self.fields(), &self.room);
        let whole = |name: &str, bits: usize, depth| Memory { name: name.to_owned(), bits: 0..bits, depth };
        let mut all =
            vec![whole("program", 32, self.program_words()), whole("taps", fields.tap_entry() as usize, room.taps)];
        if !self.output_ordered() {
            all.push(whole("order", fields.order_entry() as usize, room.output_channels));
        }
        let width = self.widths.param() as usize;
        let params = self.param_memories().into_iter().map(|values| {
            // The write flag.
            let flag = usize::from(values.end == self.shape.q);
            values.start * width..values.end * width + flag
        });
        all.extend(parts("params", params, room.param_words));
        if !self.is_streamed() {
            all.extend(self.weight_stores());
        }
        all
    }

    /// The memories of weights, or the parts of a ring, of each array.
    pub fn weight_stores(&self) -> Vec<Memory> {
        let mut all = Vec::new();
        for (index, array) in self.shape.arrays.iter().enumerate() {
            let row = self.shape.ci * array.lane.code_bits() as usize;
            let bits = self.weight_memories(index).into_iter().map(|rows| rows.start * row..rows.end * row);
            all.extend(parts(&format!("weights_{index}"), bits, self.room.weight_words));
        }
        all
    }
}

/// The memories that a wide one is cut into; numbered where there are several.
fn parts(whole: &str, bits: impl ExactSizeIterator<Item = Range<usize>>, depth: usize) -> Vec<Memory> {
    let name = |part, parts| if parts > 1 { format!("{whole}_{part}") } else { whole.to_owned() };
    let count = bits.len();
    bits.enumerate().map(|(part, bits)| Memory { name: name(part, count), bits, depth }).collect()
}
