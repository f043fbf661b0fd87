//! Small networks whose image can come in by strips.

use std::collections::BTreeSet;

use rowsmith::ir::{ActType, Op, Padding, Shape, Window};
use rowsmith::plan::{ArraySpec, CoreShape};
use rowsmith::target::Target;

use super::{Builder, Random, Subject};

/// A target without block RAM: images come in by strips.
pub fn without_block_ram(name: &str) -> Target {
    let mut target = Target::find(name).expect("a target");
    target.block_ram.blocks = 0;
    target
}

/// A convolution of any kernel, stride and padding over an image, with as many groups as may be, half of them with maxima behind; then another.
pub fn strips(index: u64) -> Subject {
    let mut random = Random(300 + index);
    let digits = index % 3 == 2;
    let pixels = if digits { 8 } else { 4 };
    let image = ActType { bits: pixels, signed: false, lo: 0, hi: (1 << pixels) - 1 };
    let act = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let channels = random.size(1, 3);
    let mut builder = Builder::new(index, [channels, random.size(9, 20), random.size(9, 20)], image);
    let kernel = [random.size(1, 4), random.size(1, 4)];
    let stride = [random.size(1, 2), random.size(1, 2)];
    let mut pad = |axis: usize| random.size(0, kernel[axis] - 1);
    let padding = Padding { top: pad(0), left: pad(1), bottom: pad(0), right: pad(1) };
    builder.conv(random.size(2, 9), Window { kernel, stride, padding }, act);
    let over = builder.last().shape;
    let pooled = index.is_multiple_of(2) && over.width >= 4;
    if pooled {
        let window =
            Window { kernel: [3, 3], stride: [2, 2], padding: Padding { top: 1, left: 1, bottom: 1, right: 1 } };
        let windows = Shape { height: over.height.div_ceil(2), width: over.width.div_ceil(2), ..over };
        builder.layer(Op::MaxPool(window), vec![builder.network.output], windows, act);
    }
    let near = Window { kernel: [3, 3], stride: [1, 1], padding: Padding { top: 1, left: 1, bottom: 1, right: 1 } };
    builder.conv(random.size(1, 4), near, ActType { bits: 8, signed: true, lo: -127, hi: 127 });
    let q = random.size(1, 2);
    let drained = if pooled || digits { 1 } else { [1, 2][random.size(0, 1)] };
    let arrays = vec![ArraySpec { lane: "dsp(16)".parse().unwrap(), rows: 2 * random.size(1, 2) }];
    let px = drained * random.size(1, 4);
    let shape = CoreShape { ci: 2, px, q, drained, digit: digits.then_some(4), arrays };
    let target = ["xc7z020", "ecp5-25f", "ice40up5k"][index as usize % 3];
    Subject { network: builder.finish(), target, shape, features: BTreeSet::new() }
}
