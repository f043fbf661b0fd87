//! A file of numpy: an archive if it begins like one, a single array otherwise.

#![no_main]

use std::io::Cursor;
use std::path::Path;

use rowsmith::numpy::ArrayFile;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(mut file) = ArrayFile::read(Cursor::new(data), Path::new("fuzz")) else { return };
    for array in file.arrays().to_vec() {
        if let Ok(values) = file.values(&array) {
            assert_eq!(array.values(), values.len(), "{}", array.name);
        }
    }
});
