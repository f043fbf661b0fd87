//! Bitstreams: icepack for iCE40, ecppack for ECP5, `gowin_pack` for Gowin, prjoxide for Nexus.

use std::fs;
use std::path::{Path, PathBuf};

use crate::target::{Device, Family};
use crate::tool::{Cache, KeyBuilder, Task, Tool, ToolError, ToolKind, run_logged};

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
            Family::Gowin => ToolKind::GowinPack,
            Family::Nexus => ToolKind::Prjoxide,
            Family::Xc7 => return Ok(None),
        };
        match Tool::find(kind) {
            Ok(tool) => Ok(Some(Self { tool })),
            Err(ToolError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Packs the routed design `layout` for `device`, or takes the bitstream from the cache.
    pub fn pack(&self, layout: &Path, device: &Device, cache: &Cache) -> Result<PathBuf, ToolError> {
        let text = fs::read(layout).map_err(ToolError::io("cannot read", layout))?;
        let (arguments, name) = (arguments(self.tool.kind, device), bitstream_name(self.tool.kind));
        let key = KeyBuilder::default()
            .add("tool", self.tool.version.as_bytes())
            .add("arguments", arguments.join(" ").as_bytes())
            .add("layout", &text)
            .finish();
        let entry = cache.entry("bitstream", &key, |made, log| {
            let copy = made.join(LAYOUT);
            fs::write(&copy, &text).map_err(ToolError::io("cannot write", &copy))?;
            let mut command = self.tool.command();
            command.current_dir(made).args(&arguments);
            run_logged(&self.tool.kind.to_string(), &mut command, log, Task::Pack.limit(), |_| ())?.check()?;
            fs::remove_file(&copy).map_err(ToolError::io("cannot remove", &copy))
        })?;
        Ok(entry.join(name))
    }
}

fn bitstream_name(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Icepack => "core.bin",
        ToolKind::GowinPack => "core.fs",
        _ => "core.bit",
    }
}

/// The command line, all files in the working folder.
fn arguments(kind: ToolKind, device: &Device) -> Vec<&str> {
    let name = bitstream_name(kind);
    match (kind, &device.die) {
        (ToolKind::GowinPack, Some(die)) => vec!["-d", die, "-o", name, LAYOUT],
        (ToolKind::Prjoxide, _) => vec!["pack", LAYOUT, name],
        _ => vec![LAYOUT, name],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn command_lines() {
        let line = |kind, target| {
            let device = Target::find(target).unwrap().device.unwrap();
            arguments(kind, &device).join(" ")
        };
        assert_eq!(line(ToolKind::Icepack, "ice40up5k"), "layout.txt core.bin");
        assert_eq!(line(ToolKind::Ecppack, "ecp5-25f"), "layout.txt core.bit");
        assert_eq!(line(ToolKind::GowinPack, "gw2a-18"), "-d GW2A-18C -o core.fs layout.txt");
        assert_eq!(line(ToolKind::Prjoxide, "lifcl-40"), "pack layout.txt core.bit");
    }
}
