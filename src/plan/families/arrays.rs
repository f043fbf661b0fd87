//! Arrays that families have in common.

use crate::plan::{ArrayBuild, Lane, clog2};

/// `fixed(4)`, the kind of four-bit codes that most families have cells for beside `sp2(4;2,1)`.
pub(super) const FIXED_4: Lane = Lane::Fixed { bits: 4 };

/// A lane that takes activations as they come.
pub(super) fn plain(cells: &'static str, latency: u64) -> ArrayBuild {
    ArrayBuild { pack_rows: 1, pack_px: 1, chains: 1, cells, latency, copy_rows: 0 }
}

/// Portable LUT lanes.
pub(super) fn portable(ci: usize) -> ArrayBuild {
    plain("none", 2 + u64::from(clog2(ci)))
}

/// LUT lanes of a family's cells with a tree of adders of two.
pub(super) fn celled(cells: &'static str, ci: usize) -> ArrayBuild {
    plain(cells, 2 + u64::from(clog2(ci)).max(1))
}

/// Multipliers with sums in LUTs. Two rows share one whose larger port is wide enough. Multipliers stand far apart: where
/// they are instantiated, their own registers take what comes from afar, behind `registers` others.
pub(super) fn multipliers(bits: u8, ci: usize, act: u32, port: u32, cells: &'static str, registers: u64) -> ArrayBuild {
    let pair = Lane::Dsp { bits }.product_bits(act + 1) + clog2(ci) + u32::from(bits) <= port;
    let own = u64::from(cells != "none");
    ArrayBuild { pack_rows: 1 + usize::from(pair), ..plain(cells, 3 + u64::from(clog2(ci)) + own + registers) }
}
