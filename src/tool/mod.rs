//! Outside tools: finding them, running them with a log, and keeping their results by content.

mod cache;
mod error;
mod find;
mod folder;
mod group;
mod kind;
mod limit;
mod run;

pub use cache::{Cache, Key, KeyBuilder, Scratch};
pub use error::ToolError;
pub use find::{Search, Tool};
pub use folder::CoreFolder;
pub use kind::ToolKind;
pub use limit::Task;
pub use run::{Finished, run_logged};
