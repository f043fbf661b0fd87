//! Prescribed types of many bits, whose results are as near to those of the file as single precision.

use std::collections::HashSet;

use crate::common::prescribed::{Net, network, results, signed, window};
use rowsmith::float::{ActQuant, Clip, Op};
use rowsmith::ir::{self, Average, Shape};

/// Steps of the result far below those of the operands: factors beyond 16 bits.
#[test]
fn fine_results_of_coarse_operands_are_as_exact_as_floats() {
    let image = Shape { channels: 3, height: 6, width: 6 };
    for (bits, scale) in [(24, 1e-6), (28, 1e-7), (32, 3e-9), (32, 1e-10)] {
        let fine =
            ActQuant { lo: (-1_i64 << (bits - 1)) as i32, hi: ((1_i64 << (bits - 1)) - 1) as i32, ..signed(8, scale) };
        let coarse = || Net::new(image, Some(signed(4, 0.0113)));
        let rows: (&[f32], f32) = (&[0.931], 0.0);
        let mut row = coarse();
        row.conv(0, 4, window(3, 1, 1), rows, (Clip::NONE, Some(fine)));
        let mut sum = coarse();
        let left = sum.conv(0, 3, window(3, 1, 1), rows, (Clip::NONE, Some(signed(8, 0.0931))));
        sum.node(Op::Add, &[left, 0], Clip::NONE, Some(fine));
        let mut mean = coarse();
        let left = mean.conv(0, 3, window(3, 1, 1), rows, (Clip::NONE, Some(signed(8, 0.0931))));
        mean.node(Op::AvgPool { window: window(3, 1, 0), count_padding: true }, &[left], Clip::NONE, Some(fine));
        let mut joined = coarse();
        let left = joined.conv(0, 3, window(3, 1, 1), rows, (Clip::NONE, Some(signed(8, 0.0931))));
        joined.node(Op::Concat, &[left, 0], Clip::NONE, Some(fine));
        for (name, net) in [("row", row), ("sum", sum), ("average", mean), ("joined", joined)] {
            let pairs = results(&net.graph);
            // Sums of 27 products in single precision, of which many cancel each other.
            let largest = pairs.iter().fold(0.0_f32, |most, (_, expected)| most.max(expected.abs()));
            let worst = pairs.iter().map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max);
            assert!(
                largest > 0.0 && worst <= 2.0 * scale + 1e-6 * largest.max(1.0),
                "{name}, {bits} bits: {worst} of {largest}"
            );
        }
    }
}

/// Constants are looked for once for each number of pixels that a window has: 225 searches among 2^16 results took a minute.
#[test]
fn large_averages_fit_the_numbers_of_pixels_that_occur() {
    let image = Shape { channels: 1, height: 16, width: 16 };
    let mut net = Net::new(image, Some(signed(4, 0.125)));
    let typed = net.conv(0, 2, window(1, 1, 0), (&[0.5], 0.0625), (Clip::NONE, Some(signed(16, 1.0 / 4096.0))));
    let pool = Op::AvgPool { window: window(15, 1, 7), count_padding: false };
    net.node(pool, &[typed], Clip::NONE, Some(signed(16, 0.000_11)));
    let network = network(&net.graph);
    // Quotients in single precision have thresholds that no constants of some numbers of pixels meet: those are near.
    let pairs = results(&net.graph);
    assert!(pairs.iter().all(|(found, expected)| (found - expected).abs() < 1.01 * 0.000_11));
    assert!(pairs.iter().filter(|(found, expected)| (found - expected).abs() > 0.000_01).count() * 20 < pairs.len());
    let ir::Op::AvgPool(_, Average::Image(table)) = &network.layers[1].op else { panic!("no table") };
    let differing = table.iter().map(|one| (one.mul, one.add, one.shift)).collect::<HashSet<_>>();
    // Products of two numbers from 8 to 15.
    assert!(table.len() == 225 && differing.len() <= 36, "{}", differing.len());
}
