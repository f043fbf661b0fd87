//! Files of numpy: arrays of numbers of any type from `.npy` and `.npz` files, value by value, and back.

mod directory;
mod error;
mod file;
mod header;
mod info;
mod limits;
mod reader;
mod write;

pub use error::ArrayError;
pub use file::ArrayFile;
pub use info::ArrayInfo;
pub use limits::{FORTRAN_VALUES, INFLATION, MAX_ARRAYS, MAX_VALUES, SMALL_ARRAY};
pub use reader::ArrayReader;
pub use write::{ArrayFormat, Number, array_output, write_array};
