//! Networks whose numbers the file prescribes: the integer network gives the file's numbers.

mod common;

use candle_core::Device;
use common::float_nets::random_images;
use common::prescribed::{Net, signed, unsigned, window};
use rowsmith::float::{ActQuant, Clip, Graph, Op, Samples};
use rowsmith::ir::{ActType, Network, Shape};
use rowsmith::manifest;
use rowsmith::quant::{Method, Quantizer, Settings, lower};

const IMAGE: Shape = Shape { channels: 3, height: 6, width: 6 };

/// The network as the reader of manifests accepts it.
fn network(graph: &Graph) -> Network {
    let samples = Samples { images: random_images(graph, 8, 3), labels: None };
    let settings = Settings { method: Method::Msq, ..Settings::default() };
    let quantizer = Quantizer::new(graph, Device::Cpu, &samples, settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let network = lower(&quantizer.run().unwrap().quantized).unwrap();
    manifest::load(&manifest::save(&network, folder.path()).unwrap()).unwrap()
}

#[test]
fn limits_before_a_signed_type_stay() {
    for (clip, limits) in [(Clip::RELU, [0, 127]), (Clip { lo: -1.0, hi: 6.0 }, [-10, 60])] {
        let mut net = Net::new(IMAGE, Some(signed(8, 0.01)));
        net.conv(0, 4, window(3, 1, 0), (&[0.05], 0.01), (clip, Some(signed(8, 0.1))));
        let network = network(&net.graph);
        let act = network.tensor(network.output).act;
        assert_eq!(act, ActType { bits: 8, signed: true, lo: limits[0], hi: limits[1] });
    }
}

#[test]
fn the_lowest_integer_as_zero_point_is_an_unsigned_type() {
    let of = |quant: fn(f32) -> ActQuant| {
        let mut net = Net::new(IMAGE, Some(quant(0.02)));
        let hidden = net.conv(0, 4, window(3, 1, 1), (&[0.05], 0.01), (Clip::RELU, Some(quant(0.1))));
        let pool = window(6, 1, 0);
        let mean = net.node(
            Op::AvgPool { window: pool, count_padding: false },
            &[hidden],
            Clip::NONE,
            Some(unsigned(8, 0.05)),
        );
        net.conv(mean, 4, window(1, 1, 0), (&[0.05], 0.01), (Clip::NONE, Some(signed(8, 0.1))));
        network(&net.graph)
    };
    let shifted = |scale: f32| ActQuant { lo: -128, hi: 127, offset: 128.0 * scale, ..unsigned(8, scale) };
    let (twin, shifted) = (of(|scale| unsigned(8, scale)), of(shifted));
    assert_eq!(shifted.digest, twin.digest);
    assert_eq!(shifted.tensors[1].act, ActType { bits: 8, signed: false, lo: 0, hi: 255 });
}
