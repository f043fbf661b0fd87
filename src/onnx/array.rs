//! Constants: what initializers hold and what folds.

use super::fault::{Reason, invalid, unsupported};

/// Most elements of one tensor, constant or activation.
pub(super) const ELEMENTS: usize = 1 << 28;
/// Most axes of a tensor.
pub(super) const AXES: usize = 8;

/// Element types, as numbered in `onnx.proto`.
pub(super) mod dtype {
    pub const FLOAT: i32 = 1;
    pub const UINT8: i32 = 2;
    pub const INT8: i32 = 3;
    pub const UINT16: i32 = 4;
    pub const INT16: i32 = 5;
    pub const INT32: i32 = 6;
    pub const INT64: i32 = 7;
    pub const BOOL: i32 = 9;
    pub const FLOAT16: i32 = 10;
    pub const DOUBLE: i32 = 11;
    pub const UINT32: i32 = 12;
    pub const UINT64: i32 = 13;
    pub const BFLOAT16: i32 = 16;
    pub const UINT4: i32 = 21;
    pub const INT4: i32 = 22;
    pub const UINT2: i32 = 25;
    pub const INT2: i32 = 26;

    /// Whether elements of this type are kept as real numbers.
    pub fn is_real(code: i32) -> bool {
        matches!(code, FLOAT | FLOAT16 | DOUBLE | BFLOAT16)
    }

    /// Whether elements of this type are kept as integers.
    pub fn is_integer(code: i32) -> bool {
        matches!(code, UINT8 | INT8 | UINT16 | INT16 | INT32 | INT64 | BOOL | UINT32 | UINT64) || packed(code).is_some()
    }

    /// Width of elements that share a byte.
    pub fn packed(code: i32) -> Option<usize> {
        match code {
            UINT4 | INT4 => Some(4),
            UINT2 | INT2 => Some(2),
            _ => None,
        }
    }

    /// Smallest and largest integer of a quantized type.
    pub fn range(code: i32) -> Option<(i64, i64)> {
        match code {
            UINT8 => Some((0, 255)),
            INT8 => Some((-128, 127)),
            UINT16 => Some((0, 65_535)),
            INT16 => Some((-32_768, 32_767)),
            UINT4 => Some((0, 15)),
            INT4 => Some((-8, 7)),
            UINT2 => Some((0, 3)),
            INT2 => Some((-2, 1)),
            INT32 => Some((-2_147_483_648, 2_147_483_647)),
            _ => None,
        }
    }
}

/// A constant tensor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    pub dims: Vec<usize>,
    pub data: Data,
    /// Element type in the file.
    pub dtype: i32,
    /// The type that the file prescribes for these weights.
    pub grid: Option<Grid>,
}

/// Elements in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Real(Vec<f32>),
    Int(Vec<i64>),
}

/// Every element is an integer of `bits` bits times a scale: one scale, or one for each index along `axis`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    pub scales: Vec<f32>,
    pub axis: usize,
    pub bits: u32,
}

impl Array {
    pub fn real(dims: Vec<usize>, values: Vec<f32>) -> Self {
        debug_assert_eq!(dims.iter().product::<usize>(), values.len());
        Self { dims, data: Data::Real(values), dtype: dtype::FLOAT, grid: None }
    }

    /// All elements times a factor, on the grid that becomes of theirs.
    pub fn times(&self, factor: f32) -> Self {
        let scaled = |values: &[f32], factor: f32| values.iter().map(|value| value * factor).collect();
        let grid = self.grid.as_ref().map(|grid| Grid { scales: scaled(&grid.scales, factor.abs()), ..grid.clone() });
        let grid = grid.filter(|grid| grid.scales.iter().all(|scale| scale.is_normal()));
        Self { grid, ..Self::real(self.dims.clone(), scaled(&self.reals(), factor)) }
    }

    pub fn int(dims: Vec<usize>, values: Vec<i64>) -> Self {
        debug_assert_eq!(dims.iter().product::<usize>(), values.len());
        Self { dims, data: Data::Int(values), dtype: dtype::INT64, grid: None }
    }

    pub fn len(&self) -> usize {
        match &self.data {
            Data::Real(values) => values.len(),
            Data::Int(values) => values.len(),
        }
    }

    /// All elements as real numbers.
    pub fn reals(&self) -> Vec<f32> {
        match &self.data {
            Data::Real(values) => values.clone(),
            Data::Int(values) => values.iter().map(|&value| value as f32).collect(),
        }
    }

    /// All elements, which must be integers.
    pub fn ints(&self) -> Result<Vec<i64>, Reason> {
        match &self.data {
            Data::Int(values) => Ok(values.clone()),
            Data::Real(_) => Err(invalid("real numbers are given where integers are needed")),
        }
    }

    /// The only element.
    pub fn scalar(&self) -> Result<f32, Reason> {
        match (&self.data, self.len()) {
            (Data::Real(values), 1) => Ok(values[0]),
            (Data::Int(values), 1) => Ok(values[0] as f32),
            _ => Err(unsupported(format!("{} is given where one number is needed", Dims(&self.dims)))),
        }
    }

    /// The value of all elements, when they are equal.
    pub fn uniform(&self) -> Option<f32> {
        match &self.data {
            Data::Real(values) => {
                let first = *values.first()?;
                values.iter().all(|value| value.to_bits() == first.to_bits()).then_some(first)
            }
            Data::Int(values) => {
                let first = *values.first()?;
                values.iter().all(|&value| value == first).then_some(first as f32)
            }
        }
    }

    /// The same elements in another shape of equal size.
    pub fn reshaped(&self, dims: Vec<usize>) -> Self {
        let grid = self.grid.as_ref().and_then(|grid| grid.reshaped(&self.dims, &dims));
        Self { dims, data: self.data.clone(), dtype: self.dtype, grid }
    }

    /// Axes in another order: axis `i` of the result is axis `perm[i]`.
    pub fn transposed(&self, perm: &[usize]) -> Self {
        let dims: Vec<usize> = perm.iter().map(|&axis| self.dims[axis]).collect();
        let strides = strides(&self.dims);
        let steps: Vec<usize> = perm.iter().map(|&axis| strides[axis]).collect();
        let mut result = self.gathered(dims.clone(), offsets(&dims, &steps));
        result.grid = self.grid.clone().and_then(|grid| {
            let axis = perm.iter().position(|&axis| axis == grid.axis);
            if grid.scales.len() == 1 { Some(grid) } else { axis.map(|axis| Grid { axis, ..grid }) }
        });
        result
    }

    /// An array of these elements.
    pub fn gathered(&self, dims: Vec<usize>, indices: impl Iterator<Item = usize>) -> Self {
        let data = match &self.data {
            Data::Real(values) => Data::Real(indices.map(|index| values[index]).collect()),
            Data::Int(values) => Data::Int(indices.map(|index| values[index]).collect()),
        };
        Self { dims, data, dtype: self.dtype, grid: None }
    }
}

impl Grid {
    fn reshaped(&self, from: &[usize], to: &[usize]) -> Option<Self> {
        if self.scales.len() == 1 {
            return Some(self.clone());
        }
        let before: usize = from[..self.axis].iter().product();
        let same = |axis: &usize| to[..*axis].iter().product::<usize>() == before && to[*axis] == from[self.axis];
        (0..to.len()).find(same).map(|axis| Self { axis, ..self.clone() })
    }
}

/// Distance of neighbours along each axis.
pub(super) fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis];
    }
    strides
}

/// Offsets of all elements of a strided block, in row-major order.
pub(super) fn offsets(dims: &[usize], steps: &[usize]) -> impl Iterator<Item = usize> + use<> {
    let total = dims.iter().product();
    let (dims, steps) = (dims.to_vec(), steps.to_vec());
    let mut index = vec![0; dims.len()];
    let mut offset = 0;
    (0..total).map(move |_| {
        let result = offset;
        for axis in (0..dims.len()).rev() {
            index[axis] += 1;
            offset += steps[axis];
            if index[axis] < dims[axis] {
                break;
            }
            offset -= steps[axis] * dims[axis];
            index[axis] = 0;
        }
        result
    })
}

/// Two constants, element by element, broadcast to each other.
pub(super) fn broadcast(left: &Array, right: &Array, room: usize) -> Result<[Array; 2], Reason> {
    let rank = left.dims.len().max(right.dims.len());
    let padded = |array: &Array| [vec![1; rank - array.dims.len()], array.dims.clone()].concat();
    let (first, second) = (padded(left), padded(right));
    let mut dims = Vec::with_capacity(rank);
    for (&a, &b) in first.iter().zip(&second) {
        match (a, b) {
            (a, b) if a == b || b == 1 => dims.push(a),
            (1, b) => dims.push(b),
            _ => {
                return Err(invalid(format!("{} and {} cannot be broadcast", Dims(&left.dims), Dims(&right.dims))));
            }
        }
    }
    computed(&dims, room)?;
    let steps = |from: &[usize]| -> Vec<usize> {
        from.iter().zip(strides(from)).map(|(&extent, stride)| if extent == 1 { 0 } else { stride }).collect()
    };
    let expand = |array: &Array, from: &[usize]| array.gathered(dims.clone(), offsets(&dims, &steps(from)));
    Ok([expand(left, &first), expand(right, &second)])
}

/// Number of elements, if it is within the limit.
pub(super) fn count(dims: &[usize]) -> Result<usize, Reason> {
    if dims.len() > AXES {
        return Err(unsupported(format!("a tensor has {} axes; at most {AXES} are supported", dims.len())));
    }
    // Beside an extent of zero the others are bounded too: strides are their products.
    let product = dims.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent.max(1)));
    match product {
        Some(_) if dims.contains(&0) && product <= Some(ELEMENTS) => Ok(0),
        Some(count) if count <= ELEMENTS => Ok(count),
        _ => Err(unsupported(format!("a tensor of {} is larger than 2^28 elements", Dims(dims)))),
    }
}

/// Number of elements of a constant that is computed, if there is room for it.
pub(super) fn computed(dims: &[usize], room: usize) -> Result<usize, Reason> {
    let count = count(dims)?;
    if count <= room { Ok(count) } else { Err(full()) }
}

/// Constants or weights became too many.
pub(super) fn full() -> Reason {
    unsupported("the constants computed from this file are too large for its size")
}

/// Prints extents as `1x2x3`.
pub(super) struct Dims<'a>(pub &'a [usize]);

impl std::fmt::Display for Dims<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str("a scalar");
        }
        let extents: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&extents.join("x"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Array, Grid};

    #[test]
    fn a_factor_scales_the_grid() {
        let grid = Grid { scales: vec![0.5], axis: 0, bits: 4 };
        let array = Array { grid: Some(grid), ..Array::real(vec![2], vec![1.5, -0.5]) };
        let scaled = array.times(-0.25);
        assert_eq!(scaled.reals(), [-0.375, 0.125]);
        assert_eq!(scaled.grid.map(|grid| grid.scales), Some(vec![0.125]));
        assert_eq!(array.times(0.0).grid, None);
    }
}
