//! What the host does with arrays, by the words of `docs/manifest.md`.

use rowsmith::ir::{Host, Layout, Shape};

/// Two rows of three pixels with two channels, channels innermost, and one factor for each channel.
#[test]
fn the_core_gets_channels_first_and_scaled() {
    let input = Layout { shape: Some(vec![2, 3, 2]), split: vec![6, 2], axes: vec![1, 0] };
    let host = Host { input_mul: vec![1.0, 10.0], input_add: vec![0.5, 0.0], input, ..Host::default() };
    let image: Vec<f32> = (0..12).map(|value| value as f32).collect();
    let core = host.core_input(&image, Shape { channels: 2, height: 2, width: 3 });
    assert_eq!(core, [0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 10.0, 30.0, 50.0, 70.0, 90.0, 110.0]);
}

/// A result of three axes that change places in a circle: not its own inverse.
#[test]
fn the_user_gets_axes_as_transposed() {
    let output = Layout { shape: Some(vec![4, 2, 3]), split: vec![2, 3, 4], axes: vec![2, 0, 1] };
    let values: Vec<i32> = (0..24).collect();
    let found = output.permuted(&values);
    let expected = (0..4).flat_map(|k| (0..2).flat_map(move |i| (0..3).map(move |j| (i * 3 + j) * 4 + k)));
    assert_eq!(found, expected.collect::<Vec<i32>>());
    assert_eq!(output.fault(24), None);
    assert_eq!(output.fault(12), Some("the shape does not have as many elements as the tensor"));
}
