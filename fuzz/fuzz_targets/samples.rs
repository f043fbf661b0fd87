//! A file of numpy: `.npz` if it begins like an archive, `.npy` otherwise.

#![no_main]

use std::io::Cursor;
use std::path::Path;

use rowsmith::float::read_arrays;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let path = if data.starts_with(b"PK") { "fuzz.npz" } else { "fuzz.npy" };
    for (name, array) in read_arrays(Cursor::new(data), Path::new(path)).unwrap_or_default() {
        assert_eq!(array.dims.iter().product::<usize>(), array.values.len(), "{name}");
    }
});
