//! Read ports and ring of weights from DRAM.

use super::clog2;
use super::logic::{Parts, bits, count_bits};
use crate::plan::COLUMN_BITS;

impl Parts<'_> {
    /// Weights from DRAM: registers and counters of each port, its counter of words that have come.
    pub(super) fn read_ports(&mut self) {
        let (ports, per) = self.core.read_ports();
        let ring = bits(self.fields.weight);
        let (room, column) = (count_bits(per << ring), clog2(per).max(1) as usize);
        self.logic("rws_axi_read", [ports, ports * room], ports * (105 + 2 * room + column + ring));
        self.logic("rws_stream_in", [ports * ring], 33 + ports * (34 + ring));
        self.delay(1, self.core.ring_delay() as usize);
    }

    /// A memory's part of the ring: columns, and the rest of the last one.
    pub(super) fn ring(&mut self, width: usize) {
        let (depth, columns) = (self.core.room.weight_words, width.div_ceil(COLUMN_BITS));
        self.registered_memory(COLUMN_BITS, depth, false, columns - 1);
        self.registered_memory(width - (columns - 1) * COLUMN_BITS, depth, false, 1);
        self.logic("rws_ring", [columns], 0);
    }
}
