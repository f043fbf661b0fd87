//! Second-order statistics of a convolution's inputs, from a sample of its windows.

use candle_core::Tensor;
use nalgebra::DMatrix;

use super::Result;

/// Largest block of columns with a full covariance; wider matrices get a block diagonal one.
const BLOCK: usize = 512;

/// The inputs of one convolution: `[groups * columns, sampled windows]`, float and quantized network side by side.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Mean of each column in the quantized network.
    pub mean: Vec<f64>,
    /// Mean of each column in the float network.
    pub float_mean: Vec<f64>,
    /// Mean square of each column around its mean, in the quantized network.
    pub variance: Vec<f32>,
    /// Consecutive ranges of columns; no range crosses a group.
    pub blocks: Vec<ColumnBlock>,
}

/// Covariances of a range of columns.
#[derive(Clone, Debug)]
pub struct ColumnBlock {
    /// First column.
    pub start: usize,
    /// Covariance of the quantized network's inputs.
    pub covariance: DMatrix<f64>,
    /// Covariance of (float - quantized) with quantized inputs; rows belong to the difference.
    pub drift: DMatrix<f64>,
    /// Windows it was measured on.
    pub samples: usize,
}

impl Columns {
    /// Statistics of `quantized` and `float`, both `[groups * width, windows]`.
    pub fn measure(float: &Tensor, quantized: &Tensor, width: usize) -> Result<Self> {
        let (total, samples) = quantized.dims2()?;
        let (mean, float_mean) = (quantized.mean_keepdim(1)?, float.mean_keepdim(1)?);
        let centred = quantized.broadcast_sub(&mean)?;
        let difference = (float.broadcast_sub(&float_mean)? - &centred)?;
        let mut blocks = Vec::new();
        for group in (0..total).step_by(width) {
            for start in (group..group + width).step_by(BLOCK) {
                let size = BLOCK.min(group + width - start);
                let inputs = centred.narrow(0, start, size)?;
                let transposed = inputs.t()?;
                let covariance = matrix(&inputs.matmul(&transposed)?, samples)?;
                let drift = matrix(&difference.narrow(0, start, size)?.matmul(&transposed)?, samples)?;
                blocks.push(ColumnBlock { start, covariance, drift, samples });
            }
        }
        let to_f64 = |t: &Tensor| -> Result<Vec<f64>> {
            Ok(t.flatten_all()?.to_vec1::<f32>()?.into_iter().map(f64::from).collect())
        };
        let variance = centred.sqr()?.mean(1)?.to_vec1()?;
        Ok(Self { mean: to_f64(&mean)?, float_mean: to_f64(&float_mean)?, variance, blocks })
    }
}

fn matrix(tensor: &Tensor, samples: usize) -> Result<DMatrix<f64>> {
    let (rows, columns) = tensor.dims2()?;
    let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
    Ok(DMatrix::from_row_iterator(rows, columns, values.into_iter().map(|v| f64::from(v) / samples as f64)))
}

/// Picks at most `count` of `total` indices, spread without a period that could fall in with the width of an image.
pub fn spread(total: usize, count: usize) -> Vec<u32> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    if total <= count {
        return (0..total as u32).collect();
    }
    (0..count).map(|i| ((i as f64 * GOLDEN).fract() * total as f64) as u32).collect()
}
