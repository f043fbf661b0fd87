//! `rowsmith tools`: the outside tools that are found, and where.

use comfy_table::{Table, presets};
use serde_json::json;

use super::Outcome;
use super::failure::Failure;
use super::terminal::print;
use crate::tool::{Tool, ToolError, ToolKind};

/// Looks for all tools and prints what was found; a missing tool is no failure.
pub(super) fn run(json: bool) -> Result<Outcome, Failure> {
    let found: Vec<_> = ToolKind::ALL.iter().map(|kind| (kind, Tool::find(*kind))).collect();
    let text = if json {
        let entry = |(kind, tool): &(&ToolKind, Result<Tool, _>)| match tool {
            Ok(tool) => json!({ "tool": kind.to_string(), "program": tool.program, "version": tool.version }),
            Err(error) => json!({ "tool": kind.to_string(), "missing": format!("{error}") }),
        };
        let all: Vec<_> = found.iter().map(entry).collect();
        format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default())
    } else {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_header(["tool", "version", "program", "variable"]);
        for (kind, tool) in found {
            let (version, program) = match tool {
                Ok(tool) => (tool.version, tool.program.display().to_string()),
                Err(ToolError::Missing { minimum, .. }) => ("not found".to_owned(), format!("needs {minimum}")),
                Err(error) => ("refused".to_owned(), error.to_string()),
            };
            table.add_row([kind.to_string(), version, program, kind.variable().to_owned()]);
        }
        format!(
            "{table}\nSearched, in this order: the variable of each tool, the folder that ROWSMITH_TOOLS names, PATH, and .venv in \
             the current folder, the program's folder and their parents.\n"
        )
    };
    print(&text)?;
    Ok(Outcome::Good)
}
