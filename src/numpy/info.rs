//! An array as a list of arrays shows it.

/// What is known of an array before its values are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayInfo {
    /// Name in the archive, or the stem of the name of an `.npy` file.
    pub name: String,
    /// Extents.
    pub dims: Vec<usize>,
    /// Whether its type is one of integers or booleans.
    pub integer: bool,
    /// Place in the archive.
    pub(super) index: usize,
}

impl ArrayInfo {
    /// Number of values.
    pub fn values(&self) -> usize {
        self.dims.iter().product()
    }

    /// Name and shape for a message; names come from a file.
    pub fn text(&self) -> String {
        format!("{} {:?}", self.quoted(), self.dims)
    }

    pub(super) fn quoted(&self) -> String {
        format!("`{}`", self.name.escape_debug())
    }
}
