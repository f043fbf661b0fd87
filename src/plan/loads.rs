//! What the rows of a network ask of the arrays and of requantization, measured once for each kind of lane.

use std::collections::BTreeMap;

use super::constants::{Constants, Curve, unsigned_bits};
use super::graph::{StepGraph, StepKind, Stored};
use super::order::matrix;
use super::{Lane, Reading};
use crate::ir::Network;
use crate::num::{Range, Scheme, dot_range};

/// Something that the core requantizes: accumulator range and constants.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Accumulator.
    pub acc: Range,
    /// Constants.
    pub constants: Constants,
}

/// What widths need to know of many requantizations. Of those with the same shift, guard and length of mantissa, the four with the
/// largest and smallest constants and sums stand for all.
#[derive(Clone, Debug, Default)]
pub struct Loads(BTreeMap<(u32, u32, u32), [Load; 4]>);

impl Loads {
    /// Takes a load into account.
    pub fn add(&mut self, load: Load) {
        let Constants { mul, add, shift, guard } = load.constants;
        let bits = if mul == 0 { 0 } else { unsigned_bits(mul) };
        let extremes = self.0.entry((shift, guard, bits)).or_insert([load; 4]);
        let total = |load: &Load| load.constants.total(load.acc);
        let beyond = [
            add < extremes[0].constants.add,
            add > extremes[1].constants.add,
            total(&load).min < total(&extremes[2]).min,
            total(&load).max > total(&extremes[3]).max,
        ];
        extremes.iter_mut().zip(beyond).filter(|(_, beyond)| *beyond).for_each(|(extreme, _)| *extreme = load);
    }

    /// Takes the loads of another collection into account.
    pub(super) fn extend(&mut self, other: &Self) {
        other.iter().for_each(|load| self.add(*load));
    }

    /// Loads that stand for all.
    pub fn iter(&self) -> impl Iterator<Item = &Load> {
        self.0.values().flatten()
    }
}

/// What the rows that a lane takes ask of an array of it, wherever they are computed in the end.
#[derive(Clone, Debug, Default)]
pub struct LaneLoad {
    /// Width of the accumulator.
    pub acc: u32,
    /// Requantizations.
    pub loads: Loads,
}

impl LaneLoad {
    /// What the rows of both ask of an array.
    pub(super) fn join(first: &Self, second: &Self) -> Self {
        let mut loads = first.loads.clone();
        loads.extend(&second.loads);
        Self { acc: first.acc.max(second.acc), loads }
    }

    /// Goes through all rows of a network; arrays read `act` bits at once.
    pub fn of(network: &Network, graph: &StepGraph, lane: Lane, act: u32) -> Self {
        let mut all = Self { acc: 2, loads: Loads::default() };
        let mut tables = BTreeMap::new();
        for step in &graph.steps {
            let StepKind::Matrix(layer) = step.kind else { continue };
            let Some(matrix) = matrix(network, layer) else { continue };
            let source = graph.tensor(step.source);
            for (row, scheme) in matrix.schemes.iter().enumerate() {
                let Some(grid) = lane.grid_shift(*scheme) else { continue };
                let reading = source.reading(act);
                let [pass, acc] = array_ranges(lane, *scheme, source, matrix.columns, act);
                all.acc = all.acc.max(pass.signed_bits() - u32::from(!lane.is_dsp()));
                let table = tables.entry((*scheme, reading)).or_insert_with(|| Offsets::of(lane, *scheme, reading));
                let curve = Curve::of(matrix.requant[row], matrix.negative_of(row), step, graph);
                for constants in curve.with_offset(grid, table.sum(matrix.row(row))).sets() {
                    all.loads.add(Load { acc, constants });
                }
            }
        }
        all
    }
}

/// What a lane adds for each level of a scheme, by magnitude: for positive levels, for negative ones.
enum Offsets {
    /// Nothing.
    None,
    /// Looked up.
    Table(Vec<[i64; 2]>),
    /// Computed, on a lane with a grid: a table would be large.
    Lane(Lane, u32, Reading),
}

impl Offsets {
    fn of(lane: Lane, scheme: Scheme, reading: Reading) -> Self {
        const LARGEST: i32 = 4096;
        let grid = lane.grid_shift(scheme).unwrap_or(0);
        match scheme.max_magnitude() {
            _ if lane.is_dsp() && reading.offset == 0 => Self::None,
            most @ 0..=LARGEST => {
                let mut table = vec![[0; 2]; most as usize + 1];
                for &magnitude in scheme.magnitudes() {
                    table[magnitude as usize] =
                        [magnitude, -magnitude].map(|level| lane.offset(level << grid, reading));
                }
                Self::Table(table)
            }
            _ => Self::Lane(lane, grid, reading),
        }
    }

    fn sum(&self, levels: &[i32]) -> i64 {
        match self {
            Self::None => 0,
            Self::Table(table) => {
                levels.iter().map(|level| table[level.unsigned_abs() as usize][usize::from(*level < 0)]).sum()
            }
            Self::Lane(lane, grid, reading) => levels.iter().map(|level| lane.offset(level << grid, *reading)).sum(),
        }
    }
}

/// Accumulator ranges of a row on an array, of a pass and of all digits: by type, so that other weights of the same scheme fit too.
/// LUT lanes add up operands of all bits of a product.
fn array_ranges(lane: Lane, scheme: Scheme, source: &Stored, columns: usize, act: u32) -> [Range; 2] {
    let (reading, all) = (source.reading(act), columns as i128);
    let digit = Range { min: 0, max: (1 << act) - 1 };
    match (lane.is_dsp(), reading.digits) {
        (true, 1) => [dot_range(scheme, source.range(), columns); 2],
        (true, _) => [digit, source.range().union(digit)].map(|values| dot_range(scheme, values, columns)),
        (false, digits) => {
            let pass = all * ((1 << lane.product_bits(act)) - 1);
            let whole = (0..digits).map(|digit| pass << (digit * act)).sum();
            [pass, whole].map(|max| Range { min: 0, max })
        }
    }
}
