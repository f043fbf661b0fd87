//! The toy core of the tool tests, in folders that a test may spoil.

use std::fs;
use std::path::Path;

use rowsmith::tool::{Cache, Tool, ToolKind};
use tempfile::TempDir;

/// A private copy of the toy core and a cache for it.
pub struct Toy {
    folder: TempDir,
    pub cache: Cache,
}

impl Toy {
    /// The toy core with a cache that lives as long as the build folder.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("hw_tests/vectors/toy");
        for file in ["files.f", "sim.f", "rtl/toy_lane.v", "rtl/toy_core.v", "sim/toy_sim.v", "mem/toy_table.hex"] {
            let to = folder.path().join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(source.join(file), to).unwrap();
        }
        let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        Self { folder, cache }
    }

    /// The core folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Replaces text in one of the files; the text must be there.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} holds no `{from}`");
        fs::write(path, text.replace(from, to)).unwrap();
    }
}

/// The tool, or a failed test that says how to get it.
pub fn tool(kind: ToolKind) -> Tool {
    Tool::find(kind).unwrap_or_else(|error| panic!("{error}"))
}
