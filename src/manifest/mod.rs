//! The manifest: a quantized network on disk, read with every check and written back.

mod digest;
mod draft;
mod entries;
mod error;
mod fault;
mod files;
mod load;
mod matrix;
mod operators;
mod order;
mod rows;
mod save;
mod schema;
mod weights;

pub use error::{ManifestError, Result};
pub use fault::Fault;
pub use load::{load, read};
pub use save::{MODEL_FILE, render, save};
