//! Bitstreams: icepack for iCE40, ecppack for ECP5.

use std::fs;
use std::path::{Path, PathBuf};

use crate::target::Family;
use crate::tool::{Cache, KeyBuilder, Tool, ToolError, ToolKind, run_logged};

const LAYOUT: &str = "layout.txt";

/// A program that turns a routed design into a bitstream.
#[derive(Debug, Clone)]
pub struct Packer {
    tool: Tool,
}

impl Packer {
    /// Finds the packer of a family; a bitstream is an extra, so none is no error unless it was named.
    pub fn find(family: Family) -> Result<Option<Self>, ToolError> {
        let kind = match family {
            Family::Ice40 => ToolKind::Icepack,
            Family::Ecp5 => ToolKind::Ecppack,
            Family::Xc7 => return Ok(None),
        };
        match Tool::find(kind) {
            Ok(tool) => Ok(Some(Self { tool })),
            Err(ToolError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Packs the routed design `layout`, or takes the bitstream from the cache.
    pub fn pack(&self, layout: &Path, cache: &Cache) -> Result<PathBuf, ToolError> {
        let text = fs::read(layout).map_err(ToolError::io("cannot read", layout))?;
        let key = KeyBuilder::default().add("tool", self.tool.version.as_bytes()).add("layout", &text).finish();
        let name = self.bitstream_name();
        let entry = cache.entry("bitstream", &key, |made, log| {
            let copy = made.join(LAYOUT);
            fs::write(&copy, &text).map_err(ToolError::io("cannot write", &copy))?;
            let mut command = self.tool.command();
            command.current_dir(made).args([LAYOUT, name]);
            run_logged(&self.tool.kind.to_string(), &mut command, log, |_| ())?.check()?;
            fs::remove_file(&copy).map_err(ToolError::io("cannot remove", &copy))
        })?;
        Ok(entry.join(name))
    }

    fn bitstream_name(&self) -> &'static str {
        if self.tool.kind == ToolKind::Icepack { "core.bin" } else { "core.bit" }
    }
}
