//! Names: identifiers that can stand in generated Verilog.

use super::Fault;
use super::keywords::KEYWORDS;

const MAX_LENGTH: usize = 64;

/// Cells of all families, one a line, in order: a module of such a name would stand in for the cell, or clash with it.
const CELLS: &str = include_str!("cells.txt");

/// Text from a file as it may stand in a message: control characters and quotes escaped, at most 80 characters.
pub(crate) fn escaped(text: &str) -> String {
    let mut short: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        short.push_str("...");
    }
    short
}

/// Whether the text is a letter followed by at most 63 letters, digits or `_`.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.len() <= MAX_LENGTH
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether the name is of the language, of a module that goes along with every core, or of a cell of a family.
fn is_reserved(name: &str) -> bool {
    KEYWORDS.contains(&name) || name == "rws" || name.starts_with("rws_") || CELLS.lines().any(|cell| cell == name)
}

/// Refuses text that is no identifier or is reserved.
pub(super) fn check(name: &str) -> Result<(), Fault> {
    if !is_identifier(name) {
        return Err(Fault::Name { name: escaped(name) });
    }
    if is_reserved(name) {
        return Err(Fault::Reserved { name: name.to_owned() });
    }
    Ok(())
}

/// Whether the text can name a network or a layer; the one rule for manifests and for names from other files.
pub(crate) fn is_name(name: &str) -> bool {
    is_identifier(name) && !is_reserved(name)
}
