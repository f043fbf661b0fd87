//! Every way in which a manifest can be wrong: a minimal failing folder each, and the message it gets.
//!
//! `cases/<name>/model.toml` is copied to a temporary folder, the weights are generated beside it, and the rendered error is
//! compared with `snapshots/`. Write the snapshots anew with `INSTA_UPDATE=always`.

use std::fs;
use std::path::Path;

use super::safetensors_file::{File, Stored};
use miette::{GraphicalReportHandler, GraphicalTheme};
use rowsmith::manifest;
use tempfile::TempDir;

/// A scheme table, two rows of three levels: what every case starts from.
fn good() -> File {
    File(vec![
        Stored::i8("fc.weight", &[2, 3], &[1, -5, 8, 3, -7, 0]),
        Stored::u16("fc.mul", &[2], &[3, 5]),
        Stored::i64("fc.add", &[2], &[16, -16]),
        Stored::u8("fc.shift", &[2], &[5, 6]),
    ])
}

/// The same with a leaky rectifier behind both rows.
fn leaky() -> File {
    good()
        .with(Stored::i8("fc.negative_below", &[2], &[-5, 3]))
        .with(Stored::u16("fc.negative_mul", &[2], &[3, 5]))
        .with(Stored::i64("fc.negative_add", &[2], &[128, -128]))
        .with(Stored::u8("fc.negative_shift", &[2], &[8, 9]))
}

fn folder(case: &str) -> TempDir {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors/cases").join(case).join("model.toml");
    let folder = TempDir::new().expect("temporary folder");
    fs::copy(source, folder.path().join("model.toml")).expect("the case exists");
    folder
}

fn rendered(folder: &Path, model: &str) -> String {
    let error = manifest::load(&folder.join(model)).expect_err("the case must be refused");
    assert!(error.code().starts_with("RWS-M"), "{error:?}");
    assert!(!error.help().is_empty(), "{error:?}");
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(10_000);
    handler.with_links(false).render_report(&mut text, &error).expect("rendering works");
    text.replace(&folder.display().to_string(), "[DIR]")
}

fn check(case: &str, prepare: impl Fn(&Path)) {
    let folder = folder(case);
    prepare(folder.path());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(case, rendered(folder.path(), "model.toml"));
    });
}

fn write(folder: &Path, bytes: &[u8]) {
    fs::write(folder.join("tiny.safetensors"), bytes).expect("written");
}

/// One test per case; the expression gives the bytes of the weights file.
macro_rules! cases {
    ($($name:ident => $bytes:expr;)*) => {
        $(#[test]
        fn $name() {
            check(stringify!($name), |folder| write(folder, &$bytes));
        })*

        const LISTED: &[&str] = &[$(stringify!($name)),*];
    };
}

cases! {
    bad_syntax => good().bytes();
    unknown_key => good().bytes();
    wrong_version => good().bytes();
    negative_dimension => good().bytes();
    unknown_operator => good().bytes();
    missing_section => good().bytes();
    name_with_quote => good().bytes();
    name_with_newline => good().bytes();
    name_is_keyword => good().bytes();
    name_of_a_cell => good().bytes();
    name_of_a_module => good().bytes();
    name_too_long => good().bytes();
    name_of_network => good().bytes();
    duplicate_name => good().bytes();
    bad_scheme => good().bytes();
    unknown_alias => good().bytes();
    row_count_zero => good().bytes();
    rows_empty => good().bytes();
    rows_too_many => good().bytes();
    row_count_mismatch => good().bytes();
    cyclic_graph => good().bytes();
    unknown_input => good().bytes();
    unused_layer => good().bytes();
    empty_network => good().bytes();
    output_missing => good().bytes();
    bits_33 => good().bytes();
    unsigned_32 => good().bytes();
    zero_point_outside => good().bytes();
    offset_contradicts => good().bytes();
    rounding_unknown => good().bytes();
    rounding_of_clamp => good().bytes();
    common_shift_128 => good().bytes();
    requants_too_few => good().bytes();
    clamp_outside_type => good().bytes();
    clamp_reversed => good().bytes();
    relu_of_negatives => good().bytes();
    scale_nan => good().bytes();
    scale_negative => good().bytes();
    dimension_2_40 => good().bytes();
    elements_overflow => good().bytes();
    dimension_zero => good().bytes();
    shape_of_two => good().bytes();
    weights_too_many => good().bytes();
    kernel_2_62 => good().bytes();
    stride_zero => good().bytes();
    padding_too_large => good().bytes();
    zero_output_size => good().bytes();
    dense_on_image => good().bytes();
    add_shapes_differ => good().bytes();
    surplus_key => good().bytes();
    missing_key => good().bytes();
    requant_list_for_pool => good().bytes();
    requant_of_wrong_kind => good().bytes();
    offset_nan => good().bytes();
    host_infinite => good().bytes();
    host_layout_unknown => good().bytes();
    host_function_unknown => good().bytes();
    concat_of_one => good().bytes();
    concat_sizes_differ => good().bytes();
    add_of_three => good().bytes();
    requant_of_leaky_relu => good().bytes();
    factor_zero => good().bytes();
    factor_too_large => good().bytes();
    groups_zero => good().bytes();
    groups_uneven => good().bytes();
    pool_shift_200 => good().bytes();
    weights_in_parent_folder => good().bytes();
    weights_absolute => good().bytes();
    weights_missing => good().bytes();
    weights_not_named => good().bytes();
    safetensors_truncated => { let all = good().bytes(); all[..all.len() - 1].to_vec() };
    safetensors_header_2_60 => { let mut all = good().bytes(); all[..8].copy_from_slice(&(1u64 << 60).to_le_bytes()); all };
    safetensors_empty => Vec::new();
    wrong_dtype => good().with(Stored::f32("fc.weight", &[2, 3], &[0.5; 6])).bytes();
    wrong_shape => good().with(Stored::i8("fc.weight", &[2, 4], &[0; 8])).bytes();
    missing_tensor => good().without("fc.shift").bytes();
    extra_tensor => good().with(Stored::i8("fc.bias", &[2], &[0; 2])).bytes();
    level_off_grid => good().with(Stored::i8("fc.weight", &[2, 3], &[1, -5, -7, 3, -7, 0])).bytes();
    level_out_of_range => good().with(Stored::i64("fc.weight", &[2, 3], &[1, -5, 8, 3, i64::MIN, 0])).bytes();
    shift_200 => good().with(Stored::u8("fc.shift", &[2], &[5, 200])).bytes();
    mul_negative => good().with(Stored::i64("fc.mul", &[2], &[-1, 3])).bytes();
    missing_negative => leaky().without("fc.negative_shift").bytes();
    negative_shape => leaky().with(Stored::i8("fc.negative_below", &[1], &[0])).bytes();
    negative_shift_128 => leaky().with(Stored::u8("fc.negative_shift", &[2], &[8, 128])).bytes();
}

#[test]
#[cfg(unix)]
fn weights_symlink_escape() {
    let elsewhere = TempDir::new().expect("temporary folder");
    write(elsewhere.path(), &good().bytes());
    check("weights_symlink_escape", |folder| {
        std::os::unix::fs::symlink(elsewhere.path().join("tiny.safetensors"), folder.join("tiny.safetensors"))
            .expect("link");
    });
}

#[test]
fn weights_is_folder() {
    check("weights_is_folder", |folder| fs::create_dir(folder.join("folder")).expect("folder"));
}

/// Manifests that cannot be kept as a small file.
#[test]
fn manifest_file() {
    let folder = TempDir::new().expect("temporary folder");
    let file = |name: &str| fs::File::create(folder.path().join(name)).expect("file");
    fs::create_dir(folder.path().join("folder.toml")).expect("folder");
    file("large.toml").set_len((16 << 20) + 1).expect("sparse file");
    fs::write(folder.path().join("binary.toml"), b"format = 1\nname = \"\xff\"\n").expect("file");
    let layers: String = "[[layer]]\nname = \"l\"\nop = \"flatten\"\n".repeat(4097);
    let head = "format = 1\nname = \"n\"\noutput.tensor = \"x\"\n[input]\nname = \"x\"\nshape = [1]\nbits = 4\n";
    fs::write(folder.path().join("long.toml"), format!("{head}{layers}")).expect("file");
    let all: String = ["absent.toml", "folder.toml", "large.toml", "binary.toml", "long.toml"]
        .iter()
        .map(|model| rendered(folder.path(), model))
        .collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("manifest_file", all);
    });
}

/// The file that all weight cases damage is itself a good one.
#[test]
fn the_starting_point_is_accepted() {
    let folder = folder("wrong_dtype");
    write(folder.path(), &good().bytes());
    let network = manifest::load(&folder.path().join("model.toml")).expect("good");
    assert_eq!(network.name, "tiny");
}

#[test]
fn every_case_is_listed() {
    let cases = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors/cases")).expect("cases");
    for case in cases {
        let name = case.expect("entry").file_name().into_string().expect("UTF-8");
        let apart = ["weights_symlink_escape", "weights_is_folder"];
        assert!(LISTED.contains(&name.as_str()) || apart.contains(&name.as_str()), "{name} has no test");
    }
}

fn load(file: &File) -> Result<rowsmith::ir::Network, manifest::ManifestError> {
    let folder = folder("wrong_dtype");
    write(folder.path(), &file.bytes());
    manifest::load(&folder.path().join("model.toml"))
}

#[test]
fn leaky_rows_are_accepted() {
    let network = load(&leaky()).expect("good");
    let rowsmith::ir::Op::Conv(conv) = &network.layers[0].op else { panic!("a matrix") };
    let negative = conv.matrix.negative.as_ref().expect("a second half");
    assert_eq!((negative[0].below, negative[1].below), (-5, 3));
    let requant = negative[1].requant;
    assert_eq!((requant.mul, requant.add, requant.shift), (5, -128, 9));
    assert_ne!(load(&good()).expect("good").layers, network.layers);
}

#[test]
fn every_integer_type_is_accepted() {
    let same = load(&good()).expect("good");
    for shift in [
        Stored::i8("fc.shift", &[2], &[5, 6]),
        Stored::u8("fc.shift", &[2], &[5, 6]),
        Stored::i16("fc.shift", &[2], &[5, 6]),
        Stored::u16("fc.shift", &[2], &[5, 6]),
        Stored::i32("fc.shift", &[2], &[5, 6]),
        Stored::u32("fc.shift", &[2], &[5, 6]),
        Stored::i64("fc.shift", &[2], &[5, 6]),
    ] {
        assert_eq!(load(&good().with(shift)).expect("good").layers, same.layers);
    }
    let wide = Stored::i32("fc.weight", &[2, 3], &[1, -5, 8, 3, -7, 0]);
    assert_eq!(load(&good().with(wide)).expect("good").layers, same.layers);
    assert_eq!(load(&good().with(Stored::u64("fc.shift", &[2], &[5, 6]))).expect_err("U64").code(), "RWS-M032");
    assert_ne!(load(&good().with(Stored::u8("fc.shift", &[2], &[5, 7]))).expect("good").digest, same.digest);
}

proptest::proptest! {
    #[test]
    fn damaged_weights_never_panic(at in 0..400usize, byte: u8, length in 0..500usize) {
        let folder = folder("wrong_dtype");
        let mut bytes = good().bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(length);
        write(folder.path(), &bytes);
        let _ = manifest::load(&folder.path().join("model.toml"));
    }
}
