//! The user's files: read within limits, written so that none is ever lost.

mod error;
mod folder;
mod list;
mod ops;
mod output;
mod place;
mod read;
mod set;
mod single;
mod survey;
mod swap;
#[cfg(test)]
mod tests;
mod tree;

pub use error::FileError;
pub use list::LIST_FILE;
pub use output::{OutputFolder, SharedFile, refuse_half_replaced};
pub use read::{ReadError, open, read, read_text};
pub use set::FileSet;
pub use single::{FreshFile, OutputFile};
