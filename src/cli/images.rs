//! Options of all commands that take images.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::failure::Failure;
use crate::host::{Images, Units, load_images};
use crate::ir::Network;
use crate::sim::random_images;

/// Values of all random images together.
const MOST_VALUES: usize = 1 << 25;

/// What the numbers of a file are; see [`Units`].
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum UnitsArg {
    /// Numbers as the original network takes them.
    User,
    /// The core's integers, [images, channels, height, width].
    Core,
}

impl From<UnitsArg> for Units {
    fn from(units: UnitsArg) -> Self {
        match units {
            UnitsArg::User => Self::User,
            UnitsArg::Core => Self::Core,
        }
    }
}

/// A file of images, for commands that can do without.
#[derive(Debug, clap::Args)]
pub(super) struct ImageArgs {
    /// Images: an .npz or .npy file; see docs/data.md. Without it, images are random.
    #[arg(short, long, value_name = "FILE")]
    pub images: Option<PathBuf>,
    /// What the images' numbers are. By default, an .npy file of integers holds the core's, and any other file the user's.
    #[arg(long, value_enum, requires = "images")]
    units: Option<UnitsArg>,
    /// Number of images: the first N of the file, or N random ones.
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: Option<u32>,
}

impl ImageArgs {
    /// The file's images, at most `count` of them; none without a file.
    pub(super) fn load(&self, network: &Network, count: Option<usize>) -> Result<Option<Images>, Failure> {
        let load = |path: &PathBuf| load_images(path, &network.alone(), self.units.map(Units::from), count);
        let loaded = self.images.as_ref().map(load).transpose()?;
        Ok(loaded.map(|loaded| Images { images: network.framed(&loaded.images), ..loaded }))
    }

    /// Random images: as many as are wanted, or `usual`.
    pub(super) fn draw(&self, network: &Network, usual: usize, seed: u64) -> Result<Vec<Vec<i32>>, Failure> {
        let (count, size) = (self.wanted().unwrap_or(usual), network.tensor(network.input).shape.len());
        let count = count.div_ceil(network.images);
        let fits = count.checked_mul(size).is_some_and(|values| values <= MOST_VALUES);
        if fits { Ok(random_images(network, count, seed)) } else { Err(CountError { count, size }.into()) }
    }

    /// Images that go along with a core: as many as are wanted, or two, of the file or random.
    pub(super) fn samples(&self, network: &Network) -> Result<Vec<Vec<i32>>, Failure> {
        const USUAL: usize = 2;
        match self.load(network, self.wanted().or(Some(USUAL)))? {
            Some(loaded) => Ok(loaded.images),
            None => self.draw(network, USUAL, 1),
        }
    }

    /// What is worth a line about images that were read.
    pub(super) fn note(&self, images: Option<&Images>) -> String {
        let (Some(path), Some(images)) = (&self.images, images) else { return String::new() };
        let values = images.images.iter().map(Vec::len).sum();
        match (images.units, saturation(path, images.saturated, values)) {
            (Units::Core, _) => format!("{}: integers of the core\n", path.display()),
            (Units::User, None) => String::new(),
            (Units::User, Some(line)) => line + "\n",
        }
    }

    /// `count` as a number of images.
    pub(super) fn wanted(&self) -> Option<usize> {
        self.count.map(|count| count as usize)
    }
}

/// More images than memory is spent on.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{count} images of {size} values are too many: at most {MOST_VALUES} values are drawn at random")]
#[diagnostic(code("RWS-C004"), help("give a smaller --count; for other images, change --seed"))]
struct CountError {
    count: usize,
    size: usize,
}

/// How many numbers saturated, if any did.
pub(super) fn saturation(path: &Path, saturated: usize, values: usize) -> Option<String> {
    let share = 100.0 * saturated as f64 / values.max(1) as f64;
    (saturated > 0).then(|| {
        format!(
            "{}: {saturated} of {values} numbers ({share:.2} %) lie beyond the input's type and saturate",
            path.display()
        )
    })
}
