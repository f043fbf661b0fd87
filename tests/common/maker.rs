//! Grows a random network, operator by operator.

use std::collections::BTreeSet;

use super::networks::{Builder, Random, slide};
use rowsmith::ir::{ActType, Average, Conv, Op, Padding, Requant, RowMatrix, Shape, TensorId, Window};
use rowsmith::num::Scheme;

/// A network under construction; for each tensor the schemes its channels are tied to (`None` above all rows).
pub struct Maker {
    pub builder: Builder,
    pub schemes: Vec<Scheme>,
    pub features: BTreeSet<&'static str>,
    pub tied: Vec<Option<Vec<Scheme>>>,
    /// Residual blocks read a requantized copy of what they add.
    pub narrows: bool,
}

impl Maker {
    fn random(&mut self) -> &mut Random {
        &mut self.builder.random
    }

    fn chance(&mut self, percent: i64) -> bool {
        self.random().within(0, 99) < percent
    }

    fn last(&self) -> TensorId {
        TensorId(self.tied.len() - 1)
    }

    fn shape_of(&self, id: TensorId) -> Shape {
        self.builder.network.tensor(id).shape
    }

    fn act_of(&self, id: TensorId) -> ActType {
        self.builder.network.tensor(id).act
    }

    fn push(
        &mut self,
        op: Op,
        inputs: Vec<TensorId>,
        shape: Shape,
        act: ActType,
        tied: Option<Vec<Scheme>>,
    ) -> TensorId {
        self.builder.layer(op, inputs, shape, act);
        self.tied.push(tied);
        self.last()
    }

    /// The whole network.
    pub fn grow(&mut self) {
        if self.shape_of(TensorId(0)).pixels() == 1 {
            for _ in 0..self.random().size(1, 4) {
                self.vector();
            }
            return;
        }
        if self.chance(15) {
            self.prologue();
        }
        for _ in 0..self.random().size(1, 4) {
            self.image();
        }
        match self.random().within(0, 4) {
            0 => {}
            1 => {
                self.global_pool();
                self.conv_unit(self.last());
            }
            2 | 3 => {
                let flat = self.flatten();
                if self.chance(30) {
                    self.elementwise(flat);
                }
                self.conv_unit(self.last());
                if self.chance(50) {
                    self.vector();
                }
            }
            _ => self.elementwise(self.last()),
        }
    }

    /// Layers without weights over the input.
    fn prologue(&mut self) {
        if self.chance(50) {
            self.pool(self.last());
        } else {
            self.clamp(self.last());
        }
        if self.chance(40) {
            let strides = [self.random().size(1, 3), self.random().size(1, 3)];
            let same = self.same(strides);
            let (a, b) = (self.conv(TensorId(0), same, None), self.conv(TensorId(0), same, None));
            let _ = (a, b);
        }
    }

    fn image(&mut self) {
        let source = self.last();
        match self.random().within(0, 9) {
            0..=2 => {
                let window = self.window(source);
                self.conv(source, window, None);
            }
            3 => self.pool(source),
            4 => self.clamp(source),
            5 | 6 => self.residual_block(source),
            7 => self.two_strides(source),
            8 => self.downsample(source),
            _ => self.elementwise(source),
        }
    }

    fn vector(&mut self) {
        let source = self.last();
        self.conv_unit(source);
        match self.random().within(0, 4) {
            0 => self.clamp(self.last()),
            1 => self.residual_block(self.last()),
            2 => self.pool(self.last()),
            _ => {}
        }
    }

    fn conv_unit(&mut self, source: TensorId) {
        self.conv(source, UNIT, None);
    }

    /// A conv of random rows, or of rows tied to given schemes.
    fn conv(&mut self, source: TensorId, window: Window, tied: Option<Vec<Scheme>>) -> TensorId {
        let shape = self.shape_of(source);
        let rows = tied.as_ref().map_or_else(|| self.random().size(1, 9), Vec::len);
        let schemes = tied.unwrap_or_else(|| {
            let pool = self.schemes.clone();
            (0..rows).map(|_| *self.random().pick(&pool)).collect()
        });
        let act = if self.chance(15) { ActType { bits: 8, signed: false, lo: 0, hi: 255 } } else { self.builder.act() };
        let columns = shape.channels * window.kernel[0] * window.kernel[1];
        let mut matrix =
            RowMatrix { columns, schemes: schemes.clone(), levels: Vec::new(), requant: Vec::new(), negative: None };
        let peak = self.act_of(source);
        let peak = i64::from(peak.lo.abs().max(peak.hi.abs()));
        for scheme in &schemes {
            let grid = scheme.magnitudes();
            for _ in 0..columns {
                let magnitude = *self.random().pick(grid);
                matrix.levels.push(if self.chance(50) { magnitude } else { -magnitude });
            }
            let typical = i64::from(scheme.max_magnitude()) * peak * ((columns as f64).sqrt() as i64 + 1) / 4;
            let requant = self.requant(typical, act);
            matrix.requant.push(requant);
        }
        let result = slide(shape, &window, rows);
        self.push(Op::Conv(Conv { window, groups: 1, matrix }), vec![source], result, act, Some(schemes))
    }

    /// Constants that bring values of about `typical` into the range of `act`.
    fn requant(&mut self, typical: i64, act: ActType) -> Requant {
        let bits = self.random().within(1, 8);
        let mul = self.random().within(1 << (bits - 1), (1 << bits) - 1);
        match self.random().within(0, 19) {
            0 => {
                let shift = self.random().within(0, 20) as u32;
                return Requant { mul: 0, add: self.random().within(-4 << shift, 300 << shift), shift };
            }
            1 => return Requant { mul: mul as u64, add: self.random().within(-typical, typical), shift: 0 },
            _ => {}
        }
        let ratio = (2 * typical.max(1) * mul / i64::from(act.hi.max(1))).max(1);
        let shift = 63 - ratio.leading_zeros();
        Requant {
            mul: mul as u64,
            add: self.random().within(-4 << shift, 1 + ((i64::from(act.hi) / 2) << shift)),
            shift,
        }
    }

    fn window(&mut self, source: TensorId) -> Window {
        let shape = self.shape_of(source);
        let axis = |maker: &mut Self, extent: usize| {
            let kernel = *maker.random().pick(&[1, 2, 3, 3, 4, 5]);
            let pads = [maker.random().size(0, kernel - 1), maker.random().size(0, kernel - 1)];
            let pads = if maker.chance(40) { [0, 0] } else { pads };
            if extent + pads[0] + pads[1] < kernel { (1, [0, 0]) } else { (kernel, pads) }
        };
        let (height, vertical) = axis(self, shape.height);
        let (width, horizontal) = axis(self, shape.width);
        let stride = if self.chance(40) { [1, 1] } else { [self.random().size(1, 3), self.random().size(1, 3)] };
        let padding = Padding { top: vertical[0], bottom: vertical[1], left: horizontal[0], right: horizontal[1] };
        Window { kernel: [height, width], stride, padding }
    }

    /// A window whose result has ceil(extent / stride) pixels.
    fn same(&mut self, stride: [usize; 2]) -> Window {
        let kernel = [*self.random().pick(&[1, 3, 5]), *self.random().pick(&[1, 3])];
        let [v, h] = kernel.map(|k: usize| k / 2);
        Window { kernel, stride, padding: Padding { top: v, left: h, bottom: v, right: h } }
    }

    fn pool(&mut self, source: TensorId) {
        let (window, shape) = (self.window(source), self.shape_of(source));
        let result = slide(shape, &window, shape.channels);
        self.pool_with(source, window, result);
    }

    fn pool_with(&mut self, source: TensorId, window: Window, result: Shape) -> TensorId {
        let (act, tied) = (self.act_of(source), self.tied[source.0].clone());
        if self.chance(50) {
            return self.push(Op::MaxPool(window), vec![source], result, act, tied);
        }
        let (stated, count) = (self.builder.act(), window.kernel[0] * window.kernel[1]);
        let requant = self.requant(i64::from(act.hi) * count as i64 / 2, stated);
        self.push(Op::AvgPool(window, Average::Window(requant)), vec![source], result, stated, tied)
    }

    fn global_pool(&mut self) {
        let source = self.last();
        let shape = self.shape_of(source);
        let whole = [shape.height, shape.width];
        let window = Window { kernel: whole, stride: whole, padding: Padding::default() };
        self.pool_with(source, window, slide(shape, &window, shape.channels));
        self.features.insert("global pool");
    }

    fn clamp(&mut self, source: TensorId) {
        let (shape, mut act, tied) = (self.shape_of(source), self.builder.act(), self.tied[source.0].clone());
        if self.chance(40) {
            act = ActType { lo: 0, ..self.act_of(source) };
        }
        self.push(Op::Clamp, vec![source], shape, act, tied);
    }

    fn flatten(&mut self) -> TensorId {
        let source = self.last();
        let (shape, act) = (self.shape_of(source), self.act_of(source));
        self.push(Op::Flatten, vec![source], Shape { channels: shape.len(), height: 1, width: 1 }, act, None)
    }

    /// A clamp, an add of a tensor to itself, or a pool of one pixel.
    fn elementwise(&mut self, source: TensorId) {
        if self.chance(60) || self.tied[source.0].is_none() {
            self.clamp(source);
        } else {
            self.add(source, source, false);
        }
    }

    fn add(&mut self, a: TensorId, b: TensorId, identity: bool) -> TensorId {
        let (shape, act) = (self.shape_of(a), self.builder.act());
        let tied = self.tied[a.0].clone().or_else(|| self.tied[b.0].clone());
        let mut requants = [a, b].map(|id| self.requant(i64::from(self.act_of(id).hi), act));
        if identity {
            requants[0] = Requant::IDENTITY;
        }
        if self.chance(30) {
            requants[1] = Requant::IDENTITY;
        }
        let (mut inputs, flip) = (vec![a, b], self.chance(50));
        if flip {
            inputs.reverse();
            requants.reverse();
        }
        self.push(Op::Add(requants), inputs, shape, act, tied)
    }

    /// `x + f(x)`, where x is a convolution's result.
    fn residual_block(&mut self, mut source: TensorId) {
        if self.tied[source.0].is_none() {
            let window = self.same([1, 1]);
            source = self.conv(source, window, None);
        }
        let schemes = self.tied[source.0].clone();
        for _ in 0..self.random().size(1, 2) {
            let mut branch = if self.narrows { self.narrowed(source) } else { source };
            if self.chance(50) {
                let window = self.same([1, 1]);
                branch = self.conv(branch, window, None);
            }
            let window = self.same([1, 1]);
            branch = self.conv(branch, window, schemes.clone());
            let mut shortcut = source;
            if self.chance(30) {
                let window = self.same([1, 1]);
                shortcut = self.conv(source, window, schemes.clone());
                self.features.insert("add of two convolutions");
            }
            let identity = self.chance(70);
            source = self.add(branch, shortcut, identity);
            if self.chance(40) {
                self.clamp(source);
                source = self.last();
            }
        }
    }

    /// What convolutions read of a tensor that is also added.
    fn narrowed(&mut self, source: TensorId) -> TensorId {
        if self.chance(30) {
            self.clamp(source);
            return self.last();
        }
        let (shape, act, tied) = (self.shape_of(source), self.builder.act(), self.tied[source.0].clone());
        let requant = self.builder.requant(i64::from(self.act_of(source).hi));
        self.push(Op::AvgPool(UNIT, Average::Window(requant)), vec![source], shape, act, tied)
    }

    /// One tensor read at stride 1 and at another stride; the results meet.
    fn two_strides(&mut self, source: TensorId) {
        let strides = [self.random().size(1, 3), self.random().size(2, 3)];
        let (slow, fast) = (self.same([1, 1]), self.same(strides));
        let wide = self.conv(source, slow, None);
        let schemes = self.tied[wide.0].clone();
        let direct = self.conv(source, fast, schemes);
        let window = self.same(strides);
        let pooled = self.pool_with(wide, window, self.shape_of(direct));
        let identity = self.chance(50);
        self.add(direct, pooled, identity);
        self.features.insert("two readers, two strides");
    }

    /// Two convolutions of the same stride, added.
    fn downsample(&mut self, source: TensorId) {
        let strides = [self.random().size(1, 2), self.random().size(1, 3)];
        let (first, second) = (self.same(strides), self.same(strides));
        let a = self.conv(source, first, None);
        let schemes = self.tied[a.0].clone();
        let b = self.conv(source, second, schemes);
        let identity = self.chance(60);
        self.add(a, b, identity);
        self.features.insert("add of two convolutions");
    }
}

const UNIT: Window =
    Window { kernel: [1, 1], stride: [1, 1], padding: Padding { top: 0, left: 0, bottom: 0, right: 0 } };
