//! Results kept by content: an entry is a folder named after the hash of everything that made it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::ToolError;

/// Name of a cache entry: blake3 of the inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

/// Collects named inputs into a [`Key`]. Lengths are hashed too, so that two lists of inputs never run together.
#[derive(Debug, Default)]
pub struct KeyBuilder(blake3::Hasher);

impl KeyBuilder {
    /// Adds one input.
    #[must_use]
    pub fn add(mut self, name: &str, content: &[u8]) -> Self {
        for part in [name.as_bytes(), content] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    /// The key of everything added so far.
    pub fn finish(self) -> Key {
        Key(self.0.finalize().to_hex()[..32].to_owned())
    }
}

/// A folder of finished results. Entries are never changed: they appear whole, by rename, and two processes that
/// make the same entry at once agree on the first.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// A cache in `root`, which is created when first needed.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of `ROWSMITH_CACHE`, or `build/cache` below the current directory.
    pub fn from_env() -> Self {
        Self::at(env::var_os("ROWSMITH_CACHE").map_or_else(|| PathBuf::from("build/cache"), PathBuf::from))
    }

    /// Folder of the entry `key` of `kind`; if it does not exist, `make` fills a new folder first.
    ///
    /// `make` gets the folder and the path for a log, which stays beside the entry even when `make` fails.
    pub fn entry<E: From<ToolError>>(
        &self,
        kind: &str,
        key: &Key,
        make: impl FnOnce(&Path, &Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let parent = self.root.join(kind);
        fs::create_dir_all(&parent).map_err(ToolError::io("cannot create", &parent))?;
        let parent = parent.canonicalize().map_err(ToolError::io("cannot resolve", &parent))?;
        let entry = parent.join(&key.0);
        if entry.is_dir() {
            return Ok(entry);
        }
        let fresh = temporary_in(&parent)?;
        make(fresh.path(), &parent.join(format!("{}.log", key.0)))?;
        match fs::rename(fresh.path(), &entry) {
            Err(_) if entry.is_dir() => {}
            outcome => outcome.map_err(ToolError::io("cannot create", &entry))?,
        }
        Ok(entry)
    }

    /// Folder of the entry `key` of `kind`, if it exists.
    pub fn existing(&self, kind: &str, key: &Key) -> Option<PathBuf> {
        self.root.join(kind).join(&key.0).canonicalize().ok()
    }

    /// A folder for one run, removed when dropped. It is beside the entries because traces outgrow
    /// many a system's temporary folder.
    pub fn scratch(&self) -> Result<TempDir, ToolError> {
        fs::create_dir_all(&self.root).map_err(ToolError::io("cannot create", &self.root))?;
        let root = self.root.canonicalize().map_err(ToolError::io("cannot resolve", &self.root))?;
        temporary_in(&root)
    }
}

fn temporary_in(parent: &Path) -> Result<TempDir, ToolError> {
    let folder = tempfile::Builder::new().prefix(".work-").tempdir_in(parent);
    folder.map_err(ToolError::io("cannot create a folder in", parent))
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn key(content: &str) -> Key {
        KeyBuilder::default().add("input", content.as_bytes()).finish()
    }

    #[test]
    fn inputs_never_run_together() {
        let joined = KeyBuilder::default().add("a", b"bc").finish();
        assert_ne!(joined, KeyBuilder::default().add("ab", b"c").finish());
        assert_eq!(joined, KeyBuilder::default().add("a", b"bc").finish());
    }

    #[test]
    fn an_entry_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let made = AtomicUsize::new(0);
        for _ in 0..2 {
            let entry = cache.entry("kind", &key("x"), |path, _| {
                made.fetch_add(1, Ordering::SeqCst);
                fs::write(path.join("file"), "text").map_err(ToolError::io("cannot write", path))
            });
            assert_eq!(fs::read_to_string(entry.unwrap().join("file")).unwrap(), "text");
        }
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let failed = cache.entry("kind", &key("x"), |path, _| {
            Err(ToolError::io("cannot write", path)(std::io::Error::other("full")))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(folder.path().join("kind")).unwrap().count(), 0);
    }

    #[test]
    fn racing_makers_agree() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let barrier = Barrier::new(2);
        let make = || {
            cache.entry::<ToolError>("kind", &key("x"), |path, _| {
                barrier.wait();
                fs::write(path.join("file"), "text").map_err(ToolError::io("cannot write", path))
            })
        };
        let (first, second) = std::thread::scope(|scope| {
            let other = scope.spawn(make);
            (make().unwrap(), other.join().unwrap().unwrap())
        });
        assert_eq!(first, second);
        assert_eq!(fs::read_dir(folder.path().join("kind")).unwrap().count(), 1);
    }
}
