//! Constants of 64 bits and accumulators of 80: golden model, files and planner.
//!
//! Expected results come from a method that never has the product: numbers are quotients and remainders of the division by
//! 2^shift, and the mantissa is multiplied bit by bit.

use crate::common::{Builder, Random};
use proptest::prelude::*;
use rowsmith::ir::{
    ActType, Average, Conv, Negative, Network, Op, Padding, Requant, Rounding, RowMatrix, Shape, TensorId, Window,
};
use rowsmith::num::Scheme;
use rowsmith::plan::StepGraph;
use rowsmith::{golden, manifest};
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;

const UNIT: Window =
    Window { kernel: [1, 1], stride: [1, 1], padding: Padding { top: 0, left: 0, bottom: 0, right: 0 } };
const S32: ActType = ActType { bits: 32, signed: true, lo: i32::MIN, hi: i32::MAX };
const SCHEMES: [&str; 4] = ["fixed(16)", "ausn(9;4)", "sp2(4;2,1)", "pot(5)"];

/// `quotient * 2^shift + rest`; quotients beyond 128 bits stay at the end.
#[derive(Clone, Copy)]
struct Divided {
    quotient: i128,
    rest: u128,
    shift: u32,
}

impl Divided {
    fn of(value: i128, shift: u32) -> Self {
        Self { quotient: value >> shift, rest: value as u128 & ((1 << shift) - 1), shift }
    }

    fn plus(self, other: Self) -> Self {
        let rest = self.rest + other.rest;
        let carry = (rest >> self.shift) as i128;
        let quotient = self.quotient.saturating_add(other.quotient).saturating_add(carry);
        Self { quotient, rest: rest & ((1 << self.shift) - 1), ..self }
    }

    /// `acc * mul + add`
    fn total(acc: i128, mul: u64, add: i128, shift: u32) -> Self {
        let acc = Self::of(acc, shift);
        let bits = (0..64).rev().map(|bit| mul >> bit & 1 == 1);
        let product = bits.fold(Self::of(0, shift), |product, bit| {
            let twice = product.plus(product);
            if bit { twice.plus(acc) } else { twice }
        });
        product.plus(Self::of(add, shift))
    }
}

/// Rounds down, or what half up makes of it without its half to the nearer side.
fn requantized(acc: i128, Requant { mul, add, shift }: Requant, rounding: Rounding) -> i128 {
    if rounding == Rounding::Floor || shift == 0 {
        return Divided::total(acc, mul, add.into(), shift).quotient;
    }
    let half = 1u128 << (shift - 1);
    let Divided { quotient, rest, .. } = Divided::total(acc, mul, i128::from(add) - half as i128, shift);
    let wrong = i128::from(rounding == Rounding::HalfEven);
    let up = rest > half || (rest == half && quotient.rem_euclid(2) == wrong);
    quotient.saturating_add(up.into())
}

/// What a layer makes of its results.
#[derive(Clone, Copy, Debug)]
struct Last {
    shift: u32,
    rounding: Rounding,
    act: ActType,
}

impl Last {
    /// Of a number before the last requantization.
    fn of(self, acc: i128, requant: Requant) -> i32 {
        let Self { shift, rounding, act } = self;
        let result = match shift {
            0 => requantized(acc, requant, rounding),
            _ => self.shifted(requantized(acc, requant, Rounding::Floor)),
        };
        result.clamp(act.lo.into(), act.hi.into()) as i32
    }

    fn shifted(self, value: i128) -> i128 {
        requantized(value, Requant { shift: self.shift, ..Requant::IDENTITY }, self.rounding)
    }
}

struct Cases(Random);

impl Cases {
    /// A number of any length up to `bits`.
    fn short(&mut self, bits: u32) -> u64 {
        let bits = self.0.size(0, bits as usize) as u32;
        self.0.bits().checked_shr(64 - bits).unwrap_or(0)
    }

    fn value(&mut self, act: ActType) -> i32 {
        match self.0.size(0, 3) {
            0 => act.lo,
            1 => act.hi,
            _ => self.0.within(act.lo.into(), act.hi.into()) as i32,
        }
    }

    fn image(&mut self, length: usize, act: ActType) -> Vec<i32> {
        (0..length).map(|_| self.value(act)).collect()
    }

    fn act(&mut self) -> ActType {
        let bits = self.0.size(2, 32) as u32;
        let hi = ((1i64 << (bits - 1)) - 1) as i32;
        ActType { bits, signed: true, lo: -hi - 1, hi }
    }

    fn last(&mut self) -> Last {
        let shift = if self.0.size(0, 1) == 0 { 0 } else { self.0.size(1, 80) as u32 };
        let rounding = *self.0.pick(&[Rounding::Floor, Rounding::HalfEven, Rounding::HalfOdd]);
        Last { shift, rounding, act: self.act() }
    }

    /// Constants that bring accumulators of so many bits into the range of a result, or miss it by a few bits.
    fn requant(&mut self, acc_bits: u32, last: Last) -> Requant {
        let mul = self.short(63);
        let total = i64::from(acc_bits + (64 - mul.leading_zeros()));
        let result = i64::from(last.act.bits + last.shift);
        let shift = (total - result + self.0.within(-3, 6)).clamp(0, 127) as u32;
        let add = if self.0.size(0, 3) == 0 { self.0.bits() as i64 } else { self.short(62) as i64 };
        // Ties, as they are where mantissas have many zeros.
        let mul = if self.0.size(0, 3) == 0 { mul >> 20 << 20 } else { mul };
        let add = match shift {
            1..=63 if self.0.size(0, 3) == 0 => add >> shift << shift | 1 << (shift - 1),
            _ => add,
        };
        Requant { mul, add, shift }
    }
}

/// A network of one operator over an image of 32-bit numbers.
fn single(shape: [usize; 3], op: Op, inputs: usize, result: [usize; 3], last: Last) -> Network {
    let mut builder = Builder::new(0, shape, S32);
    let shape = Shape { channels: result[0], height: result[1], width: result[2] };
    builder.layer(op, vec![TensorId(0); inputs], shape, last.act);
    let mut network = builder.finish();
    (network.layers[0].rounding, network.layers[0].shift) = (last.rounding, last.shift);
    network
}

fn output(network: &Network, image: &[i32]) -> Vec<i32> {
    golden::run(network, image).expect("a good image").tensor(network.output).to_vec()
}

/// A dense layer of random rows, and how many bits their accumulators have.
fn dense(cases: &mut Cases, scheme: Scheme, columns: usize, rows: usize, last: Last) -> (RowMatrix, u32) {
    let grid = scheme.magnitudes();
    let level = |cases: &mut Cases| {
        let magnitude = if cases.0.size(0, 1) == 0 { scheme.max_magnitude() } else { *cases.0.pick(grid) };
        if cases.0.size(0, 1) == 0 { magnitude } else { -magnitude }
    };
    let levels = (0..rows * columns).map(|_| level(cases)).collect();
    let bits = 33 + scheme.max_magnitude().ilog2() + columns.ilog2();
    let requant = (0..rows).map(|_| cases.requant(bits, last)).collect();
    (RowMatrix { columns, schemes: vec![scheme; rows], levels, requant, negative: None }, bits)
}

/// The rows' results one by one, and the longest product of an accumulator and a mantissa.
fn expected(matrix: &RowMatrix, image: &[i32], last: Last) -> (Vec<i32>, f64) {
    let mut longest = 0f64;
    let result = (0..matrix.rows()).map(|row| {
        let terms = matrix.row(row).iter().zip(image).map(|(&level, &value)| i128::from(level) * i128::from(value));
        let acc: i128 = terms.sum();
        let negative = matrix.negative.as_ref().map(|all| all[row]).filter(|other| acc < other.below.into());
        let requant = negative.map_or(matrix.requant[row], |other| other.requant);
        longest = longest.max((acc as f64 * requant.mul as f64).abs());
        last.of(acc, requant)
    });
    (result.collect(), longest)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn rows_with_long_constants(seed in any::<u64>()) {
        let mut cases = Cases(Random(seed));
        let (columns, last) = (cases.0.size(1, 5), cases.last());
        let scheme = cases.0.pick(&SCHEMES).parse().expect("a scheme");
        let (mut matrix, bits) = dense(&mut cases, scheme, columns, 6, last);
        if cases.0.size(0, 2) == 0 {
            let other = |cases: &mut Cases, own: Requant| match cases.0.size(0, 1) {
                0 => Negative::by_sign(own, cases.requant(bits, last)),
                _ => Negative { below: cases.0.bits() as i64 >> 20, requant: cases.requant(bits, last) },
            };
            matrix.negative = Some(matrix.requant.clone().into_iter().map(|own| other(&mut cases, own)).collect());
        }
        let image = cases.image(columns, S32);
        let wanted = expected(&matrix, &image, last).0;
        let op = Op::Conv(Conv { window: UNIT, groups: 1, matrix });
        let network = single([columns, 1, 1], op, 1, [6, 1, 1], last);
        prop_assert_eq!(output(&network, &image), wanted);
    }

    #[test]
    fn other_operators_with_long_constants(seed in any::<u64>()) {
        let mut cases = Cases(Random(seed));
        let last = cases.last();
        let image = cases.image(4, S32);
        let run = |op, inputs, result, last| output(&single([1, 2, 2], op, inputs, result, last), &image);

        let [first, second] = [32, 32].map(|bits| cases.requant(bits, last));
        let bent = image.iter().map(|&value| last.of(value.into(), if value < 0 { second } else { first }));
        prop_assert_eq!(run(Op::LeakyRelu([first, second]), 1, [1, 2, 2], last), bent.collect::<Vec<_>>());

        let joined = [first, second].into_iter().flat_map(|one| image.iter().map(move |&v| last.of(v.into(), one)));
        prop_assert_eq!(run(Op::Concat(vec![first, second]), 2, [2, 2, 2], last), joined.collect::<Vec<_>>());

        let requant = cases.requant(34, last);
        let sum = image.iter().map(|&value| i128::from(value)).sum();
        let square = Window { kernel: [2, 2], stride: [1, 1], ..UNIT };
        let average = Op::AvgPool(square, Average::Window(requant));
        prop_assert_eq!(run(average, 1, [1, 1, 1], last), vec![last.of(sum, requant)]);

        // Operands of up to 96 bits on a common grid.
        let operands = [first, second].map(|requant| Requant { shift: 0, ..requant });
        let last = Last { shift: 96 - last.act.bits.max(cases.0.size(0, 96) as u32), ..last };
        let added = image.iter().map(|&value| {
            let [a, b] = operands.map(|requant| requantized(value.into(), requant, Rounding::Floor));
            last.shifted(a + b).clamp(last.act.lo.into(), last.act.hi.into()) as i32
        });
        prop_assert_eq!(run(Op::Add(operands), 2, [1, 2, 2], last), added.collect::<Vec<_>>());
    }
}

/// Accumulators of 80 bits times mantissas of 63.
#[test]
fn products_beyond_128_bits() {
    let (mut seen, columns) = (0f64, 1 << 16);
    for seed in 0..6 {
        let mut cases = Cases(Random(seed));
        let last = Last { shift: 0, ..cases.last() };
        let scheme = "ausn(9;4)".parse().expect("a scheme");
        let (mut matrix, _) = dense(&mut cases, scheme, columns, 4, last);
        // One row as large as it gets, with constants as large as they get.
        matrix.levels[..columns].fill(if seed % 2 == 0 { 31 << 15 } else { -31 << 15 });
        matrix.requant[0] = Requant { mul: i64::MAX as u64, add: i64::MIN, shift: 127 - seed as u32 };
        let image = vec![i32::MIN; columns];
        let (wanted, longest) = expected(&matrix, &image, last);
        seen = seen.max(longest);
        let op = Op::Conv(Conv { window: UNIT, groups: 1, matrix });
        let network = single([columns, 1, 1], op, 1, [4, 1, 1], last);
        assert_eq!(output(&network, &image), wanted, "seed {seed}");
    }
    assert!(seen > 2f64.powi(129), "the longest product is {seen:e}");
}

#[test]
fn files_hold_long_constants() {
    let requant = [
        Requant { mul: i64::MAX as u64, add: i64::MIN, shift: 127 },
        Requant { mul: 1 << 32, add: i64::MAX, shift: 64 },
    ];
    let matrix = |requant: [Requant; 2]| RowMatrix {
        columns: 2,
        schemes: vec!["fixed(16)".parse().expect("a scheme"); 2],
        levels: vec![32767, -32767, 1, 2],
        requant: requant.to_vec(),
        negative: Some(requant.map(|requant| Negative { below: i64::MIN, requant }).to_vec()),
    };
    let act = ActType { bits: 9, signed: true, lo: -256, hi: 255 };
    let last = Last { shift: 0, rounding: Rounding::Floor, act };
    let dense = |requant| {
        let op = Op::Conv(Conv { window: UNIT, groups: 1, matrix: matrix(requant) });
        single([2, 1, 1], op, 1, [2, 1, 1], last)
    };
    let kind = |folder: &TempDir| {
        let bytes = std::fs::read(folder.path().join("net0.safetensors")).ok()?;
        Some(SafeTensors::deserialize(&bytes).expect("a file").tensor("l0.mul").expect("a mantissa").dtype())
    };
    let kept = |network: &Network| {
        let folder = TempDir::new().expect("a folder");
        let path = manifest::save(network, folder.path()).expect("saved");
        let loaded = manifest::load(&path).expect("loaded");
        assert_eq!(Network { digest: String::new(), ..loaded }, *network);
        kind(&folder)
    };
    assert_eq!(kept(&dense(requant)), Some(Dtype::I64));
    assert_eq!(kept(&dense([Requant { mul: u32::MAX.into(), ..requant[1] }; 2])), Some(Dtype::U32));
    kept(&single([1, 1, 1], Op::LeakyRelu(requant), 1, [1, 1, 1], Last { shift: 127, ..last }));
    let longer = Requant { mul: 1 << 63, ..requant[0] };
    assert!(manifest::save(&dense([longer; 2]), TempDir::new().expect("a folder").path()).is_err());
    let farther = Requant { shift: 128, ..requant[0] };
    assert!(manifest::save(&dense([farther; 2]), TempDir::new().expect("a folder").path()).is_err());
}

/// DSP blocks add up 48 bits.
#[test]
fn cores_refuse_accumulators_beyond_48_bits() {
    let act = ActType { bits: 8, signed: false, lo: 0, hi: 255 };
    let dense = |columns: usize| {
        let matrix = RowMatrix {
            columns,
            schemes: vec!["ausn(9;4)".parse().expect("a scheme")],
            levels: vec![0; columns],
            requant: vec![Requant::IDENTITY],
            negative: None,
        };
        let mut builder = Builder::new(0, [columns, 1, 1], act);
        let op = Op::Conv(Conv { window: UNIT, groups: 1, matrix });
        builder.layer(op, vec![TensorId(0)], Shape { channels: 1, height: 1, width: 1 }, act);
        StepGraph::lower(&builder.finish()).map(drop).map_err(|error| error.to_string())
    };
    // 255 * 31 * 2^15 times half a million is just below 2^47.
    dense(1 << 19).expect("47 bits and a sign");
    let refused = dense(1 << 20).expect_err("one more");
    assert!(refused.contains("`l0` is a matrix whose accumulators have more than 48 bits"), "{refused}");
}
