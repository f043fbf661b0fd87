//! The manifest: a quantized network on disk, read with every check and written back.

mod draft;
mod error;
mod fault;
mod files;
mod keywords;
mod load;
mod matrix;
mod names;
mod operator;
mod order;
mod rows;
mod save;
mod schema;
mod types;
mod weights;
mod window;

pub use error::{ManifestError, Result};
pub use fault::Fault;
pub use load::{load, read};
pub(crate) use names::{escaped, is_name};
pub use save::{MODEL_FILE, render, save};
