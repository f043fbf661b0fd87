//! Results kept by content: an entry is a folder named after the hash of everything that made it.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::error::ToolError;

/// Bytes that the cache may hold, unless `ROWSMITH_CACHE_MB` says otherwise.
const USUAL_SIZE: u64 = 4 << 30;
/// An entry that was used within this time is never removed for its size.
const IN_USE: Duration = Duration::from_secs(3600);
/// Logs of failed runs are kept this long.
const LOG_AGE: Duration = Duration::from_secs(7 * 24 * 3600);
/// File of an entry that lists the others.
const CONTENTS: &str = "contents.json";
const WORK: &str = ".work-";

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

/// A folder for one run, removed when dropped, or by the next command if this one is killed.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    /// Says that the folder is in use, as long as this process lives.
    _lock: Option<File>,
}

impl Scratch {
    fn within(parent: &Path) -> Result<Self, ToolError> {
        let folder = tempfile::Builder::new().prefix(WORK).tempdir_in(parent);
        let folder = folder.map_err(ToolError::io("cannot create a folder in", parent))?;
        let lock = File::open(folder.path()).ok();
        let lock = lock.filter(|lock| flock(lock, FlockOperation::NonBlockingLockExclusive).is_ok());
        Ok(Self { folder, _lock: lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The files of an entry with their digests, by which damage is noticed, and their size together.
#[derive(Serialize, Deserialize)]
struct Contents {
    size: u64,
    files: BTreeMap<String, String>,
}

impl Contents {
    fn of(entry: &Path) -> io::Result<Self> {
        let (mut files, mut bytes, mut open) = (BTreeMap::new(), 0, vec![entry.to_owned()]);
        while let Some(folder) = open.pop() {
            for found in fs::read_dir(&folder)? {
                let path = found?.path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                bytes += fs::metadata(&path)?.len();
                let name = path.strip_prefix(entry).unwrap_or(&path).to_string_lossy().into_owned();
                files.insert(name, digest(&path)?);
            }
        }
        Ok(Self { size: bytes, files })
    }

    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings are JSON")
    }

    fn load(entry: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(entry.join(CONTENTS)).ok()?).ok()
    }

    fn is_whole(&self, entry: &Path) -> bool {
        self.files.iter().all(|(name, expected)| digest(&entry.join(name)).is_ok_and(|found| found == *expected))
    }
}

fn digest(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// A folder of finished results. Entries are never changed: they appear whole, by rename, and two processes that make the
/// same entry at once agree on the first. A damaged entry is made anew, and the least recently used ones go when there is
/// no room.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
    size: u64,
}

impl Cache {
    /// A cache in `root`, which is created when first needed.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), size: USUAL_SIZE }
    }

    /// The user's cache: the folder of `ROWSMITH_CACHE`, or `rowsmith` in `XDG_CACHE_HOME` or in `~/.cache`. A user without
    /// a home has it in `build/cache` below the current directory.
    pub fn from_env() -> Self {
        let root = root(env::var_os("ROWSMITH_CACHE"), env::var_os("XDG_CACHE_HOME"), env::home_dir());
        let megabytes = env::var("ROWSMITH_CACHE_MB").ok().and_then(|text| text.parse::<u64>().ok());
        Self { root, size: megabytes.map_or(USUAL_SIZE, |megabytes| megabytes.saturating_mul(1 << 20)) }
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
        let parent = self.folder(kind)?;
        let entry = parent.join(&key.0);
        if let Some(entry) = self.existing(kind, key) {
            return Ok(entry);
        }
        remove_entry(&entry);
        let fresh = Scratch::within(&parent)?;
        make(fresh.path(), &parent.join(format!("{}.log", key.0)))?;
        let contents = Contents::of(fresh.path()).map_err(ToolError::io("cannot write", fresh.path()))?;
        fs::write(fresh.path().join(CONTENTS), contents.bytes())
            .map_err(ToolError::io("cannot write", fresh.path()))?;
        match fs::rename(fresh.path(), &entry) {
            Err(_) if entry.is_dir() => {}
            outcome => outcome.map_err(ToolError::io("cannot create", &entry))?,
        }
        self.make_room();
        Ok(entry)
    }

    /// Folder of the entry `key` of `kind`, if it exists and is undamaged.
    pub fn existing(&self, kind: &str, key: &Key) -> Option<PathBuf> {
        let entry = self.root.join(kind).join(&key.0).canonicalize().ok()?;
        Contents::load(&entry)?.is_whole(&entry).then_some(())?;
        // Its time says when it was used last; in a cache that cannot be written it does not matter.
        let list = File::options().append(true).open(entry.join(CONTENTS));
        let _ = list.and_then(|list| list.set_modified(SystemTime::now()));
        Some(entry)
    }

    /// A folder for one run. It is beside the entries because traces outgrow many a system's temporary folder.
    pub fn scratch(&self) -> Result<Scratch, ToolError> {
        let root = self.folder("")?;
        sweep(&root);
        Scratch::within(&root)
    }

    fn folder(&self, kind: &str) -> Result<PathBuf, ToolError> {
        let folder = self.root.join(kind);
        fs::create_dir_all(&folder).map_err(ToolError::io("cannot create", &folder))?;
        folder.canonicalize().map_err(ToolError::io("cannot resolve", &folder))
    }

    /// Removes litter, and the entries that were not used for longest until the rest is within the size. What another
    /// process removes at the same time is as good as removed here.
    fn make_room(&self) {
        let kinds = fs::read_dir(&self.root).into_iter().flatten().flatten().map(|kind| kind.path());
        let mut entries = Vec::new();
        for kind in kinds.filter(|kind| kind.is_dir()) {
            sweep(&kind);
            for entry in fs::read_dir(&kind).into_iter().flatten().flatten() {
                let age = age(&entry.path().join(CONTENTS));
                if let (Some(age), Some(contents)) = (age, Contents::load(&entry.path())) {
                    entries.push((age, contents.size, entry.path()));
                }
            }
        }
        entries.sort();
        let mut total = 0;
        for (age, bytes, entry) in entries {
            total += bytes;
            if total > self.size && age > IN_USE {
                remove_entry(&entry);
            }
        }
    }
}

/// Time since a file was changed.
fn age(path: &Path) -> Option<Duration> {
    let changed = fs::metadata(path).and_then(|found| found.modified()).ok()?;
    SystemTime::now().duration_since(changed).ok().or(Some(Duration::ZERO))
}

/// Removes an entry with its log. It goes by rename first, so that nobody finds a part of it.
fn remove_entry(entry: &Path) {
    let _ = fs::remove_file(entry.with_extension("log"));
    if let Some(scratch) = entry.parent().and_then(|parent| Scratch::within(parent).ok()) {
        let _ = fs::rename(entry, scratch.path().join("entry"));
    }
}

/// Removes folders of runs that were killed, and old logs.
fn sweep(folder: &Path) {
    for found in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (found.path(), found.file_name().to_string_lossy().into_owned());
        if name.starts_with(WORK) && age(&path).is_some_and(|age| age > Duration::from_secs(60)) {
            let free = |lock: &File| flock(lock, FlockOperation::NonBlockingLockExclusive).is_ok();
            if File::open(&path).is_ok_and(|lock| free(&lock)) {
                let _ = fs::remove_dir_all(&path);
            }
        } else if path.extension().is_some_and(|extension| extension == "log")
            && !path.with_extension("").exists()
            && age(&path).is_some_and(|age| age > LOG_AGE)
        {
            let _ = fs::remove_file(&path);
        }
    }
}

/// The folder of the cache, from two variables and the home.
fn root(named: Option<std::ffi::OsString>, shared: Option<std::ffi::OsString>, home: Option<PathBuf>) -> PathBuf {
    let named = named.filter(|name| !name.is_empty()).map(PathBuf::from);
    let shared = shared.map(PathBuf::from).filter(|folder| folder.is_absolute());
    let home = home.filter(|home| home.is_absolute()).map(|home| home.join(".cache"));
    named.or_else(|| shared.or(home).map(|folder| folder.join("rowsmith"))).unwrap_or_else(|| "build/cache".into())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn key(content: &str) -> Key {
        KeyBuilder::default().add("input", content.as_bytes()).finish()
    }

    /// The entry of a name, and whether it was made just now.
    fn entry(cache: &Cache, name: &str) -> (PathBuf, bool) {
        let mut made = false;
        let entry = cache.entry("kind", &key(name), |path, log| {
            made = true;
            fs::write(log, "a log").unwrap();
            fs::write(path.join("file"), "text").map_err(ToolError::io("cannot write", path))
        });
        (entry.unwrap(), made)
    }

    fn make_old(path: &Path, age: Duration) {
        let time = SystemTime::now() - age;
        File::open(path).unwrap().set_modified(time).unwrap();
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
        let (first, made) = entry(&cache, "x");
        assert!(made);
        assert_eq!(fs::read_to_string(first.join("file")).unwrap(), "text");
        assert_eq!(entry(&cache, "x"), (first, false));
    }

    #[test]
    fn a_damaged_entry_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let (path, _) = entry(&cache, "x");
        let damages: [fn(&Path); 5] = [
            |entry| fs::write(entry.join("file"), "tex").unwrap(),
            |entry| fs::remove_file(entry.join("file")).unwrap(),
            |entry| fs::write(entry.join(CONTENTS), "{").unwrap(),
            |entry| fs::remove_dir_all(entry).unwrap(),
            |entry| {
                fs::remove_dir_all(entry).unwrap();
                fs::write(entry, "a file").unwrap();
            },
        ];
        for damage in damages {
            damage(&path);
            assert_eq!(entry(&cache, "x"), (path.clone(), true));
            assert_eq!(fs::read_to_string(path.join("file")).unwrap(), "text");
            assert_eq!(entry(&cache, "x"), (path.clone(), false));
        }
    }

    #[test]
    fn the_oldest_entries_go_when_there_is_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { root: folder.path().to_owned(), size: 8 };
        let old: Vec<_> = ["a", "b", "c"].map(|name| entry(&cache, name).0).into();
        assert!(old.iter().all(|entry| entry.exists()), "all were used just now");
        for (entry, hours) in old.iter().zip([5, 3, 4]) {
            make_old(&entry.join(CONTENTS), Duration::from_secs(3600 * hours));
        }
        let (new, _) = entry(&cache, "d");
        let left: Vec<bool> = old.iter().chain([&new]).map(|entry| entry.exists()).collect();
        assert_eq!(left, [false, true, false, true]);
        assert!(!old[0].with_extension("log").exists());
    }

    #[test]
    fn litter_of_killed_runs_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let running = cache.scratch().unwrap();
        let killed = folder.path().join(".work-killed");
        fs::create_dir(&killed).unwrap();
        for path in [running.path(), &killed] {
            make_old(path, Duration::from_secs(3600));
        }
        cache.scratch().unwrap();
        assert!(running.path().exists() && !killed.exists());
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let failed = cache
            .entry("kind", &key("x"), |path, _| Err(ToolError::io("cannot write", path)(io::Error::other("full"))));
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(folder.path().join("kind")).unwrap().count(), 0);
    }

    #[test]
    fn racing_makers_agree() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let barrier = Barrier::new(2);
        let made = AtomicUsize::new(0);
        let make = || {
            cache.entry::<ToolError>("kind", &key("x"), |path, _| {
                made.fetch_add(1, Ordering::SeqCst);
                barrier.wait();
                fs::write(path.join("file"), "text").map_err(ToolError::io("cannot write", path))
            })
        };
        let (first, second) = std::thread::scope(|scope| {
            let other = scope.spawn(make);
            (make().unwrap(), other.join().unwrap().unwrap())
        });
        assert_eq!((first, made.into_inner()), (second, 2));
        assert_eq!(fs::read_dir(folder.path().join("kind")).unwrap().count(), 1);
    }

    #[test]
    fn where_the_cache_is() {
        let root = |named: &str, shared: &str, home: Option<&str>| {
            super::root(Some(named.into()), Some(shared.into()), home.map(PathBuf::from)).display().to_string()
        };
        assert_eq!(root("here", "/shared", Some("/home/u")), "here");
        assert_eq!(root("", "/shared", Some("/home/u")), "/shared/rowsmith");
        assert_eq!(root("", "relative", Some("/home/u")), "/home/u/.cache/rowsmith");
        assert_eq!(root("", "", None), "build/cache");
    }
}
