//! The golden model on a seeded stack of three 3x3 convolutions, 16 channels each, over 32x32 pixels (5.2 million MACs).

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Builder, image};
use divan::Bencher;
use divan::counter::ItemsCount;
use rowsmith::golden;
use rowsmith::ir::{ActType, Network, Padding, Window};

fn main() {
    divan::main();
}

fn stack() -> Network {
    let act = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let padding = Padding { top: 1, left: 1, bottom: 1, right: 1 };
    let mut builder = Builder::new(1, [3, 32, 32], act);
    for _ in 0..3 {
        builder.conv(16, Window { kernel: [3, 3], stride: [1, 1], padding }, act);
    }
    builder.finish()
}

#[divan::bench]
fn one_image(bencher: Bencher) {
    let network = stack();
    let image = image(&network, 1);
    bencher.counter(ItemsCount::new(network.macs())).bench(|| golden::run(&network, divan::black_box(&image)));
}

#[divan::bench]
fn batch_of_16(bencher: Bencher) {
    let network = stack();
    let images: Vec<Vec<i32>> = (0..16).map(|seed| image(&network, seed)).collect();
    bencher
        .counter(ItemsCount::new(16 * network.macs()))
        .bench(|| golden::run_batch(&network, divan::black_box(&images)));
}
