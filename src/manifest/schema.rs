//! The TOML document as it stands in the file: keys and their types, nothing checked beyond that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::entries::{InputEntry, OutputEntry};
use super::operators::LayerEntry;
use super::{Fault, Result};
use crate::ir::Host;

/// The format version that is read and written.
pub(super) const FORMAT: i64 = 1;

/// The whole file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub format: i64,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    #[serde(default)]
    pub schemes: BTreeMap<String, String>,
    pub input: InputEntry,
    #[serde(default, rename = "layer")]
    pub layers: Vec<LayerEntry>,
    pub output: OutputEntry,
    #[serde(default, skip_serializing_if = "is_default")]
    pub host: Host,
}

fn is_default(host: &Host) -> bool {
    *host == Host::default()
}

/// Reads the document and checks its version.
pub(super) fn parse(bytes: &[u8]) -> Result<Document> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = position(bytes, error.valid_up_to());
        Fault::Syntax { line, column, message: "this is not UTF-8 text".to_owned() }
    })?;
    let syntax = |error: toml::de::Error| {
        let (line, column, message) = locate(bytes, &error);
        Fault::Syntax { line, column, message }
    };
    let document = toml::de::Deserializer::parse(text).map_err(syntax)?;
    match Document::deserialize(document) {
        Ok(document) if document.format == FORMAT => Ok(document),
        Ok(document) => Err(Fault::Format { found: document.format }.into()),
        Err(error) => Err(schema_fault(text, &error).into()),
    }
}

/// A file of another version is refused for its version, not for the keys that this version does not know.
fn schema_fault(text: &str, error: &toml::de::Error) -> Fault {
    #[derive(Deserialize)]
    struct Version {
        format: i64,
    }
    match toml::from_str::<Version>(text) {
        Ok(Version { format }) if format != FORMAT => Fault::Format { found: format },
        _ => {
            let (line, column, message) = locate(text.as_bytes(), error);
            Fault::Schema { line, column, message }
        }
    }
}

fn locate(text: &[u8], error: &toml::de::Error) -> (usize, usize, String) {
    let (line, column) = position(text, error.span().map_or(0, |span| span.start));
    let message = error.message().lines().collect::<Vec<_>>().join("; ");
    let printable = message.chars().flat_map(|c| match c {
        c if c.is_control() => c.escape_default().collect::<Vec<_>>(),
        c => vec![c],
    });
    (line, column, printable.take(400).collect())
}

/// Line and column, both from 1, of a byte.
fn position(text: &[u8], byte: usize) -> (usize, usize) {
    let before = &text[..byte.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    let line = before.split(|&b| b == b'\n').count();
    (line, 1 + String::from_utf8_lossy(&before[line_start..]).chars().count())
}
