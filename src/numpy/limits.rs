//! Limits of array files, in one place; `docs/data.md` states them.

/// Values of an array that is held in memory as a whole: 3 * 2^26, 768 MiB of floats.
pub const MAX_VALUES: u64 = 3 << 26;
/// Values of an array whose first axis varies fastest (Fortran order) and that therefore cannot be read sample by sample.
pub const FORTRAN_VALUES: u64 = 1 << 26;
/// Arrays of an archive.
pub const MAX_ARRAYS: usize = 1024;
/// Bytes that an array of an archive may unpack to, however small the archive is: 256 MiB.
pub const SMALL_ARRAY: u64 = 1 << 28;
/// Larger arrays may unpack to so many times the archive's length.
pub const INFLATION: u64 = 32;
/// Bytes of an array's header, as in numpy.
pub(super) const MAX_HEADER: usize = 10_000;
/// Axes of an array, as in numpy.
pub(super) const MAX_AXES: usize = 64;
