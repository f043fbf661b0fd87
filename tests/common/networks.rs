//! Networks of all operators, random by seed.

use super::extend::{Extended, Extender};
use rowsmith::ir::{
    ActType, Average, Conv, Host, HostFunction, InputRounding, Layer, LayerId, Layout, Network, Op, OutputSteps,
    Padding, Requant, Rounding, RowMatrix, Shape, Tensor, TensorId, Window,
};
use rowsmith::num::Scheme;

/// A small generator of reproducible numbers (splitmix64).
pub struct Random(pub u64);

impl Random {
    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of the closed range.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + (self.bits() % (high - low + 1) as u64) as i64
    }

    /// A size of the closed range.
    pub fn size(&mut self, low: usize, high: usize) -> usize {
        self.within(low as i64, high as i64) as usize
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.size(0, items.len() - 1)]
    }
}

/// Schemes that the seeded networks mix.
const SCHEMES: [&str; 10] = [
    "fixed(2)",
    "fixed(4)",
    "fixed(8)",
    "pot(4)",
    "pot(5)",
    "sp2(4;2,1)",
    "sp2(6;3,2)",
    "ausn(4;0)",
    "ausn(4;1)",
    "ausn(6;2)",
];

/// A network under construction.
pub struct Builder {
    pub random: Random,
    pub network: Network,
    /// Extends every layer, where there is one.
    pub extender: Option<Extender>,
}

impl Builder {
    /// Starts with the input tensor.
    pub fn new(seed: u64, shape: [usize; 3], act: ActType) -> Self {
        let shape = Shape { channels: shape[0], height: shape[1], width: shape[2] };
        let scale = Some(0.125);
        let input = Tensor { name: "image".to_owned(), shape, act, scale, offset: 0.0, zero_point: 0, producer: None };
        let network = Network {
            name: format!("net{seed}"),
            digest: String::new(),
            tensors: vec![input],
            layers: Vec::new(),
            input: TensorId(0),
            output: TensorId(0),
            host: Host::default(),
            images: 1,
        };
        Self { random: Random(seed), network, extender: None }
    }

    /// The tensor that the next layer reads.
    pub fn last(&self) -> &Tensor {
        self.network.tensor(self.network.output)
    }

    /// The finished network.
    pub fn finish(self) -> Network {
        self.network
    }

    /// Appends any operator.
    pub fn layer(&mut self, mut op: Op, inputs: Vec<TensorId>, shape: Shape, act: ActType) {
        let index = self.network.layers.len();
        let name = format!("l{index}");
        let keeps = matches!(op, Op::Flatten | Op::MaxPool(_) | Op::Upsample(_));
        let source = self.network.tensor(inputs[0]);
        let (scale, offset) = if keeps { (source.scale, source.offset) } else { (None, 0.0) };
        let zero_point = if keeps { source.zero_point } else { 0 };
        let plain = Extended { act, zero_point, rounding: Rounding::Floor, shift: 0 };
        let Extended { act, zero_point, rounding, shift } = match &mut self.extender {
            Some(extender) if !keeps => extender.extend(&mut op, act),
            _ => plain,
        };
        let (output, producer) = (TensorId(self.network.tensors.len()), Some(LayerId(index)));
        self.network.tensors.push(Tensor { name: name.clone(), shape, act, scale, offset, zero_point, producer });
        self.network.layers.push(Layer { name, op, rounding, shift, inputs, output });
        self.network.output = output;
    }

    /// A random activation type.
    pub fn act(&mut self) -> ActType {
        let bits = self.random.within(2, 8) as u32;
        if self.random.bits() & 1 == 0 {
            let hi = (1 << bits) - 1;
            return ActType { bits, signed: false, lo: 0, hi: hi - self.random.within(0, 1) as i32 };
        }
        let hi = (1 << (bits - 1)) - 1;
        ActType { bits, signed: true, lo: -hi - self.random.within(0, 1) as i32, hi }
    }

    /// Constants that bring sums of about `peak` to about 8 bits.
    pub fn requant(&mut self, peak: i64) -> Requant {
        let mul = self.random.within(0, 200) as u64;
        let shift = (64 - (peak.unsigned_abs() * 100).leading_zeros()).saturating_sub(6).min(40);
        Requant { mul, add: self.random.within(-1 << shift, 2 << shift), shift }
    }

    /// A convolution of the last tensor with random rows.
    pub fn conv(&mut self, rows: usize, window: Window, act: ActType) {
        self.grouped_conv(1, rows, window, act);
    }

    /// A convolution in groups.
    pub fn grouped_conv(&mut self, groups: usize, rows: usize, window: Window, act: ActType) {
        let source = self.network.output;
        let shape = self.last().shape;
        let columns = shape.channels / groups * window.kernel[0] * window.kernel[1];
        let schemes: Vec<Scheme> = (0..rows).map(|_| self.random.pick(&SCHEMES).parse().expect("scheme")).collect();
        let mut matrix = RowMatrix { columns, schemes, levels: Vec::new(), requant: Vec::new(), negative: None };
        for scheme in matrix.schemes.clone() {
            let grid = scheme.magnitudes();
            for _ in 0..columns {
                let magnitude = *self.random.pick(grid);
                matrix.levels.push(if self.random.bits() & 1 == 0 { magnitude } else { -magnitude });
            }
            let peak = i64::from(scheme.max_magnitude()) * columns as i64;
            matrix.requant.push(self.requant(peak));
        }
        let result = slide(shape, &window, rows);
        self.layer(Op::Conv(Conv { window, groups, matrix }), vec![source], result, act);
    }

    /// A random window that fits the last tensor.
    pub fn window(&mut self) -> Window {
        let shape = self.last().shape;
        let kernel = [self.random.size(1, shape.height.min(3)), self.random.size(1, shape.width.min(3))];
        let stride = [self.random.size(1, 2), self.random.size(1, 2)];
        let padding = Padding {
            top: self.random.size(0, kernel[0] - 1),
            left: self.random.size(0, kernel[1] - 1),
            bottom: self.random.size(0, kernel[0] - 1),
            right: self.random.size(0, kernel[1] - 1),
        };
        Window { kernel, stride, padding }
    }

    /// Appends one random layer.
    pub fn step(&mut self) {
        let (source, shape, act) = (self.network.output, self.last().shape, self.last().act);
        let stated = self.act();
        match self.random.within(0, 11) {
            0 | 1 => {
                let (rows, window) = (self.random.size(1, 8), self.window());
                self.conv(rows, window, stated);
            }
            2 => {
                let window = self.window();
                self.layer(Op::MaxPool(window), vec![source], slide(shape, &window, shape.channels), act);
            }
            3 => {
                let (window, requant) = (self.window(), self.requant(255));
                let result = slide(shape, &window, shape.channels);
                self.layer(Op::AvgPool(window, Average::Window(requant)), vec![source], result, stated);
            }
            4 => self.layer(Op::Clamp, vec![source], shape, stated),
            5 => {
                let twins: Vec<usize> =
                    (0..self.network.tensors.len()).filter(|&i| self.network.tensors[i].shape == shape).collect();
                let other = TensorId(*self.random.pick(&twins));
                let requants = [self.requant(255), self.requant(255)];
                self.layer(Op::Add(requants), vec![source, other], shape, stated);
            }
            6 => {
                let whole = [shape.height, shape.width];
                let window = Window { kernel: whole, stride: whole, padding: Padding::default() };
                let average = Average::Window(self.requant(255));
                self.layer(Op::AvgPool(window, average), vec![source], slide(shape, &window, shape.channels), stated);
            }
            7 => {
                let counts: Vec<usize> = (1..=shape.channels).filter(|&n| shape.channels.is_multiple_of(n)).collect();
                let groups = *self.random.pick(&counts);
                let (rows, window) = (groups * self.random.size(1, 3), self.window());
                self.grouped_conv(groups, rows, window, stated);
            }
            8 => self.concat(stated),
            9 => {
                let requant = [self.requant(255), self.requant(255)];
                self.layer(Op::LeakyRelu(requant), vec![source], shape, stated);
            }
            10 => {
                let factor = [self.random.size(1, 3), self.random.size(1, 2)];
                let result = Shape { height: shape.height * factor[0], width: shape.width * factor[1], ..shape };
                self.layer(Op::Upsample(factor), vec![source], result, act);
            }
            _ => {
                self.layer(Op::Flatten, vec![source], Shape { channels: shape.len(), height: 1, width: 1 }, act);
                let rows = self.random.size(1, 6);
                let window = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
                self.conv(rows, window, stated);
            }
        }
    }
}

impl Builder {
    /// The last tensor with others of its extent, or itself, behind it.
    fn concat(&mut self, act: ActType) {
        let source = self.network.output;
        let Shape { height, width, .. } = self.last().shape;
        let beside = |id: &TensorId| {
            let shape = self.network.tensor(*id).shape;
            (shape.height, shape.width) == (height, width)
        };
        let others: Vec<TensorId> = (0..self.network.tensors.len()).map(TensorId).filter(beside).collect();
        let mut inputs = vec![source];
        for _ in 0..self.random.size(1, 3) {
            inputs.push(*self.random.pick(&others));
        }
        let requants = inputs.iter().map(|_| self.requant(255)).collect();
        let channels = inputs.iter().map(|id| self.network.tensor(*id).shape.channels).sum();
        self.layer(Op::Concat(requants), inputs, Shape { channels, height, width }, act);
    }
}

/// Shape after a window.
pub fn slide(shape: Shape, window: &Window, channels: usize) -> Shape {
    let Padding { top, left, bottom, right } = window.padding;
    Shape {
        channels,
        height: (shape.height + top + bottom - window.kernel[0]) / window.stride[0] + 1,
        width: (shape.width + left + right - window.kernel[1]) / window.stride[1] + 1,
    }
}

/// A network of a few random layers.
pub fn network(seed: u64) -> Network {
    let mut random = Random(!seed);
    let shape = [random.size(1, 4), random.size(1, 9), random.size(1, 9)];
    let act = Builder::new(seed, shape, ActType { bits: 2, signed: false, lo: 0, hi: 3 }).act();
    let mut builder = Builder::new(seed, shape, act);
    let mut extender = Extender(Random(random.bits()));
    let input = &mut builder.network.tensors[0];
    input.zero_point = extender.zero_point(act);
    // A zero point that is not stated leaves the offset free.
    input.offset = match input.zero_point {
        0 => random.within(-4, 4) as f64 / 3.0,
        zero_point => -0.125 * f64::from(zero_point),
    };
    builder.extender = Some(extender);
    builder.network.host = host(&mut random, shape);
    for _ in 0..random.size(1, 6) {
        builder.step();
    }
    builder.finish()
}

fn host(random: &mut Random, shape: [usize; 3]) -> Host {
    let input = Layout {
        shape: Some(vec![shape[1], shape[2], shape[0]]),
        split: vec![shape[1] * shape[2], shape[0]],
        axes: vec![1, 0],
    };
    let each = |random: &mut Random, divisor: f64| {
        let channels = *random.pick(&[1, shape[0]]);
        (0..channels).map(|_| random.within(-3, 3) as f64 / divisor).collect()
    };
    let function = *random.pick(&[None, Some(HostFunction::Softmax), Some(HostFunction::Sigmoid)]);
    let steps = function.filter(|_| random.within(0, 1) == 0).map(|_| {
        let least = random.within(-4, 4);
        OutputSteps { scale: 1.0 / 256.0, clamp: [least, least + random.within(0, 255)] }
    });
    Host {
        input_name: random.pick(&[None, Some("Input:0".to_owned())]).clone(),
        output_name: random.pick(&[None, Some("Identity:0".to_owned())]).clone(),
        input_rounding: *random.pick(&[InputRounding::HalfEven, InputRounding::HalfUp, InputRounding::Floor]),
        input_mul: each(random, 255.0),
        input_add: each(random, 7.0),
        input: if random.within(0, 1) == 0 { input } else { Layout::default() },
        output: Layout::default(),
        function,
        steps,
    }
}

/// A random image of the network's input type.
pub fn image(network: &Network, seed: u64) -> Vec<i32> {
    let (mut random, input) = (Random(seed), network.tensor(network.input));
    (0..input.shape.len()).map(|_| random.within(input.act.lo.into(), input.act.hi.into()) as i32).collect()
}
