//! Reading a manifest with its weights: one layer of 256 rows and 2304 columns, all schemes mixed.

#[path = "../tests/common/mod.rs"]
mod common;

use common::Builder;
use divan::Bencher;
use rowsmith::ir::{ActType, Padding, Window};
use rowsmith::manifest;

fn main() {
    divan::main();
}

#[divan::bench]
fn load(bencher: Bencher) {
    let act = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let mut builder = Builder::new(1, [256, 8, 8], act);
    let padding = Padding { top: 1, left: 1, bottom: 1, right: 1 };
    builder.conv(256, Window { kernel: [3, 3], stride: [1, 1], padding }, act);
    let network = builder.finish();
    let folder = tempfile::TempDir::new().expect("temporary folder");
    let path = manifest::save(&network, folder.path()).expect("saved");
    bencher.bench(|| manifest::load(divan::black_box(&path)).expect("loaded"));
}
