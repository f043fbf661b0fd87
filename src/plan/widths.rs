//! Bit widths of the core, from the width algebra over everything the network makes it compute.

use std::sync::Arc;

use super::basis::Basis;
use super::constants::{Constants, LIFTED_BITS, signed_bits, unsigned_bits};
use super::families::facts;
use super::loads::{LaneLoad, Load};
use super::{CoreShape, Lane, Short, Units, clog2};
use crate::num::Range;
use crate::target::Family;
use serde::{Deserialize, Serialize};

/// Widths that become Verilog parameters; all in bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Widths {
    /// Stored activation, an unsigned number as all stored ones are.
    pub act: u32,
    /// An image's element, where activations are stored digit by digit; 0 where each is stored in one word.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub image: u32,
    /// Activations that the arrays read at once: all of them, or a digit.
    pub operand: u32,
    /// What the window feed puts where there is no pixel; 0 where that is always 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pad: u32,
    /// Accumulator of each array.
    pub acc: Vec<u32>,
    /// Pooling accumulator.
    pub vec: u32,
    /// Widest accumulator.
    pub hold: u32,
    /// Sum of an activation's digits; 0 where arrays read whole activations.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub digit_sum: u32,
    /// Mantissa M.
    pub mul: u32,
    /// Constant B.
    pub add: u32,
    /// Variable part of the shift S.
    pub shift: u32,
    /// Fixed part of the shift S (a number of bits, not a width).
    pub shift_min: u32,
    /// `acc * M + B`.
    pub total: u32,
    /// Whether DSP blocks make the products `acc * M`.
    pub multiplier: bool,
    /// Registers behind the first one of the product `acc * M`, as many as levels of adders where LUTs make it (a number,
    /// not a width): `rws_scale_product`.
    pub scale_levels: u32,
    /// Clamped value.
    pub y: u32,
    /// Stored operand of an add.
    pub res: u32,
    /// Residual mantissa.
    pub res_mul: u32,
    /// Residual constant.
    pub res_add: u32,
    /// Residual shift.
    pub res_shift: u32,
    /// `res * RM + RB`.
    pub res_total: u32,
    /// Mantissa, constant and shift of a second result; zeros where there is none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub second: [u32; 3],
    /// `y * M + B` of a second result.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub second_total: u32,
    /// Flag of a step that rounds half to even; 0 where none does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub even: u32,
    /// Guard of such a step; 0 where none has one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub guard: u32,
    /// Shift of a sum with a residual; 0 where none is shifted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sum_shift: u32,
    /// Flag of such a shift that rounds half to even; 0 where none does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sum_even: u32,
    /// 1 where values behind leaky rectifiers have a second set of constants (a number, not a width); 0 where none has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bent: u32,
    /// Maxima that are taken of results; 0 where there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pooled: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(width: &u32) -> bool {
    *width == 0
}

fn is_none(widths: &[u32; 3]) -> bool {
    *widths == [0; 3]
}

impl Widths {
    /// M, B and S.
    pub fn set(&self) -> u32 {
        self.mul + self.add + self.shift
    }

    /// Parameters of a row: a set, or two and the bound between them.
    pub fn param(&self) -> u32 {
        if self.bent > 0 { 2 * self.set() + self.sum() } else { self.set() }
    }

    /// An element of an image.
    pub fn element(&self) -> u32 {
        if self.image > 0 { self.image } else { self.act.min(8) }
    }

    /// What is requantized.
    pub fn sum(&self) -> u32 {
        self.hold.max(self.digit_sum)
    }
}

impl Widths {
    /// Widths on a shape; a load for each of its arrays.
    pub fn of(basis: &Basis, shape: &CoreShape, arrays: &[Arc<LaneLoad>]) -> Self {
        let muls = all_loads(basis, arrays).into_iter().map(|load| unsigned_bits(load.constants.mul));
        let mul = muls.max().unwrap_or(1);
        Self::with_shift(basis, shape, arrays, common_shift(basis, arrays, mul))
    }

    /// Leaves the products of rows to DSP blocks of a family, if they can make them: mantissas are as long as the block's port where that
    /// makes the shift a constant, or nearly so.
    #[must_use]
    pub fn multiplied(
        self,
        basis: &Basis,
        shape: &CoreShape,
        arrays: &[Arc<LaneLoad>],
        family: Family,
        units: Units,
    ) -> Self {
        let port = family.dsp_ports().1 - 1;
        let lifted = Self::with_shift(basis, shape, arrays, common_shift(basis, arrays, port));
        let mut widths = if lifted.suit_multiplier(family) { lifted } else { self };
        if widths.suit_multiplier(family) {
            widths.use_multiplier(units.residual);
        }
        widths
    }

    /// Widths with a given fixed part of the shift, which every constant can be lifted to.
    fn with_shift(basis: &Basis, shape: &CoreShape, arrays: &[Arc<LaneLoad>], shift_min: u32) -> Self {
        let loads = all_loads(basis, arrays);
        let acc: Vec<u32> = arrays.iter().map(|array| array.acc).collect();
        let (operand, vec_range) = (basis.act(shape), basis.vec);
        let lifted: Vec<(Range, Constants)> = loads.iter().map(|l| (l.acc, l.constants.lift(shift_min))).collect();
        let mul = lifted.iter().map(|(_, r)| unsigned_bits(r.mul)).max().unwrap_or(1);
        let range_of = |(acc, constants): &(Range, Constants)| constants.total(*acc).signed_bits();
        let extra = lifted.iter().map(|(_, r)| r.shift - shift_min).max().unwrap_or(0);
        let add = lifted.iter().map(|(_, r)| signed_bits(r.add)).max().unwrap_or(1);
        let (act, image) =
            if basis.splits(shape) { (operand, basis.image) } else { (basis.stored.max(basis.image), 0) };
        let widest = basis.stored.max(basis.image);
        let acc: Vec<u32> = acc.iter().zip(least_sums(shape, operand)).map(|(w, sum)| (*w).max(sum)).collect();
        let signed = |(acc, array): (&u32, &super::ArraySpec)| acc + u32::from(!array.lane.is_dsp());
        let hold = acc.iter().zip(&shape.arrays).map(signed).max().unwrap_or(2).max(vec_range.signed_bits());
        let y = basis.y.max(act + 1).max(basis.pooled + 1);
        let sums = || loads.iter().map(|load| load.acc.signed_bits()).max().unwrap_or(0);
        let digit_sum = if shape.digits(basis.operand) > 1 { sums() } else { 0 };
        // The shifted total must be at least as wide as the clamp bounds, and the adder as wide as its operands.
        let total = lifted
            .iter()
            .map(range_of)
            .max()
            .unwrap_or(2)
            .max(hold.max(digit_sum) + 1)
            .max(add + 1)
            .max(shift_min + y + 1);
        let (res_mul, res_add, res_shift, res_total) = basis.residual_widths;
        let [even, guard, sum_shift, sum_even] = basis.rounding;
        let [second @ .., second_total] = basis.second;
        Self {
            act,
            image,
            operand,
            pad: if basis.pads { widest } else { 0 },
            acc,
            vec: vec_range.signed_bits().max(act + 1),
            hold: hold.max(act + 1),
            digit_sum,
            mul,
            add,
            shift: unsigned_bits(extra.into()),
            shift_min,
            total: total.max(act + 2),
            multiplier: false,
            scale_levels: levels_in_logic(mul, basis.residual.map(|_| res_mul)),
            y,
            res: basis.residual.unwrap_or(1),
            res_mul,
            res_add,
            res_shift,
            res_total,
            second,
            second_total: if second_total > 0 { second_total.max(y + 1) } else { 0 },
            even,
            guard,
            sum_shift,
            sum_even,
            bent: basis.bent.into(),
            pooled: basis.pooled,
        }
    }

    /// What these widths are too small for in a network whose arrays read the same operands.
    pub(super) fn short_of(&self, basis: &Basis, shape: &CoreShape, arrays: &[Arc<LaneLoad>]) -> Vec<Short> {
        let liftable = |load: &&Load| load.constants.can_lift(self.shift_min);
        let stuck = all_loads(basis, arrays).into_iter().filter(|load| !liftable(load)).count();
        if stuck > 0 {
            return Short::of("constants that can be shifted as far as the core shifts", stuck as u64, 0)
                .into_iter()
                .collect();
        }
        let need = Self::with_shift(basis, shape, arrays, self.shift_min);
        let accumulators = need.acc.iter().zip(&self.acc).enumerate().map(|(array, (need, have))| {
            Short::of(format!("bits of the accumulators of array {array}"), (*need).into(), (*have).into())
        });
        let numbers = need.numbers().into_iter().zip(self.numbers());
        let numbers = numbers.map(|((what, need), (_, have))| Short::of(what, need.into(), have.into()));
        accumulators.chain(numbers).flatten().collect()
    }

    /// Whether every width is one that a core may have.
    pub(super) fn within(&self, most: u32) -> bool {
        let plain = self.numbers().into_iter().take(13).map(|(_, width)| width);
        let others = [self.act, self.operand, self.res].into_iter().chain(self.acc.iter().copied());
        let second = self.second.into_iter().chain([self.second_total]);
        let optional = [
            self.image,
            self.pad,
            self.digit_sum,
            self.even,
            self.guard,
            self.sum_shift,
            self.sum_even,
            self.bent,
            self.pooled,
        ];
        plain.chain(others).all(|width| (1..=most).contains(&width))
            && second.chain(optional).chain([self.shift_min, self.scale_levels]).all(|width| width <= most)
    }

    /// The first relation between the widths of a core on a shape that does not hold: what [`Self::of`] makes keeps all.
    pub(super) fn contradiction(
        &self,
        shape: &CoreShape,
        digits: usize,
        family: Family,
        units: Units,
    ) -> Option<&'static str> {
        let signed = |(acc, array): (&u32, &super::ArraySpec)| acc + u32::from(!array.lane.is_dsp());
        let hold = self.acc.iter().zip(&shape.arrays).map(signed).max().unwrap_or(0);
        let mut levels = self.clone();
        if self.multiplier {
            levels.use_multiplier(units.residual);
        } else {
            levels.scale_levels = levels_in_logic(self.mul, units.residual.then_some(self.res_mul));
        }
        let sums = least_sums(shape, self.operand);
        let rules = [
            (self.operand <= self.act, "operand is wider than act"),
            ((digits > 1) == shape.digit.is_some(), "only cores with digits have bits of them"),
            (shape.digit.is_none_or(|bits| bits == self.operand), "operand is not a digit"),
            ((digits > 1) == (self.digit_sum > 0), "only cores with digits have sums of them"),
            (digits <= 1 || self.digit_sum > self.operand, "digit_sum is not wider than operand"),
            (self.image <= 8 && (self.image == 0 || (digits > 1 && self.act == self.operand)), "act is not a digit"),
            (
                self.image > 0 || digits <= 1 || digits as u32 * self.operand < self.act + self.operand,
                "act has fewer digits",
            ),
            (self.pad == 0 || self.image > 0 || self.pad == self.act, "pad is neither 0 nor act"),
            (self.pad == 0 || (self.act..=digits as u32 * self.act).contains(&self.pad), "pad is no activation"),
            (self.acc.iter().zip(sums).all(|(acc, sum)| *acc >= sum), "acc is narrower than a step's sum of products"),
            (self.vec > self.act, "vec is not wider than act"),
            (self.hold >= hold.max(self.vec), "hold is narrower than acc or vec"),
            (self.y > self.act && self.y >= self.res, "y is not wider than act, or narrower than res"),
            (self.total > self.sum() && self.total > self.add, "total is not wider than hold and add"),
            (self.total > self.shift_min + self.y, "total is not wider than y shifted by shift_min"),
            (self.res_total > self.res, "res_total is not wider than res"),
            (
                self.second.map(|width| width > 0) == [units.second; 3] && units.second == (self.second_total > 0),
                "only cores with second results have widths of them",
            ),
            (
                !units.second || self.second_total > self.y.max(self.second[1]),
                "second_total is not wider than y and B of second results",
            ),
            (
                units.pooled == (self.pooled > 0) && self.pooled < self.y && (!units.pooled || shape.drained == 1),
                "only cores with maxima of results, which drain a pixel at a time, have bits of them, fewer than y",
            ),
            (
                !self.multiplier || self.suit_multiplier(family),
                "no DSP block of the target makes the products of hold and mul",
            ),
            (self.scale_levels == levels.scale_levels, "scale_levels is not that of mul and res_mul"),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
    }

    /// Widths that only have to be large enough.
    fn numbers(&self) -> [(&'static str, u32); 26] {
        [
            ("bits of stored activations", self.act),
            ("bits of operands of adds", self.res),
            ("bits of pooling accumulators", self.vec),
            ("bits of the widest accumulator", self.hold),
            ("bits of mantissas", self.mul),
            ("bits of constants", self.add),
            ("bits of shifts", self.shift),
            ("bits of scaled sums", self.total),
            ("bits of results", self.y),
            ("bits of mantissas of adds", self.res_mul),
            ("bits of constants of adds", self.res_add),
            ("bits of shifts of adds", self.res_shift),
            ("bits of scaled operands of adds", self.res_total),
            ("bits of mantissas of second results", self.second[0]),
            ("bits of constants of second results", self.second[1]),
            ("bits of shifts of second results", self.second[2]),
            ("bits of scaled second results", self.second_total),
            ("bits of padding other than 0", self.pad),
            ("bits of sums of digits", self.digit_sum),
            ("rounding of halves to even", self.even),
            ("bits of guards of halves", self.guard),
            ("bits of shifts of sums", self.sum_shift),
            ("rounding of sums' halves to even", self.sum_even),
            ("second constants of leaky rectifiers", self.bent),
            ("bits of an image's elements", self.image),
            ("bits of maxima of results", self.pooled),
        ]
    }

    /// Whether one DSP block of a family makes a product `acc * M`.
    pub fn suit_multiplier(&self, family: Family) -> bool {
        let (wide, narrow) = family.dsp_ports();
        let product = self.sum() + self.mul + 1;
        facts(family).scales_in_dsp && self.sum() <= wide && self.mul < narrow && product >= family.dsp_product_bits()
    }

    /// Levels of adders of the products of second results.
    pub fn second_levels(&self) -> u32 {
        scale_levels(self.second[0])
    }

    /// Leaves the products `acc * M` to DSP blocks; those of residuals stay in LUTs, a level less.
    pub fn use_multiplier(&mut self, residual: bool) {
        self.multiplier = true;
        self.scale_levels = if residual { scale_levels(self.res_mul) + 1 } else { 1 };
    }
}

/// The largest shift, up to that of any constants, that all can be lifted to with mantissas of at most so many bits.
fn common_shift(basis: &Basis, arrays: &[Arc<LaneLoad>], mul: u32) -> u32 {
    let loads = all_loads(basis, arrays);
    let room = |c: &Constants| if c.mul == 0 { LIFTED_BITS } else { mul.saturating_sub(unsigned_bits(c.mul)) };
    let reach = |c: &Constants| c.unguarded() + room(c).min(LIFTED_BITS.saturating_sub(signed_bits(c.add)));
    let reached = loads.iter().map(|load| reach(&load.constants)).min().unwrap_or(0);
    reached.min(loads.iter().map(|load| load.constants.shift).max().unwrap_or(0))
}

/// Bits of the products of an array step of each array, summed over CI channels.
fn least_sums(shape: &CoreShape, operand: u32) -> impl Iterator<Item = u32> {
    let product = move |lane: Lane| lane.product_bits(operand + u32::from(lane.is_dsp()));
    // LUT lanes have a pair of inputs at least.
    let inputs = |lane: Lane| if lane.is_dsp() { shape.ci } else { shape.ci.max(2) };
    shape.arrays.iter().map(move |array| product(array.lane) + clog2(inputs(array.lane)))
}

/// Levels of adders where LUTs make the products of a row's mantissa, and of an add's.
fn levels_in_logic(mul: u32, residual: Option<u32>) -> u32 {
    scale_levels(mul).max(residual.map_or(0, |mul| scale_levels(mul) + 1))
}

/// Loads of all arrays and of pooling.
fn all_loads<'a>(basis: &'a Basis, arrays: &'a [Arc<LaneLoad>]) -> Vec<&'a Load> {
    arrays.iter().flat_map(|array| array.loads.iter()).chain(basis.pools.iter()).collect()
}

/// Levels above products with two bits of the mantissa each.
fn scale_levels(mantissa: u32) -> u32 {
    clog2(mantissa.div_ceil(2) as usize)
}
