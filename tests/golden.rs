//! The golden model against hand-computed examples and a naive reference that pulls one value at a time.

use std::collections::HashMap;

use crate::common::{Builder, image, network};
use proptest::prelude::*;
use rowsmith::golden::{self, GoldenError};
use rowsmith::ir::{
    ActType, Average, Conv, Negative, Network, Op, Padding, Requant, Rounding, RowMatrix, Shape, TensorId, Window,
};

/// Pulls values through the graph on demand: no planes, no windows, no 64 bit shortcuts.
struct Reference<'a> {
    network: &'a Network,
    image: &'a [i32],
    known: HashMap<(usize, usize, usize, usize), i128>,
}

impl Reference<'_> {
    /// A value, or `None` outside of the image.
    fn at(&mut self, id: TensorId, channel: usize, y: i64, x: i64) -> Option<i128> {
        let shape = self.network.tensor(id).shape;
        if y < 0 || x < 0 || y >= shape.height as i64 || x >= shape.width as i64 {
            return None;
        }
        let key = (id.0, channel, y as usize, x as usize);
        if let Some(&value) = self.known.get(&key) {
            return Some(value);
        }
        let value = self.compute(id, channel, y as usize, x as usize);
        self.known.insert(key, value);
        Some(value)
    }

    fn compute(&mut self, id: TensorId, channel: usize, y: usize, x: usize) -> i128 {
        let tensor = self.network.tensor(id);
        let Some(producer) = tensor.producer else {
            return self.image[(channel * tensor.shape.height + y) * tensor.shape.width + x].into();
        };
        let layer = &self.network.layers[producer.0];
        let source = layer.inputs[0];
        let zero = i128::from(self.network.tensor(source).zero_point);
        let scaled = |acc, requant| match layer.shift {
            0 => round(acc, requant, layer.rounding),
            shift => round(floor(acc, requant), Requant { shift, ..Requant::IDENTITY }, layer.rounding),
        };
        let raw = match &layer.op {
            Op::Conv(conv) => {
                let per_channel = conv.window.kernel[0] * conv.window.kernel[1];
                let inside = self.network.tensor(source).shape.channels / conv.groups;
                let first = channel * conv.groups / conv.matrix.rows() * inside;
                let mut sum = 0;
                for (index, &level) in conv.matrix.row(channel).iter().enumerate().rev() {
                    let (from, within) = (index / per_channel, index % per_channel);
                    let (down, across) = (within / conv.window.kernel[1], within % conv.window.kernel[1]);
                    let (row, column) = position(&conv.window, y, x, down, across);
                    sum += i128::from(level) * self.at(source, first + from, row, column).unwrap_or(zero);
                }
                let own = conv.matrix.requant[channel];
                let negative = conv.matrix.negative.as_ref().map(|all| all[channel]);
                scaled(sum, negative.filter(|n| sum < i128::from(n.below)).map_or(own, |n| n.requant))
            }
            Op::MaxPool(window) => self.pixels(source, window, channel, y, x).into_iter().max().expect("a pixel"),
            Op::AvgPool(window, average) => {
                let pixels = self.pixels(source, window, channel, y, x);
                let padding = (window.kernel[0] * window.kernel[1] - pixels.len()) as i128;
                match average {
                    Average::Window(requant) => scaled(pixels.iter().sum::<i128>() + padding * zero, *requant),
                    Average::Image(requants) => scaled(pixels.iter().sum(), requants[pixels.len() - 1]),
                }
            }
            Op::Add([first, second]) => {
                let other = layer.inputs[1];
                let (a, b) =
                    (self.at(source, channel, y as i64, x as i64), self.at(other, channel, y as i64, x as i64));
                let total = floor(a.expect("inside"), *first) + floor(b.expect("inside"), *second);
                round(total, Requant { shift: layer.shift, ..Requant::IDENTITY }, layer.rounding)
            }
            Op::Concat(requants) => {
                let mut skipped = 0;
                let mut operands = layer.inputs.iter().zip(requants);
                let (&id, &requant) = operands
                    .find(|(id, _)| {
                        skipped += self.network.tensor(**id).shape.channels;
                        channel < skipped
                    })
                    .expect("an operand");
                let channels = self.network.tensor(id).shape.channels;
                scaled(self.at(id, channel + channels - skipped, y as i64, x as i64).expect("inside"), requant)
            }
            Op::LeakyRelu([positive, negative]) => {
                let value = self.at(source, channel, y as i64, x as i64).expect("inside");
                scaled(value, if value < zero { *negative } else { *positive })
            }
            Op::Upsample([down, across]) => {
                self.at(source, channel, (y / down) as i64, (x / across) as i64).expect("inside")
            }
            Op::Clamp => self.at(source, channel, y as i64, x as i64).expect("inside"),
            Op::Flatten => {
                let Shape { height, width, .. } = self.network.tensor(source).shape;
                let (row, column) = (channel / width % height, channel % width);
                self.at(source, channel / (height * width), row as i64, column as i64).expect("inside")
            }
        };
        raw.max(tensor.act.lo.into()).min(tensor.act.hi.into())
    }

    fn pixels(&mut self, source: TensorId, window: &Window, channel: usize, y: usize, x: usize) -> Vec<i128> {
        let all = (0..window.kernel[0]).flat_map(|down| (0..window.kernel[1]).map(move |across| (down, across)));
        all.filter_map(|(down, across)| {
            let (row, column) = position(window, y, x, down, across);
            self.at(source, channel, row, column)
        })
        .collect()
    }
}

fn position(window: &Window, y: usize, x: usize, down: usize, across: usize) -> (i64, i64) {
    let row = (y * window.stride[0] + down) as i64 - window.padding.top as i64;
    (row, (x * window.stride[1] + across) as i64 - window.padding.left as i64)
}

/// Division that rounds down, instead of a shift.
fn floor(acc: i128, requant: Requant) -> i128 {
    (acc * i128::from(requant.mul) + i128::from(requant.add)).div_euclid(2i128.pow(requant.shift))
}

/// A half of the result goes to the even or the odd side; the constant of half up is taken out first.
fn round(acc: i128, requant: Requant, rounding: Rounding) -> i128 {
    if rounding == Rounding::Floor || requant.shift == 0 {
        return floor(acc, requant);
    }
    let whole = 2i128.pow(requant.shift);
    let value = acc * i128::from(requant.mul) + i128::from(requant.add) - whole / 2;
    let (below, rest) = (value.div_euclid(whole), value.rem_euclid(whole));
    let wrong = i128::from(rounding == Rounding::HalfEven);
    let up = 2 * rest > whole || (2 * rest == whole && below.rem_euclid(2) == wrong);
    below + i128::from(up)
}

fn agrees(network: &Network, image: &[i32]) {
    let activations = golden::run(network, image).expect("a good image");
    let mut reference = Reference { network, image, known: HashMap::new() };
    for (id, values) in activations.iter() {
        let Shape { channels, height, width } = network.tensor(id).shape;
        assert_eq!(values.len(), channels * height * width);
        for (index, &value) in values.iter().enumerate() {
            let (y, x) = (index / width % height, index % width);
            let expected = reference.at(id, index / (height * width), y as i64, x as i64);
            assert_eq!(Some(i128::from(value)), expected, "tensor {} index {index}", network.tensor(id).name);
        }
    }
    let outputs = golden::run_batch(network, &[image, image]).expect("a good image");
    assert_eq!(outputs, vec![activations.tensor(network.output).to_vec(); 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn agrees_with_the_naive_reference(seed in any::<u64>()) {
        let network = network(seed);
        agrees(&network, &image(&network, seed));
    }
}

const U8: ActType = ActType { bits: 8, signed: false, lo: 0, hi: 255 };
const S8: ActType = ActType { bits: 8, signed: true, lo: -127, hi: 127 };
const UNIT: Window =
    Window { kernel: [1, 1], stride: [1, 1], padding: Padding { top: 0, left: 0, bottom: 0, right: 0 } };

fn single(input: [usize; 3], op: Op, inputs: usize, output: [usize; 3], act: ActType) -> Network {
    let mut builder = Builder::new(0, input, S8);
    let shape = Shape { channels: output[0], height: output[1], width: output[2] };
    builder.layer(op, vec![TensorId(0); inputs], shape, act);
    builder.finish()
}

fn matrix(schemes: &[&str], columns: usize, levels: &[i32], requant: &[Requant]) -> RowMatrix {
    let schemes = schemes.iter().map(|text| text.parse().expect("scheme")).collect();
    RowMatrix { columns, schemes, levels: levels.to_vec(), requant: requant.to_vec(), negative: None }
}

fn result(network: &Network, image: &[i32]) -> Vec<i32> {
    agrees(network, image);
    golden::run_batch(network, &[image]).expect("a good image").remove(0)
}

#[test]
fn dense_by_hand() {
    let rows = matrix(
        &["sp2(4;2,1)", "fixed(4)"],
        3,
        &[8, -5, 0, 7, 1, -7],
        &[Requant { mul: 3, add: 4, shift: 3 }, Requant { mul: 1, add: 0, shift: 1 }],
    );
    let network = single([3, 1, 1], Op::Conv(Conv { window: UNIT, groups: 1, matrix: rows }), 1, [2, 1, 1], S8);
    // Row 0: 80 - 15 = 65, (195 + 4) >> 3 = 24. Row 1: 70 + 3 - 140 = -67, -67 >> 1 = -34 (rounds down).
    assert_eq!(result(&network, &[10, 3, 20]), [24, -34]);
}

#[test]
fn padded_strided_convolution_by_hand() {
    let window = Window { kernel: [2, 2], stride: [2, 1], padding: Padding { top: 1, left: 0, bottom: 0, right: 1 } };
    let rows = matrix(&["fixed(4)"], 4, &[1, 2, 3, 4], &[Requant::IDENTITY]);
    let network = single([1, 3, 2], Op::Conv(Conv { window, groups: 1, matrix: rows }), 1, [1, 2, 2], S8);
    // Image 1 2 / 3 4 / 5 6 with a row of zeros above and a column of zeros to the right.
    // (0,0): 3*1 + 4*2 = 11; (0,1): 3*2 = 6; (1,0): 1*3 + 2*4 + 3*5 + 4*6 = 50; (1,1): 4 + 18 = 22.
    assert_eq!(result(&network, &[1, 2, 3, 4, 5, 6]), [11, 6, 50, 22]);
}

#[test]
fn pools_by_hand() {
    let window = Window { kernel: [2, 2], stride: [1, 1], padding: Padding { top: 1, left: 1, bottom: 0, right: 0 } };
    // -5 -6 / -7 -8: zeros of the padding would win if they counted.
    let largest = single([1, 2, 2], Op::MaxPool(window), 1, [1, 2, 2], S8);
    assert_eq!(result(&largest, &[-5, -6, -7, -8]), [-5, -5, -5, -5]);
    let requant = Requant { mul: 1, add: 2, shift: 2 };
    let mean = single([1, 2, 2], Op::AvgPool(window, Average::Window(requant)), 1, [1, 2, 2], S8);
    // Sums -5 -11 / -12 -26: (-3 -9 / -10 -24) >> 2.
    assert_eq!(result(&mean, &[-5, -6, -7, -8]), [-1, -3, -3, -6]);
}

#[test]
fn add_and_clamp_by_hand() {
    let requant = [Requant { mul: 3, add: 1, shift: 1 }, Requant { mul: 1, add: 0, shift: 2 }];
    let sum = single([4, 1, 1], Op::Add(requant), 2, [4, 1, 1], S8);
    // (3a + 1) >> 1 plus a >> 2, each rounded down by itself.
    assert_eq!(result(&sum, &[5, -5, 100, -127]), [9, -9, 127, -127]);
    let relu6 = single([4, 1, 1], Op::Clamp, 1, [4, 1, 1], ActType { hi: 6, ..U8 });
    assert_eq!(result(&relu6, &[5, -5, 100, 0]), [5, 0, 6, 0]);
}

#[test]
fn flatten_keeps_channel_row_column() {
    let network = single([2, 1, 2], Op::Flatten, 1, [4, 1, 1], S8);
    assert_eq!(result(&network, &[1, 2, 3, 4]), [1, 2, 3, 4]);
}

#[test]
fn groups_by_hand() {
    let rows = matrix(&["fixed(4)"; 4], 1, &[1, 2, 3, -4], &[Requant::IDENTITY; 4]);
    let conv = Op::Conv(Conv { window: UNIT, groups: 2, matrix: rows });
    let network = single([2, 1, 1], conv, 1, [4, 1, 1], S8);
    // Two rows read the first channel, two the second.
    assert_eq!(result(&network, &[10, 5]), [10, 20, 15, -20]);
    assert_eq!(network.macs(), 4);
}

#[test]
fn concat_by_hand() {
    let half = Requant { mul: 1, add: 1, shift: 1 };
    let network = single([2, 1, 2], Op::Concat(vec![Requant::IDENTITY, half]), 2, [4, 1, 2], S8);
    // Rounded half up: -3 / 2 is -1.
    assert_eq!(result(&network, &[1, 2, -3, 100]), [1, 2, -3, 100, 1, 1, -1, 50]);
}

#[test]
fn leaky_relu_by_hand() {
    let requants = [Requant { mul: 2, add: 0, shift: 0 }, Requant { mul: 1, add: 0, shift: 3 }];
    let network = single([5, 1, 1], Op::LeakyRelu(requants), 1, [5, 1, 1], S8);
    assert_eq!(result(&network, &[0, 30, 100, -1, -80]), [0, 60, 127, -1, -10]);
}

#[test]
fn upsample_by_hand() {
    let network = single([1, 2, 2], Op::Upsample([2, 3]), 1, [1, 4, 6], S8);
    let (top, bottom) = ([1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4]);
    assert_eq!(result(&network, &[1, 2, 3, 4]), [top, top, bottom, bottom].concat());
}

#[test]
fn half_even_by_hand() {
    let half = Requant { mul: 1, add: 1, shift: 1 };
    let rounded = |op: Op, inputs: usize, image: &[i32]| {
        let mut network = single([image.len(), 1, 1], op, inputs, [image.len(), 1, 1], S8);
        network.layers[0].rounding = Rounding::HalfEven;
        result(&network, image)
    };
    let halves = [-5, -4, -3, -1, 1, 3, 4, 5];
    // -2.5 -2 -1.5 -0.5 0.5 1.5 2 2.5 to even.
    let even = [-2, -2, -2, 0, 0, 2, 2, 2];
    assert_eq!(rounded(Op::LeakyRelu([half, half]), 1, &halves), even);
    let pixel = Op::AvgPool(UNIT, Average::Window(half));
    assert_eq!(rounded(pixel, 1, &halves), even);
    // A row that rounds down doubles its constants and adds one: nothing that it discards is a half.
    let floor = Requant { mul: 2, add: 1, shift: 2 };
    assert_eq!(rounded(Op::LeakyRelu([floor, floor]), 1, &halves), [-3, -2, -2, -1, 0, 1, 2, 2]);
    // Shift 0 discards nothing.
    let exact = Requant { mul: 1, add: 0, shift: 0 };
    assert_eq!(rounded(Op::LeakyRelu([exact, exact]), 1, &halves), halves);
    // (a + a + 2) >> 2 is half up of a / 2; the operands themselves round down.
    let mut sum = single([8, 1, 1], Op::Add([Requant { add: 2, ..exact }, exact]), 2, [8, 1, 1], S8);
    (sum.layers[0].shift, sum.layers[0].rounding) = (2, Rounding::HalfEven);
    assert_eq!(result(&sum, &halves), even);
    let down = Requant { mul: 1, add: 0, shift: 1 };
    assert_eq!(rounded(Op::Add([down, down]), 2, &[-3, 3]), [-4, 2]);
}

#[test]
fn half_odd_by_hand() {
    let half = Requant { mul: 1, add: 1, shift: 1 };
    let mut network = single([8, 1, 1], Op::LeakyRelu([half, half]), 1, [8, 1, 1], S8);
    network.layers[0].rounding = Rounding::HalfOdd;
    // -2.5 -2 -1.5 -0.5 0.5 1.5 2 2.5 to odd.
    assert_eq!(result(&network, &[-5, -4, -3, -1, 1, 3, 4, 5]), [-3, -2, -1, -1, 1, 1, 2, 3]);
}

#[test]
fn common_shift_by_hand() {
    let requant = [Requant { mul: 3, add: 2, shift: 0 }, Requant { mul: 5, add: 0, shift: 0 }];
    let mut network = single([3, 1, 1], Op::Add(requant), 2, [3, 1, 1], S8);
    network.layers[0].shift = 2;
    // (8a + 2) >> 2: an operand alone would lose its last bits.
    assert_eq!(result(&network, &[1, 3, -3]), [2, 6, -6]);
}

#[test]
fn zero_points_pad_by_hand() {
    let window =
        Window { kernel: [1, 3], stride: [1, 1], padding: Padding { left: 1, right: 1, ..Padding::default() } };
    let rows = matrix(&["fixed(4)"], 3, &[1, 2, 3], &[Requant::IDENTITY]);
    let mut network = single([1, 1, 2], Op::Conv(Conv { window, groups: 1, matrix: rows }), 1, [1, 1, 2], S8);
    network.tensors[0].zero_point = -7;
    // -7 1 2 | 1 2 -7
    assert_eq!(result(&network, &[1, 2]), [-7 + 2 + 6, 1 + 4 - 21]);
    let average = Average::Window(Requant::IDENTITY);
    let mut network = single([1, 1, 2], Op::AvgPool(window, average), 1, [1, 1, 2], S8);
    network.tensors[0].zero_point = -7;
    assert_eq!(result(&network, &[1, 2]), [-4, -4]);
    let bend = Op::LeakyRelu([Requant::IDENTITY, Requant { mul: 2, add: 0, shift: 0 }]);
    let mut network = single([3, 1, 1], bend, 1, [3, 1, 1], S8);
    network.tensors[0].zero_point = -7;
    assert_eq!(result(&network, &[-8, -7, 3]), [-16, -7, 3]);
}

#[test]
fn averages_of_image_pixels_by_hand() {
    let window =
        Window { kernel: [1, 3], stride: [1, 1], padding: Padding { left: 1, right: 1, ..Padding::default() } };
    let times = |mul| Requant { mul, add: 0, shift: 0 };
    let average = Average::Image(vec![times(6), times(3), times(2)]);
    let mut network = single([1, 1, 3], Op::AvgPool(window, average), 1, [1, 1, 3], S8);
    // The padding is neither counted nor added.
    network.tensors[0].zero_point = 100;
    assert_eq!(result(&network, &[1, 2, 4]), [9, 14, 18]);
}

#[test]
fn leaky_rows_by_hand() {
    let own = Requant { mul: 2, add: 5, shift: 1 };
    let mut rows = matrix(&["fixed(2)"; 3], 1, &[1, 1, -1], &[own; 3]);
    let tenth = Requant { mul: 1, add: 0, shift: 3 };
    // 2a + 5 is negative up to a = -3.
    let by_sign = Negative::by_sign(own, tenth);
    assert_eq!(by_sign.below, -2);
    rows.negative = Some(vec![by_sign, Negative { below: 40, requant: tenth }, by_sign]);
    let network = single([1, 1, 1], Op::Conv(Conv { window: UNIT, groups: 1, matrix: rows }), 1, [3, 1, 1], S8);
    assert_eq!(result(&network, &[-2]), [0, -1, 4]);
    assert_eq!(result(&network, &[-3]), [-1, -1, 5]);
    assert_eq!(result(&network, &[40]), [42, 42, -5]);
    let always = Negative::by_sign(Requant { mul: 0, add: -1, shift: 0 }, tenth);
    let never = Negative::by_sign(Requant { mul: 0, add: 0, shift: 0 }, tenth);
    assert_eq!((always.below, never.below), (i64::MAX, i64::MIN));
}

#[test]
fn results_of_32_bits_by_hand() {
    let rows =
        matrix(&["fixed(16)"; 2], 2, &[32767, 32767, -32767, -32767], &[Requant { mul: 300, add: 0, shift: 0 }; 2]);
    let act = ActType { bits: 32, signed: true, lo: i32::MIN, hi: i32::MAX };
    let network = single([2, 1, 1], Op::Conv(Conv { window: UNIT, groups: 1, matrix: rows }), 1, [2, 1, 1], act);
    assert_eq!(result(&network, &[1, 2]), [29_490_300, -29_490_300]);
    assert_eq!(result(&network, &[127, 127]), [i32::MAX, i32::MIN]);
}

#[test]
fn constants_beyond_64_bits_stay_exact() {
    let huge = Requant { mul: u32::MAX.into(), add: -(1 << 62), shift: 63 };
    let rows = matrix(&["ausn(9;4)", "fixed(16)"], 2, &[31 << 15, 31 << 15, 32767, -32767], &[huge, huge]);
    let network = single([2, 1, 1], Op::Conv(Conv { window: UNIT, groups: 1, matrix: rows }), 1, [2, 1, 1], S8);
    result(&network, &[127, 127]);
    result(&network, &[-127, 127]);
    let add = Requant { mul: u32::MAX.into(), add: i64::MAX, shift: 60 };
    result(&single([2, 1, 1], Op::Add([add, add]), 2, [2, 1, 1], S8), &[127, -127]);
    result(&single([2, 1, 1], Op::LeakyRelu([add, add]), 1, [2, 1, 1], S8), &[127, -127]);
    result(&single([2, 1, 1], Op::Concat(vec![add, huge]), 2, [4, 1, 1], S8), &[127, -127]);
    let window = Window { kernel: [2, 1], stride: [1, 1], padding: Padding::default() };
    result(&single([1, 2, 1], Op::AvgPool(window, Average::Window(add)), 1, [1, 1, 1], S8), &[127, 127]);
}

#[test]
fn images_that_do_not_fit_are_refused() {
    let network = single([2, 1, 1], Op::Clamp, 1, [2, 1, 1], S8);
    let short = golden::run(&network, &[1]);
    assert!(matches!(short, Err(GoldenError::Length { found: 1, expected: 2, .. })), "{short:?}");
    let low = golden::run_batch(&network, &[vec![1, 2], vec![1, -128]]);
    let expected = GoldenError::Value { image: 1, index: 1, value: -128, lo: -127, hi: 127 };
    assert_eq!(low, Err(expected));
}
