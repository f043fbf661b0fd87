//! Files of numpy arrays: every type of number, both orders, damage and limits.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use crate::common::npy::{npy, npz};
use rowsmith::numpy::{ArrayError, ArrayFile, write_array};

fn open(bytes: Vec<u8>) -> Result<ArrayFile<Cursor<Vec<u8>>>, ArrayError> {
    ArrayFile::read(Cursor::new(bytes), Path::new("x.npy"))
}

fn values(bytes: Vec<u8>) -> Result<Vec<f64>, ArrayError> {
    let mut file = open(bytes)?;
    let info = file.arrays()[0].clone();
    file.values(&info)
}

#[test]
fn every_type_of_number() {
    let cases: [(&str, Vec<u8>, [f64; 2]); 16] = [
        ("|b1", vec![0, 1], [0.0, 1.0]),
        ("|i1", vec![0x80, 0x7F], [-128.0, 127.0]),
        ("|u1", vec![0, 0xFF], [0.0, 255.0]),
        ("<i2", vec![0, 0x80, 1, 0], [-32768.0, 1.0]),
        (">i2", vec![0x80, 0, 0, 1], [-32768.0, 1.0]),
        ("<u2", vec![0xFF, 0xFF, 1, 0], [65535.0, 1.0]),
        (">i4", vec![0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 1, 0], [-2.0, 256.0]),
        ("<u4", vec![0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0], [4_294_967_295.0, 1.0]),
        ("<i8", [(-3_i64).to_le_bytes(), 9_i64.to_le_bytes()].concat(), [-3.0, 9.0]),
        (">u8", [7_u64.to_be_bytes(), 9_u64.to_be_bytes()].concat(), [7.0, 9.0]),
        ("<f2", vec![0x00, 0x3E, 0x00, 0xC0], [1.5, -2.0]),
        (">f2", vec![0x3E, 0x00, 0xC0, 0x00], [1.5, -2.0]),
        ("<f4", [1.5_f32.to_le_bytes(), (-0.25_f32).to_le_bytes()].concat(), [1.5, -0.25]),
        (">f4", [1.5_f32.to_be_bytes(), (-0.25_f32).to_be_bytes()].concat(), [1.5, -0.25]),
        ("<f8", [0.1_f64.to_le_bytes(), (-0.25_f64).to_le_bytes()].concat(), [0.1, -0.25]),
        (">f8", [0.1_f64.to_be_bytes(), (-0.25_f64).to_be_bytes()].concat(), [0.1, -0.25]),
    ];
    for (descr, data, expected) in cases {
        assert_eq!(values(npy(descr, false, "(2,)", &data)).expect(descr), expected, "{descr}");
    }
}

/// The first axis fastest in the file, the last one in the values.
#[test]
fn fortran_order() {
    let array = npy("|u1", true, "(2, 3, 2)", &[0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
    let expected: Vec<f64> = (0..12).map(f64::from).collect();
    assert_eq!(values(array).expect("an array"), expected);
    assert_eq!(values(npy("|u1", true, "(3, 1)", &[1, 2, 3])).expect("an array"), [1.0, 2.0, 3.0]);
}

#[test]
fn blocks_of_an_archive() {
    let bytes =
        npz(&[("b", npy("|u1", false, "(3, 2)", &[1, 2, 3, 4, 5, 6])), ("a", npy("<i2", false, "()", &[9, 0]))]);
    let mut file = open(bytes).expect("an archive");
    let arrays = file.arrays().to_vec();
    assert_eq!(
        arrays.iter().map(rowsmith::numpy::ArrayInfo::text).collect::<Vec<_>>(),
        ["`b` [3, 2]", "`a` []"],
        "in the file's order"
    );
    let mut reader = file.array(&arrays[0]).expect("open");
    assert_eq!(reader.read(4).expect("values"), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(reader.read(2).expect("values"), [5.0, 6.0]);
    drop(reader);
    assert_eq!(file.values(&arrays[1]).expect("values"), [9.0]);
}

#[test]
fn what_is_no_number_or_not_there_is_refused() {
    let text = |bytes: Vec<u8>| values(bytes).expect_err("refused").to_string();
    assert!(text(npy("<U5", false, "(1,)", &[0; 20])).contains("type `<U5`"));
    assert!(text(npy("<c8", false, "(1,)", &[0; 8])).contains("type `<c8`"));
    assert!(text(npy("<f4", false, "(3,)", &[0; 8])).contains("cut off"));
    assert!(text(b"no array".to_vec()).contains("ends within its header"));
    assert!(text(b"no array of numpy at all".to_vec()).contains("not a NumPy array"));
    assert!(text(b"PK no archive".to_vec()).contains("x.npy: "));
    let name = npz(&[("\u{1b}[31m", npy("<U5", false, "(1,)", &[0; 20]))]);
    assert!(!text(name).contains('\u{1b}'), "control characters of a file reach no terminal");
}

#[test]
fn limits() {
    let refused = |bytes: Vec<u8>| {
        let mut file = open(bytes).expect("its header is fine");
        let info = file.arrays()[0].clone();
        let error = file.values(&info).expect_err("too large");
        assert!(matches!(error, ArrayError::Limit { .. }), "{error}");
    };
    // 300 MB of zeros in 300 kB, an array that claims more than memory should hold, and one to be held whole for its order.
    refused(npz(&[("zeros", npy("|u1", false, "(300000000,)", &vec![0; 300_000_000]))]));
    refused(npy("|u1", false, "(999999999,)", &[]));
    refused(npy("|u1", true, "(2, 99999999)", &[]));
    let many: Vec<(String, Vec<u8>)> = (0..1025).map(|i| (format!("a{i}"), npy("|u1", false, "()", &[1]))).collect();
    let many: Vec<(&str, Vec<u8>)> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    assert!(matches!(open(npz(&many)), Err(ArrayError::Limit { .. })));
}

/// Ends of archives that would have a reader search all of a large file, or make room for billions of entries.
#[test]
fn false_ends_of_archives() {
    let end = |entries: u16| [b"PK\x05\x06\0\0\0\0".as_slice(), &entries.to_le_bytes().repeat(2), &[0; 10]].concat();
    let locator = |at: u64| [b"PK\x06\x07\0\0\0\0".as_slice(), &at.to_le_bytes(), &[1, 0, 0, 0]].concat();
    let large =
        |entries: u64| [b"PK\x06\x06".as_slice(), &[0; 20], &entries.to_le_bytes().repeat(2), &[0; 16]].concat();
    let refused = |parts: &[&[u8]]| {
        let start = std::time::Instant::now();
        let text = open(parts.concat()).err().expect("refused").to_string();
        assert!(start.elapsed().as_secs() < 5, "{text}");
        text
    };
    let body = [b"PK".to_vec(), vec![0; 20_000_000]].concat();
    assert!(refused(&[&body]).contains("has no directory"));
    assert!(refused(&[&body, &end(9_999)]).contains("9999 files"));
    assert!(refused(&[&body, &locator(0), &end(1)]).contains("not where it should be"));
    assert!(refused(&[&body, &locator(1 << 60), &end(1)]).contains("not where it should be"));
    let at = body.len() as u64;
    assert!(refused(&[&body, &large(1 << 40), &locator(at), &end(1)]).contains("1099511627776 files"));
    assert!(refused(&[b"PK"]).contains("has no directory"));
    let mut twice = npz(&[("a", npy("|u1", false, "()", &[1])), ("b", npy("|u1", false, "()", &[1]))]);
    while let Some(at) = twice.windows(5).position(|five| five == b"b.npy") {
        twice[at] = b'a';
    }
    assert!(open(twice).err().expect("ambiguous").to_string().contains("two arrays are named `a`"));
}

/// Folders and pipes are refused, and at once.
#[test]
fn only_regular_files_are_read() {
    let folder = tempfile::tempdir().expect("folder");
    let refused = |path: &Path| ArrayFile::open(path).err().expect("refused").to_string();
    assert!(refused(folder.path()).contains("folder"));
    #[cfg(unix)]
    {
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        assert!(refused(&pipe).contains("not a regular file"));
        assert!(refused(Path::new("/dev/zero")).contains("not a regular file"));
    }
    assert!(refused(&folder.path().join("absent.npy")).contains("absent.npy"));
}

#[test]
fn written_arrays_are_read_back() {
    let folder = tempfile::tempdir().expect("folder");
    for name in ["y.npz", "y.npy"] {
        let path = folder.path().join(name);
        let write = || {
            write_array::<f32, ArrayError, ()>(&path, "Identity:0", &[2, 2], |sink| {
                sink(&[1.0, -2.5]).and_then(|()| sink(&[0.25, 4.0])).expect("room");
                Ok(())
            })
        };
        write().expect("written");
        let first = fs::read(&path).expect("there");
        write().expect("written again");
        assert_eq!(fs::read(&path).expect("there"), first, "no date, no host");
        let mut file = ArrayFile::open(&path).expect("readable");
        let info = file.arrays()[0].clone();
        assert_eq!(
            (info.name.as_str(), &info.dims[..]),
            (if name == "y.npz" { "Identity:0" } else { "y" }, &[2, 2][..])
        );
        assert_eq!(file.values(&info).expect("values"), [1.0, -2.5, 0.25, 4.0]);
    }
    let absent = folder.path().join("absent/y.npz");
    let error = write_array::<f32, ArrayError, ()>(&absent, "y", &[1], |_| Ok(())).expect_err("no folder");
    assert!(matches!(error, ArrayError::Write { .. }));
}
