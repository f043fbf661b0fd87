//! Looking through a folder before anything in it is replaced.

use std::fs;
use std::io;
use std::path::Path;

use super::error::{FileError, Result};
use super::list::{LIST_FILE, List};
use super::read::open;

/// Folder that the emitted Makefile works in: it is the user's to remove.
const WORK: &str = "work";
/// What a new file system holds; only the superuser can look into it.
const LOST: &str = "lost+found";

/// Finds that a folder holds nothing but unchanged files of ours, or says which file is the first that it does not. `true` if
/// there is nothing else either: no empty folder, and none of the emitted Makefile's.
pub(super) fn survey(root: &Path) -> Result<bool> {
    let list = List::load(&root.join(LIST_FILE))?;
    let mut walk = Walk { root, list: list.as_ref(), only_ours: true };
    walk.folder(root)?;
    Ok(walk.only_ours)
}

struct Walk<'a> {
    root: &'a Path,
    list: Option<&'a List>,
    only_ours: bool,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let mut empty = true;
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && folder.ends_with(LOST) => return Ok(()),
            entries => entries.map_err(FileError::at(folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(FileError::at(folder))?;
            let path = entry.path();
            empty = false;
            let name = path.strip_prefix(self.root).ok().and_then(Path::to_str);
            if name == Some(LIST_FILE) {
                continue;
            }
            if name == Some(WORK) && self.list.is_some() {
                self.only_ours = false;
                continue;
            }
            let kind = entry.file_type().map_err(FileError::at(&path))?;
            if kind.is_dir() {
                self.folder(&path)?;
                continue;
            }
            let listed = name.filter(|name| kind.is_file() && self.list.is_some_and(|list| list.names(name)));
            match (listed, self.list) {
                (Some(name), Some(list)) => unchanged(list, name, &path)?,
                _ => return Err(FileError::foreign(&path, "was not made by rowsmith")),
            }
        }
        self.only_ours &= !empty || folder == self.root;
        Ok(())
    }
}

/// Refuses a file that is not as we wrote it.
pub(super) fn unchanged(list: &List, name: &str, path: &Path) -> Result<()> {
    let changed = || FileError::foreign(path, "was changed after rowsmith wrote it");
    let file = open(path, u64::MAX).map_err(|_| changed())?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).map_err(FileError::at(path))?;
    if list.accepts(name, &hasher.finalize().to_hex()) { Ok(()) } else { Err(changed()) }
}
