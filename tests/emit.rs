//! The emitted folder: same bytes every time, and written all at once or not at all.

use std::fs;
use std::path::Path;

use crate::common::{Subject, subject};
use rowsmith::files::{FileError, FileSet, LIST_FILE};
use rowsmith::hw;
use rowsmith::ir::TensorId;
use rowsmith::manifest;
use rowsmith::plan::{Loading, Plan, Request};
use rowsmith::target::Target;

fn emit(Subject { network, target, shape, .. }: &Subject) -> FileSet {
    let target = Target::find(target).expect("a built-in target");
    let plan = Plan::build(network, &target, shape).unwrap_or_else(|error| panic!("{}: {error}", network.name));
    hw::emit(network, &plan, &[]).expect("templates")
}

/// All of them can be planned, and no field of any memory image overflows.
#[test]
fn random_networks_give_the_same_bytes() {
    for seed in 0..500 {
        let (first, second) = (subject(seed), subject(seed));
        assert_eq!(first.network, second.network);
        assert_eq!(emit(&first), emit(&second), "seed {seed}");
    }
}

#[test]
fn the_example_gives_the_same_bytes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Target::find("xc7z020").expect("a built-in target");
    let all = || {
        let network = manifest::load(&root.join("examples/digits/msq.toml")).expect("the example");
        let request = Request::parse(Some("8x2x16"), Some("dsp(4)=4,sp2(4)=12")).expect("a shape");
        let plan = request.plan(&network, &target).expect("a plan");
        hw::emit(&network, &plan, &[]).expect("templates")
    };
    let (first, second) = (all(), all());
    assert_eq!(first, second);
    assert_eq!(first.digest(), second.digest());
    let home = root.to_string_lossy();
    assert!(first.iter().all(|(_, file)| !String::from_utf8_lossy(file).contains(&*home)), "no path of this machine");
}

/// The top of a core is short enough to read, and names neither trace nor twin: those are the simulation top's.
#[test]
fn the_top_is_read_in_a_sitting() {
    const MOST_LINES: usize = 200;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let network = manifest::load(&root.join("examples/digits/msq.toml")).unwrap();
    for (target, loading) in [("xc7z020", Loading::BITSTREAM), ("ice40up5k", Loading::BOTH)] {
        let plan = Request::default().plan(&network, &Target::find(target).unwrap()).unwrap().with_loading(loading);
        let files = hw::emit(&network, &plan, &[]).unwrap();
        let text = |path: &str| String::from_utf8(files.iter().find(|(name, _)| *name == path).unwrap().1.to_vec());
        // Generated files lie in `rtl/` itself, static modules in its folders.
        let generated = files.iter().filter(|(path, _)| path.starts_with("rtl/") && path.matches('/').count() == 1);
        let names: Vec<&str> = generated.map(|(path, _)| path).collect();
        assert_eq!(names, ["rtl/msq.v", "rtl/msq_arrays.v"]);
        let top = text("rtl/msq.v").unwrap();
        assert!(top.lines().count() <= MOST_LINES, "{} lines", top.lines().count());
        assert!(!top.contains("trace") && !top.contains("TWIN"));
        let simulated = text("sim/msq_sim.v").unwrap();
        assert!(simulated.contains("trace_valid") && simulated.contains("TWIN"));
    }
}

/// The run of the sample images reads as many bytes of each image as the expected results have.
#[test]
fn the_run_has_lanes_as_wide_as_the_results() {
    let is_wide = |subject: &Subject| subject.network.tensor(subject.network.output).act.bits > 8;
    let wide: Vec<Subject> = (0..30).map(subject).filter(is_wide).collect();
    assert!(!wide.is_empty());
    for Subject { network, target, shape, .. } in wide {
        let plan = Plan::build(&network, &Target::find(target).unwrap(), &shape).unwrap();
        let image = vec![0; network.tensor(network.input).shape.len()];
        let files = hw::emit(&network, &plan, &[image]).unwrap();
        let file = |name: &str| files.iter().find(|(path, _)| *path == name).map(|(_, bytes)| bytes.to_vec()).unwrap();
        let run = String::from_utf8(file("sim/run.txt")).unwrap();
        let number =
            |key: &str| run.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<usize>().ok()).unwrap();
        assert_eq!(number("bytes_out"), file("sim/expected.bin").len(), "{}", network.name);
        assert!(number("out_lanes").is_power_of_two() && number("out_lanes") >= 4, "{}", network.name);
        assert_eq!(number("images") * number("bytes_in"), file("sim/input.bin").len(), "{}", network.name);
    }
}

/// Channels in their own order are recognised without the order.
#[test]
fn natural_orders_are_told_from_others() {
    let mut found = [0; 2];
    for seed in 0..150 {
        let Subject { network, target, shape, .. } = subject(seed);
        let Ok(plan) = Plan::build(&network, &Target::find(target).unwrap(), &shape) else { continue };
        let orders = &plan.program.orders;
        for tensor in (0..plan.program.graph.tensors.len()).map(TensorId) {
            let natural = orders.stored(tensor).iter().enumerate().all(|(place, channel)| *channel == Some(place));
            assert_eq!(orders.is_natural(tensor), natural, "seed {seed}, tensor {}", tensor.0);
            found[usize::from(natural)] += 1;
        }
    }
    assert!(found[0] > 20 && found[1] > 20, "{found:?}");
}

/// Paths below a folder with their contents, in order.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                found.push((name, fs::read(&path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn files(entries: &[(&str, &str)]) -> FileSet {
    let mut set = FileSet::new();
    for (path, text) in entries {
        set.add(*path, (*text).to_owned());
    }
    set
}

/// The files of a set as they are on disk, without the list that goes with them.
fn listed(set: &FileSet) -> Vec<(String, Vec<u8>)> {
    set.iter().map(|(path, text)| (path.to_owned(), text.to_vec())).collect()
}

fn written(folder: &Path) -> Vec<(String, Vec<u8>)> {
    tree(folder).into_iter().filter(|(path, _)| path != LIST_FILE).collect()
}

#[test]
fn an_earlier_output_is_replaced_as_a_whole() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("deep/core");
    let old = files(&[("plan.json", "{}"), ("rtl/old.v", "old")]);
    let new = files(&[("plan.json", "{}"), ("rtl/new.v", "new\n")]);
    old.write(&target).unwrap();
    assert_eq!(written(&target), listed(&old));
    new.write(&target).unwrap();
    assert_eq!(written(&target), listed(&new));
    assert_eq!(names(&parent.path().join("deep")), ["core"], "nothing is left beside it");
}

#[test]
fn an_empty_folder_is_taken() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("core");
    fs::create_dir(&target).unwrap();
    let set = files(&[("plan.json", "{}")]);
    set.write(&target).unwrap();
    assert_eq!(written(&target), listed(&set));
}

#[test]
fn foreign_folders_and_files_are_refused() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("thesis");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("chapter.txt"), "words").unwrap();
    let file = parent.path().join("notes");
    fs::write(&file, "more words").unwrap();
    let set = files(&[("plan.json", "{}")]);
    for (target, foreign) in [(&folder, &folder.join("chapter.txt")), (&file, &file)] {
        let error = set.write(target).unwrap_err();
        assert!(
            matches!(&error, FileError::Foreign { path, .. } if path.ends_with(foreign.file_name().unwrap())),
            "{error}"
        );
    }
    assert_eq!(tree(&folder), [("chapter.txt".to_owned(), b"words".to_vec())]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "more words");
    assert_eq!(names(parent.path()), ["notes", "thesis"]);
}

/// A file where a folder is needed fails for every user, the superuser included.
#[test]
fn a_failed_write_leaves_the_old_folder() {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("core");
    let old = files(&[("plan.json", "{}"), ("rtl/old.v", "old")]);
    old.write(&target).unwrap();
    let clash = files(&[("mem", "a file"), ("mem/image.hex", "0"), ("plan.json", "{}")]);
    let error = clash.write(&target).unwrap_err();
    assert!(matches!(error, FileError::Write { .. }), "{error}");
    assert_eq!(written(&target), listed(&old));
    assert_eq!(names(parent.path()), ["core"]);
}

#[test]
fn an_unwritable_parent_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let blocker = parent.path().join("blocker");
    fs::write(&blocker, "a file").unwrap();
    let error = files(&[("plan.json", "{}")]).write(&blocker.join("core")).unwrap_err();
    assert!(matches!(error, FileError::Write { .. }), "{error}");
    assert_eq!(names(parent.path()), ["blocker"]);
}

/// Without the superuser's rights a folder that forbids writing stays as it is.
#[cfg(unix)]
#[test]
fn a_folder_that_forbids_writing_stays_empty() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let closed = parent.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let superuser = fs::write(closed.join("probe"), "").is_ok();
    if !superuser {
        let error = files(&[("plan.json", "{}")]).write(&closed.join("core")).unwrap_err();
        assert!(matches!(error, FileError::Write { .. }), "{error}");
        assert_eq!(names(&closed), Vec::<String>::new());
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
}
