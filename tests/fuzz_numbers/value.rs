//! Tensors of intervals: where the order of single-precision operations cannot matter, both ends are the same number.
//!
//! An executor is free to sum in any order and to fuse operations. Each operation here knows the error that this freedom
//! leaves and widens its result by it, so that a rounding to integers that can go either way gives both. Numbers of which every
//! partial sum fits 24 bits stay single numbers: their results are prescribed to the last bit.

/// Relative error of one rounding to single precision.
pub const ROUNDING: f64 = 1.0 / 16_777_216.0;

/// A tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Value {
    pub dims: Vec<usize>,
    pub lo: Vec<f64>,
    pub hi: Vec<f64>,
}

impl Value {
    /// Exact numbers.
    pub fn new(dims: &[usize], values: Vec<f64>) -> Self {
        assert_eq!(dims.iter().product::<usize>(), values.len(), "extents {dims:?}");
        Self { dims: dims.to_vec(), hi: values.clone(), lo: values }
    }

    /// One number without axes.
    pub fn scalar(value: f64) -> Self {
        Self::new(&[], vec![value])
    }

    /// A list of integers.
    pub fn list(values: &[i64]) -> Self {
        Self::new(&[values.len()], values.iter().map(|&value| value as f64).collect())
    }

    /// The numbers of a constant.
    pub fn ints(&self) -> Vec<i64> {
        self.lo.iter().map(|&value| value as i64).collect()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.lo.len()
    }

    /// Smallest and largest number.
    pub fn range(&self) -> (f64, f64) {
        let smallest = self.lo.iter().fold(f64::INFINITY, |a, &b| a.min(b));
        (smallest, self.hi.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b)))
    }

    /// Whether no element can go two ways.
    pub fn is_exact(&self) -> bool {
        self.lo == self.hi
    }

    /// Other extents for the same elements.
    pub fn reshaped(&self, dims: &[usize]) -> Self {
        assert_eq!(dims.iter().product::<usize>(), self.len(), "{:?} as {dims:?}", self.dims);
        Self { dims: dims.to_vec(), ..self.clone() }
    }

    /// Elements picked by index.
    pub fn pick(&self, dims: &[usize], indices: impl Iterator<Item = usize>) -> Self {
        let (lo, hi) = indices.map(|index| (self.lo[index], self.hi[index])).unzip();
        Self { dims: dims.to_vec(), lo, hi }
    }

    /// A function of each element's ends.
    pub fn map(&self, f: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        let (lo, hi) = self.lo.iter().zip(&self.hi).map(|(&lo, &hi)| f(lo, hi)).unzip();
        Self { dims: self.dims.clone(), lo, hi }
    }

    /// The power of two that all elements are multiples of; none if an element is no single number.
    pub fn grid(&self) -> Option<i32> {
        if !self.is_exact() {
            return None;
        }
        Some(self.lo.iter().filter(|value| **value != 0.0).map(|value| lowest_bit(*value)).min().unwrap_or(127))
    }
}

/// Exponent of the lowest bit that is set.
fn lowest_bit(value: f64) -> i32 {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1075;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    exponent + mantissa.trailing_zeros() as i32
}

/// Ends of a product.
pub fn product(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    if a.0 == a.1 && b.0 == b.1 {
        return (a.0 * b.0, a.0 * b.0);
    }
    let all = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
    (all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// Whether single precision holds a number.
pub fn is_single(value: f64) -> bool {
    f64::from(value as f32) == value
}

/// The ends after one operation in single precision; `exact` says that its result was not rounded in this computation.
pub fn rounded((lo, hi): (f64, f64), exact: bool) -> (f64, f64) {
    if exact && lo == hi && is_single(lo) {
        return (lo, hi);
    }
    widened((lo, hi), 2.0 * ROUNDING * lo.abs().max(hi.abs()))
}

/// Both ends moved apart.
pub fn widened((lo, hi): (f64, f64), by: f64) -> (f64, f64) {
    (lo - by, hi + by)
}

/// A sum under way: its ends and the sum of the magnitudes of its terms.
#[derive(Clone, Copy, Default)]
pub struct Sum {
    lo: f64,
    hi: f64,
    magnitude: f64,
    terms: u32,
}

impl Sum {
    /// One more term.
    pub fn add(&mut self, (lo, hi): (f64, f64)) {
        self.lo += lo;
        self.hi += hi;
        self.magnitude += lo.abs().max(hi.abs());
        self.terms += 1;
    }

    /// The ends, given the grid that all terms lie on: no order matters where every partial sum fits 24 bits.
    pub fn ends(self, grid: Option<i32>) -> (f64, f64) {
        let fits = grid.is_some_and(|grid| self.magnitude <= f64::from(grid + 24).exp2() && grid > -140);
        if fits {
            return (self.lo, self.hi);
        }
        widened((self.lo, self.hi), f64::from(self.terms + 2) * ROUNDING * self.magnitude)
    }
}
