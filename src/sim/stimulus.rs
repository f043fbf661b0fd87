//! Images for a simulation: read from an array file, or drawn at random.

use miette::Diagnostic;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::float::open_npy;
use crate::ir::{ActType, Network};

/// Elements an array file may hold: 2^28, so that a false header cannot ask for more memory than a network needs.
const MAX_ELEMENTS: u64 = 1 << 28;

/// Why images cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{file}: {cause}")]
#[diagnostic(
    code("RWS-V001"),
    help("images are an .npy file of whole numbers, shape [images, channels, height, width], within the input's type")
)]
pub struct StimulusError {
    file: String,
    cause: String,
}

/// Reads images in CHW order from an `.npy` file of any integer type, and checks them against the network's input.
pub fn read_images(path: &Path, network: &Network) -> Result<Vec<Vec<i32>>, StimulusError> {
    let fail = |cause: String| StimulusError { file: path.display().to_string(), cause };
    let (shape, values) = read_integers(path)?;
    let input = network.tensor(network.input);
    let size = input.shape.len();
    let expected = [input.shape.channels as u64, input.shape.height as u64, input.shape.width as u64];
    let vector = expected[1] == 1 && expected[2] == 1 && shape.get(1..) == Some(&expected[..1]);
    if shape.is_empty() || (shape[1..] != expected && !vector) {
        return Err(fail(format!(
            "shape {shape:?}, but the input is [images, {}, {}, {}]",
            expected[0], expected[1], expected[2]
        )));
    }
    if values.is_empty() {
        return Err(fail("there is no image".to_owned()));
    }
    if let Some((index, value)) = values.iter().enumerate().find(|(_, v)| !within(**v, input.act)) {
        let (image, element) = (index / size, index % size);
        let (lo, hi) = (input.act.lo, input.act.hi);
        return Err(fail(format!("image {image}, element {element} is {value}, outside {lo}..{hi}")));
    }
    Ok(values.chunks(size).map(|image| image.iter().map(|v| *v as i32).collect()).collect())
}

/// Reads labels, one whole number per image.
pub fn read_labels(path: &Path) -> Result<Vec<usize>, StimulusError> {
    let fail = |cause: String| StimulusError { file: path.display().to_string(), cause };
    let (_, values) = read_integers(path)?;
    values.iter().map(|v| usize::try_from(*v).map_err(|_| fail(format!("label {v} is negative")))).collect()
}

fn within(value: i64, act: ActType) -> bool {
    (i64::from(act.lo)..=i64::from(act.hi)).contains(&value)
}

fn read_integers(path: &Path) -> Result<(Vec<u64>, Vec<i64>), StimulusError> {
    let fail = |cause: String| StimulusError { file: path.display().to_string(), cause };
    let file = File::open(path).map_err(|e| fail(e.to_string()))?;
    let npy = open_npy(BufReader::new(file)).map_err(fail)?;
    let shape = npy.shape().to_vec();
    let count = shape.iter().try_fold(1u64, |product, n| product.checked_mul(*n));
    if count.is_none_or(|n| n > MAX_ELEMENTS) {
        return Err(fail(format!("shape {shape:?} is too large")));
    }
    if npy.order() != npyz::Order::C {
        return Err(fail("Fortran order is not supported; save a C-ordered array".to_owned()));
    }
    let npyz::DType::Plain(kind) = npy.dtype() else { return Err(fail("a record array".to_owned())) };
    let text = kind.to_string();
    let values = match text.trim_start_matches(['<', '|', '=']) {
        "i1" => read_as::<i8, _>(npy),
        "u1" => read_as::<u8, _>(npy),
        "i2" => read_as::<i16, _>(npy),
        "u2" => read_as::<u16, _>(npy),
        "i4" => read_as::<i32, _>(npy),
        "u4" => read_as::<u32, _>(npy),
        "i8" => read_as::<i64, _>(npy),
        _ => return Err(fail(format!("type {text} is not a whole number"))),
    };
    Ok((shape, values.map_err(|e| fail(e.to_string()))?))
}

fn read_as<T: npyz::Deserialize + Into<i64>, R: Read>(npy: npyz::NpyFile<R>) -> std::io::Result<Vec<i64>> {
    Ok(npy.into_vec::<T>()?.into_iter().map(Into::into).collect())
}

/// Images of uniformly random values; the same seed gives the same images.
pub fn random_images(network: &Network, count: usize, seed: u64) -> Vec<Vec<i32>> {
    let input = network.tensor(network.input);
    let span = (input.act.hi - input.act.lo + 1) as u64;
    let mut state = seed;
    let mut next = || {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    (0..count).map(|_| (0..input.shape.len()).map(|_| input.act.lo + (next() % span) as i32).collect()).collect()
}
