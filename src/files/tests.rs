//! Kills at every step, and everything that is not ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::ops::LIFE;
use super::place;
use super::*;

fn set(files: &[(&str, &str)]) -> FileSet {
    let mut set = FileSet::new();
    for (path, text) in files {
        set.add_bytes(*path, text.as_bytes().to_vec());
    }
    set
}

fn old() -> FileSet {
    set(&[
        ("model", "old"),
        ("same", "same"),
        ("mem/a", "old a"),
        ("mem/b", "old b"),
        ("flat", "a file"),
        ("gone/deep/x", "x"),
    ])
}

fn new() -> FileSet {
    set(&[
        ("model", "new"),
        ("same", "same"),
        ("mem/a", "new a"),
        ("mem/c", "new c"),
        ("flat/now", "a folder"),
        ("gone", "a file"),
    ])
}

/// All files below a folder by relative path; links as what they lead to.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if fs::symlink_metadata(&path).unwrap().is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap_or_default());
            }
        }
    }
    found
}

/// What `tree` finds of a folder that holds a set.
fn whole(set: &FileSet) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<_, _> = set.iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect();
    files.insert(LIST_FILE.to_owned(), list::List::of(set).bytes());
    files
}

/// Runs `work` with a kill before its step `life`; `true` if it got to its end.
fn killed(life: usize, work: impl FnOnce() -> std::result::Result<(), FileError>) -> bool {
    LIFE.set(Some(life));
    let outcome = work();
    let alive = LIFE.get() != Some(0);
    LIFE.set(None);
    assert!(outcome.is_ok() || !alive, "{outcome:?}");
    alive
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// In every state that a kill leaves, the folder is the old output or the new one, and the next command works.
#[test]
fn a_folder_that_is_exchanged_is_whole_after_any_kill() {
    for life in 0.. {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("my core");
        old().write(&target).unwrap();
        fs::write(parent.path().join("bystander"), "stays").unwrap();
        let done = killed(life, || new().write(&target));
        let found = tree(&target);
        assert!(found == whole(&new()) || (found == whole(&old()) && !done), "step {life}");
        // A kill of the next command, then one that is left alone.
        killed(life / 2, || OutputFolder::prepare(&target).map(drop));
        let found = tree(&target);
        assert!(found == whole(&old()) || found == whole(&new()), "step {life}, then {}", life / 2);
        new().write(&target).unwrap();
        assert_eq!(tree(&target), whole(&new()));
        assert_eq!(names(parent.path()), ["bystander", "my core"], "litter after step {life}");
        if done {
            assert!(life > 20);
            return;
        }
    }
}

#[test]
fn a_first_output_appears_whole() {
    for life in 0.. {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("core");
        let done = killed(life, || new().write(&target));
        assert!(if target.exists() { tree(&target) == whole(&new()) } else { !done }, "step {life}");
        new().write(&target).unwrap();
        assert_eq!((tree(&target), names(parent.path())), (whole(&new()), vec!["core".to_owned()]));
        if done {
            return;
        }
    }
}

/// Where the folder itself stays, a kill before the turning point leaves the old output; one after it a folder that nobody
/// reads from until the next command has finished it.
#[test]
fn a_folder_that_stays_is_finished_by_the_next_command() {
    let mut half = 0;
    for life in 0.. {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("core");
        old().write(&target).unwrap();
        fs::create_dir(target.join("work")).unwrap();
        fs::write(target.join("work/log"), "of make").unwrap();
        let with_log = |set: &FileSet| {
            let mut files = whole(set);
            files.insert("work/log".to_owned(), b"of make".to_vec());
            files
        };
        let done = killed(life, || new().write(&target));
        let mut found = tree(&target);
        found.retain(|name, _| !name.starts_with(".rowsmith-new/"));
        let is_half = refuse_half_replaced(&target).is_err();
        half += usize::from(is_half);
        assert!(is_half || found == with_log(&new()) || (found == with_log(&old()) && !done), "step {life}");
        killed(life / 2, || OutputFolder::prepare(&target).map(drop));
        OutputFolder::prepare(&target).unwrap();
        let found = tree(&target);
        assert!(found == with_log(&new()) || (found == with_log(&old()) && !is_half), "step {life}: {found:?}");
        new().write(&target).unwrap();
        assert_eq!(tree(&target), with_log(&new()));
        if done {
            assert!(half > 10, "{half}");
            return;
        }
    }
}

#[test]
fn a_file_is_replaced_in_one_step() {
    for life in 0.. {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        fs::write(&path, "old").unwrap();
        let done = killed(life, || OutputFile::prepare(&path)?.write(b"new"));
        let found = fs::read(&path).unwrap();
        assert!(found == b"new" || (found == b"old" && !done), "step {life}");
        OutputFile::prepare(&path).unwrap().write(b"newer").unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(parent.path())), (b"newer".to_vec(), vec!["state".to_owned()]));
        if done {
            return;
        }
    }
}

#[test]
fn a_file_added_to_a_folder_stays_ours_after_any_kill() {
    for life in 0.. {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("core");
        old().write(&target).unwrap();
        let folder = OutputFolder::prepare(&target).unwrap();
        folder.add("mem/bits", b"first").unwrap();
        let done = killed(life, || folder.add("mem/bits", b"second").map(drop));
        let found = fs::read(target.join("mem/bits")).unwrap();
        assert!(found == b"second" || (found == b"first" && !done));
        new().write(&target).unwrap();
        assert_eq!(tree(&target), whole(&new()));
        if done {
            return;
        }
    }
}

type Change<'a> = &'a dyn Fn(&Path);

/// Every way in which a folder can hold something of the user's. Nothing is changed, however the output is written.
#[test]
fn foreign_and_changed_files_stop_the_command() {
    let link = |to: &str, at: PathBuf| std::os::unix::fs::symlink(to, at).unwrap();
    let changes: [(&str, Change); 10] = [
        ("notes", &|core| fs::write(core.join("notes"), "mine").unwrap()),
        ("mem/notes", &|core| fs::write(core.join("mem/notes"), "mine").unwrap()),
        (".git/HEAD", &|core| {
            fs::create_dir(core.join(".git")).unwrap();
            fs::write(core.join(".git/HEAD"), "ref").unwrap();
        }),
        ("model", &|core| fs::write(core.join("model"), "edited").unwrap()),
        ("model", &|core| {
            fs::remove_file(core.join("model")).unwrap();
            link("same", core.join("model"));
        }),
        ("mem", &|core| {
            fs::rename(core.join("mem"), core.parent().unwrap().join("moved")).unwrap();
            link("../moved", core.join("mem"));
        }),
        ("pipe", &|core| {
            let pipe = core.join("pipe");
            rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        }),
        (LIST_FILE, &|core| fs::write(core.join(LIST_FILE), "{}").unwrap()),
        ("flat", &|core| fs::remove_file(core.join(LIST_FILE)).unwrap()),
        ("a\u{fffd}b", &|core| {
            use std::os::unix::ffi::OsStrExt;
            fs::write(core.join(std::ffi::OsStr::from_bytes(b"a\xffb")), "mine").unwrap();
        }),
    ];
    for (culprit, change) in changes {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("core");
        old().write(&target).unwrap();
        let output = OutputFolder::prepare(&target).unwrap();
        change(&target);
        let before = names(&target);
        let error = OutputFolder::prepare(&target).unwrap_err().to_string();
        let one_of_ours = culprit == "flat" && old().iter().any(|(path, _)| error.contains(path));
        assert!(error.contains(culprit) || one_of_ours, "{culprit}: {error}");
        assert_eq!(output.write(&new()).unwrap_err().to_string(), error, "a change during the work is noticed too");
        assert_eq!(names(&target), before);
    }
}

#[test]
fn a_list_leads_nowhere_else() {
    let parent = tempfile::tempdir().unwrap();
    let (target, mine) = (parent.path().join("core"), parent.path().join("mine"));
    fs::write(&mine, "mine").unwrap();
    old().write(&target).unwrap();
    let mut list = list::List::of(&old());
    list.files.insert("../mine".to_owned(), list::digest(b"mine"));
    list.files.insert(mine.to_str().unwrap().to_owned(), list::digest(b"mine"));
    fs::write(target.join(LIST_FILE), list.bytes()).unwrap();
    fs::create_dir(target.join("work")).unwrap();
    new().write(&target).unwrap();
    fs::remove_dir(target.join("work")).unwrap();
    fs::write(target.join(LIST_FILE), list.bytes()).unwrap();
    assert!(new().write(&target).is_err(), "the list is that of other files");
    assert_eq!(fs::read(&mine).unwrap(), b"mine");
}

#[test]
fn outputs_are_looked_at_before_work_begins() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path();
    fs::write(root.join("file"), "kept").unwrap();
    std::os::unix::fs::symlink("file", root.join("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", root.join("dangling")).unwrap();
    for path in ["link", "dangling", ".", "absent/file", "file/below"] {
        assert!(OutputFile::prepare(&root.join(path)).is_err(), "{path}");
    }
    assert!(OutputFile::prepare(Path::new("/dev/null")).is_err());
    assert!(OutputFile::prepare(Path::new("")).is_err());
    OutputFile::prepare(&root.join("new")).unwrap();
    for path in ["file", "dangling", "file/below", "absent/../below"] {
        assert!(OutputFolder::prepare(&root.join(path)).is_err(), "{path}");
    }
    assert!(OutputFolder::prepare(Path::new("")).is_err());
    for path in ["absent/below", "a b/c"] {
        OutputFolder::prepare(&root.join(path)).unwrap();
    }
    assert_eq!(names(root), ["dangling", "file", "link"], "nothing is made by looking");
    assert!(OutputFile::prepare(&root.join("file")).unwrap().starting_with(&[b"<svg"]).is_err());
    assert!(OutputFile::prepare(&root.join("file")).unwrap().starting_with(&[b"<svg", b"kept"]).is_ok());
}

/// A link to a folder stays, as does a folder that cannot be exchanged.
#[test]
fn a_link_to_a_folder_is_followed() {
    let parent = tempfile::tempdir().unwrap();
    let (real, link) = (parent.path().join("real"), parent.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink("real", &link).unwrap();
    for files in [old(), new()] {
        files.write(&link).unwrap();
        assert_eq!(tree(&real), whole(&files));
    }
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn two_at_once_are_told() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("core");
    old().write(&target).unwrap();
    fs::create_dir(target.join("work")).unwrap();
    let lock = super::tree::lock_folder(&target.join(".rowsmith-new"), &target).unwrap();
    assert!(matches!(OutputFolder::prepare(&target), Err(FileError::Busy { .. })));
    drop(lock);
    place::recover(&target).unwrap();
    OutputFolder::prepare(&target).unwrap();
}

#[test]
fn a_shared_folder_keeps_what_it_holds() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path();
    fs::write(root.join("thesis"), "years").unwrap();
    fs::write(root.join("mine.json"), "{}").unwrap();
    assert!(matches!(SharedFile::prepare(root, "mine.json"), Err(FileError::Foreign { .. })));
    let file = SharedFile::prepare(root, "ours.json").unwrap();
    for text in ["one", "two"] {
        file.write(text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(root.join("ours.json")).unwrap(), text);
    }
    fs::write(root.join("ours.json"), "edited").unwrap();
    assert!(SharedFile::prepare(root, "ours.json").is_err());
    assert_eq!(fs::read_to_string(root.join("thesis")).unwrap(), "years");
}
