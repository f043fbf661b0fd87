//! Files of a few hundred bytes that claim or compute gigabytes, or ask for hours: refused at once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use rowsmith::{manifest, onnx};

use crate::protobuf::{FLOAT, INT64, field, integers, ints, model, node, number, tensor};
use crate::read_arrays;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
/// Tests of one process share its memory: they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Most memory in MiB for a file that is refused.
const MEMORY_LIMIT: f32 = 96.0;
/// Most time, with a wide margin for a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(10);

fn refused<T, E: std::fmt::Debug>(name: &str, read: impl FnOnce() -> Result<T, E>) -> String {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    MEMORY.reset_peak_usage();
    let (before, start) = (MEMORY.current_usage_as_mb(), Instant::now());
    let error = read().err();
    let (memory, time) = (MEMORY.peak_usage_as_mb() - before, start.elapsed());
    drop(turn);
    println!("{name}: {memory:.1} MiB, {time:?}, {error:?}");
    assert!(memory < MEMORY_LIMIT, "{name}: {memory} MiB");
    assert!(time < TIME_LIMIT, "{name}: {time:?}");
    format!("{:?}", error.unwrap_or_else(|| panic!("{name} is accepted")))
}

fn onnx_refused(name: &str, bytes: &[u8]) -> String {
    refused(name, || onnx::read(bytes, None, "bomb"))
}

const GEMM: (&str, &str) = ("Gemm", "x w");

/// Weights that claim to be larger than they are.
#[test]
fn claimed_tensors() {
    let gemm = [node(GEMM.0, GEMM.1, "y", &[])];
    let eight = field(9, [0; 8]);
    let file = |weight: Vec<u8>| model(&[1, 2], &[weight], &gemm);
    let cases = [
        ("raw data", tensor("w", FLOAT, &[1 << 29], &eight)),
        ("raw data within the limit", tensor("w", FLOAT, &[2, 1 << 27], &eight)),
        ("typed data", tensor("w", FLOAT, &[1 << 29], &field(4, [0; 8]))),
        ("typed data within the limit", tensor("w", FLOAT, &[2, 1 << 27], &field(4, [0; 8]))),
        ("no data", tensor("w", INT64, &[1 << 28], &[])),
        ("overflow", tensor("w", FLOAT, &[1 << 40, 1 << 40], &eight)),
        ("overflow beside zero", tensor("w", FLOAT, &[0, 1 << 40, 1 << 40], &field(9, []))),
        ("negative", tensor("w", FLOAT, &[u64::MAX, 2], &eight)),
        ("many axes", tensor("w", FLOAT, &[1; 200], &field(9, [0; 4]))),
    ];
    for (name, weight) in cases {
        let bytes = file(weight);
        assert!(bytes.len() < 1024);
        let error = onnx_refused(name, &bytes);
        assert!(error.contains("Tensor") || error.contains("Size"), "{name}");
    }
    let external = [field(13, [field(1, "location"), field(2, "w.bin")].concat()), number(14, 1)].concat();
    assert!(onnx_refused("external", &file(tensor("w", FLOAT, &[2, 1 << 27], &external))).contains("Outside"));
}

/// Constants that are computed from almost nothing; `make` makes `w`.
#[test]
fn computed_constants() {
    let gemm = node(GEMM.0, GEMM.1, "y", &[]);
    let filled = |shape: &str, to: &str| node("ConstantOfShape", shape, to, &[]);
    let cases = [
        ("ConstantOfShape", vec![integers("s", &[2, 1 << 27])], vec![filled("s", "w")]),
        ("Expand", vec![integers("s", &[2, 1 << 26]), integers("o", &[1])], vec![node("Expand", "o s", "w", &[])]),
        ("Tile", vec![integers("s", &[1 << 28]), integers("o", &[1])], vec![node("Tile", "o s", "w", &[])]),
        (
            "broadcast",
            vec![integers("s", &[1 << 14, 1]), integers("t", &[1, 1 << 14])],
            vec![filled("s", "a"), filled("t", "b"), node("Add", "a b", "w", &[])],
        ),
        (
            "Concat",
            vec![integers("s", &[1 << 19])],
            vec![filled("s", "a"), node("Concat", &"a ".repeat(100), "w", &ints("axis", &[0]))],
        ),
        (
            "Gather",
            vec![integers("s", &[1, 1 << 19]), integers("i", &[0; 64])],
            vec![filled("s", "a"), node("Gather", "a i", "w", &[])],
        ),
        (
            "Slice",
            vec![integers("s", &[1 << 19]), integers("b", &[0; 32]), integers("e", &[1 << 19; 32])],
            vec![filled("s", "a"), node("Slice", "a b e z", "w", &[])],
        ),
    ];
    for (name, mut tensors, mut nodes) in cases {
        tensors.push(integers("z", &[0; 32]));
        nodes.push(gemm.clone());
        let bytes = model(&[1, 2], &tensors, &nodes);
        assert!(bytes.len() < 2048, "{name}");
        assert!(onnx_refused(name, &bytes).contains("Nodes"), "{name}");
    }
    let chain: Vec<Vec<u8>> =
        (0..1000).map(|i| node("Transpose", &format!("v{i}"), &format!("v{}", i + 1), &[])).collect();
    let nodes = [vec![filled("s", "v0")], chain, vec![node("Gemm", "x v1000", "y", &[])]].concat();
    onnx_refused("chain", &model(&[1, 2], &[integers("s", &[2, 1 << 18])], &nodes));
}

/// Weights and windows that grow out of small constants.
#[test]
fn grown_weights() {
    let filled = node("ConstantOfShape", "s", "w", &[]);
    let conv = node("Conv", "x w", "y", &ints("dilations", &[64, 64]));
    let bytes = model(&[1, 1, 1, 1], &[integers("s", &[1, 1, 64, 64])], &[filled, conv]);
    assert!(onnx_refused("dilation", &bytes).contains("too large for its size"));

    let scalings = (0..200).flat_map(|i| {
        let (from, between, to) = (format!("v{i}"), format!("u{i}"), format!("v{}", i + 1));
        [node("Mul", &format!("{from} c"), &between, &[]), node("LeakyRelu", &between, &to, &[])]
    });
    let begin = node("LeakyRelu", "x", "v0", &[]);
    let nodes: Vec<Vec<u8>> = [begin].into_iter().chain(scalings).chain([node("Relu", "v200", "y", &[])]).collect();
    // A negative factor does not pass a leaky rectifier: each becomes a row for every element.
    let factor = tensor("c", FLOAT, &[], &field(9, (-2.0_f32).to_le_bytes()));
    let bytes = model(&[1, 1 << 18], &[factor], &nodes);
    assert!(onnx_refused("scalings of a long vector", &bytes).contains("too large for its size"));

    let large = tensor("c", FLOAT, &[], &field(9, 1e38_f32.to_le_bytes()));
    let squared = [node("Mul", "x c", "a", &[]), node("Mul", "a c", "y", &[])];
    assert!(onnx_refused("scalings to infinity", &model(&[1, 2], &[large], &squared)).contains("infinite"));

    let resize = node("Resize", "x r r s", "y", &[]);
    let sizes = integers("s", &[1, 1, 1, 1 << 36]);
    let none = tensor("r", FLOAT, &[0], &field(9, []));
    let bytes = model(&[1, 1, 1, 1 << 24], &[sizes, none], &[resize]);
    assert!(onnx_refused("Resize", &bytes).contains("elements"));
    onnx_refused("input", &model(&[1, 1 << 14, 1 << 14], &[], &[node("Relu", "x", "y", &[])]));
}

const HEAD: &str = "format = 1\nname = \"n\"\n[schemes]\nq = \"fixed(4)\"\n[output]\ntensor = \"fc\"\n";

/// Manifests whose shapes, lists or weights are far larger than the file.
#[test]
fn manifests() {
    let dense = |shape: &str, rows: &str| {
        let layer = format!("[[layer]]\nname = \"fc\"\nop = \"dense\"\ninput = \"x\"\nrows = \"{rows}\"\n");
        let output = "output = { bits = 8, signed = true }\n";
        format!("{HEAD}[input]\nname = \"x\"\nshape = {shape}\nbits = 4\n{layer}{output}")
    };
    let weights =
        |header: &str, data: &[u8]| [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), data].concat();
    let claim = r#"{"fc.weight":{"dtype":"I8","shape":[268435456,1],"data_offsets":[0,268435456]}}"#;
    let cases = [
        ("shape", dense("[9223372036854775807, 2, 2]", "q"), Vec::new()),
        ("elements", dense("[65536, 65536, 65536]", "q"), Vec::new()),
        ("rows", dense("[268435456]", "q*268435456"), Vec::new()),
        ("rows without weights", dense("[1]", "q*268435456"), weights("{}", &[])),
        ("weights that claim", dense("[1]", "q*268435456"), weights(claim, &[0; 8])),
        ("header that claims", dense("[1]", "q"), (1_u64 << 40).to_le_bytes().to_vec()),
        ("brackets in TOML", dense(&"[".repeat(60_000), "q"), Vec::new()),
        ("brackets in JSON", dense("[1]", "q"), weights(&r#"{"a":"#.repeat(20_000), &[])),
    ];
    for (name, text, weights) in cases {
        refused(name, || manifest::read(text.as_bytes(), Some(&weights)));
    }
}

/// Headers of numpy that claim gigabytes, or that take a parser hours.
#[test]
fn samples() {
    let header = |version: u8, claimed: Option<u32>, text: &str| {
        let length = claimed.unwrap_or(text.len() as u32).to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length[..] };
        [b"\x93NUMPY".as_slice(), &[version, 0], length, text.as_bytes(), &[0; 8]].concat()
    };
    let shape = |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let cases = [
        ("length of the header", header(2, Some(u32::MAX), "{}")),
        ("brackets", header(1, None, &"[".repeat(60))),
        ("braces", header(1, None, &"{".repeat(60))),
        ("deep brackets", header(1, None, &"(".repeat(9_000))),
        ("shape", header(1, None, &shape("(536870912,)"))),
        ("shape that overflows", header(1, None, &shape("(4294967296, 4294967296, 4294967296)"))),
        ("shape beside zero", header(1, None, &shape("(0, 1099511627776)"))),
        ("hexadecimal shape", header(1, None, &shape("(0xffffffffffffffff, 0xff)"))),
    ];
    for (name, bytes) in cases {
        refused(name, || read_arrays(&bytes, "bomb.npy"));
    }
}
