//! Outside tools: finding them, running them with a log, and keeping their results by content.

mod cache;
mod error;
mod find;
mod folder;
mod run;

pub use cache::{Cache, Key, KeyBuilder};
pub use error::ToolError;
pub use find::{Search, Tool, ToolKind};
pub use folder::CoreFolder;
pub use run::{Finished, run_limited, run_logged};
