//! What a network has beyond rows that round half up: other rounding, zero points, common shifts, second halves of rows,
//! averages without padding, wide types.

use super::networks::Random;
use rowsmith::ir::{ActType, Average, Negative, Op, Requant, Rounding, Window};

/// Chooses at random what a layer has of it.
pub struct Extender(pub Random);

/// A layer's numbers beyond its operator.
pub struct Extended {
    pub act: ActType,
    pub zero_point: i32,
    pub rounding: Rounding,
    pub shift: u32,
}

impl Extender {
    /// Extends a layer whose result has a type of its own.
    pub fn extend(&mut self, op: &mut Op, act: ActType) -> Extended {
        let shift = self.extend_op(op);
        let rounds = matches!(op, Op::Conv(_) | Op::AvgPool(..) | Op::Add(_) | Op::Concat(_) | Op::LeakyRelu(_));
        let rounding = match rounds && self.chance(40) {
            false => Rounding::Floor,
            true if self.chance(30) => Rounding::HalfOdd,
            true => Rounding::HalfEven,
        };
        let act = if self.chance(20) { self.wide() } else { act };
        Extended { act, zero_point: self.zero_point(act), rounding, shift }
    }

    /// 0, or any integer of the type.
    pub fn zero_point(&mut self, act: ActType) -> i32 {
        if self.chance(60) {
            return 0;
        }
        let span = 1i64 << act.bits;
        let lowest = if act.signed { -span / 2 } else { 0 };
        self.0.within(lowest, lowest + span - 1) as i32
    }

    /// Extends an operator, with its common shift.
    fn extend_op(&mut self, op: &mut Op) -> u32 {
        match op {
            Op::Conv(conv) if self.chance(25) => {
                let own = conv.matrix.requant.clone();
                conv.matrix.negative = Some(own.into_iter().map(|own| self.negative(own)).collect());
            }
            Op::AvgPool(window, Average::Window(requant)) if self.chance(40) => {
                let sets = by_pixels(window, *requant);
                *op = Op::AvgPool(*window, Average::Image(sets));
            }
            _ => {}
        }
        if self.chance(60) {
            return 0;
        }
        let shift = self.0.within(1, 9) as u32;
        // The last shift begins on a finer grid.
        let finer = |requant: &mut Requant| requant.shift = requant.shift.saturating_sub(shift);
        match op {
            Op::Conv(conv) => {
                conv.matrix.requant.iter_mut().for_each(finer);
                conv.matrix.negative.iter_mut().flatten().for_each(|negative| finer(&mut negative.requant));
            }
            Op::AvgPool(_, Average::Window(requant)) => finer(requant),
            Op::AvgPool(_, Average::Image(requants)) | Op::Concat(requants) => requants.iter_mut().for_each(finer),
            Op::Add(requants) | Op::LeakyRelu(requants) => requants.iter_mut().for_each(finer),
            _ => return 0,
        }
        shift
    }

    fn negative(&mut self, own: Requant) -> Negative {
        let (mul, add) = (self.0.within(0, 200) as u64, self.0.within(-1 << own.shift, 2 << own.shift));
        let requant = Requant { mul, add, shift: own.shift };
        if self.chance(50) {
            return Negative::by_sign(own, requant);
        }
        Negative { below: self.0.within(-500, 500), requant }
    }

    fn wide(&mut self) -> ActType {
        let bits = self.0.within(9, 16) as u32;
        let hi = (1 << bits) - 1;
        if self.chance(50) {
            ActType { bits, signed: false, lo: 0, hi }
        } else {
            ActType { bits, signed: true, lo: -(hi / 2) - 1, hi: hi / 2 }
        }
    }

    fn chance(&mut self, percent: i64) -> bool {
        self.0.within(0, 99) < percent
    }
}

/// About the same average whatever the number of pixels.
fn by_pixels(window: &Window, all: Requant) -> Vec<Requant> {
    let area = window.kernel[0] * window.kernel[1];
    (1..=area).map(|pixels| Requant { mul: all.mul * area as u64 / pixels as u64, ..all }).collect()
}
