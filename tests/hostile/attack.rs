//! Hostile arguments, files and streams: every one is a refusal in words, soon and in little memory, and nothing of the
//! user's is touched.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use rayon::prelude::*;

use super::files;
use super::runs::{Run, Stream};

/// Kilobytes of address space: a run that needs more aborts.
const MEMORY: u32 = 1 << 20;
/// Seconds of processor time.
const SECONDS: u32 = 10;
/// A run that waits is one that hangs; a busy machine may take its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// No tool runs but one that knows its version only.
const TOOLS: [&str; 10] = [
    "VERILATOR",
    "YOSYS",
    "NEXTPNR_ICE40",
    "NEXTPNR_ECP5",
    "NEXTPNR_GOWIN",
    "NEXTPNR_NEXUS",
    "ICEPACK",
    "ECPPACK",
    "GOWIN_PACK",
    "PRJOXIDE",
];

/// How a run ended, and what it said.
struct End {
    code: Option<i32>,
    text: String,
}

fn stream(kind: Stream) -> Stdio {
    match kind {
        Stream::Piped => Stdio::piped(),
        Stream::Full => File::options().write(true).open("/dev/full").expect("there").into(),
        Stream::Unread => {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            drop(reader);
            writer.into()
        }
    }
}

fn end(run: &Run, folder: &Path) -> End {
    let closed = if run.closed { " <&- >&- 2>&-" } else { "" };
    let room = if run.full { "trap '' XFSZ; ulimit -f 1; " } else { "" };
    let script = format!("{room}ulimit -v {MEMORY}; ulimit -t {SECONDS}; exec \"$0\" \"$@\"{closed}");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script]).arg(cargo_bin("rowsmith")).args(&run.arguments).current_dir(folder);
    for variable in TOOLS {
        command.env(format!("ROWSMITH_{variable}"), folder.join("tool"));
    }
    command
        .envs(run.environment.iter().copied())
        .env("ROWSMITH_CACHE", folder.join("cache"))
        .env("RAYON_NUM_THREADS", "2");
    command.stdin(Stdio::null()).stdout(stream(run.stdout)).stderr(stream(run.stderr));
    let mut child = command.spawn().expect("started");
    let readers = [child.stdout.take().map(reader), child.stderr.take().map(reader)];
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break Some(status);
        }
        if start.elapsed() > PATIENCE {
            child.kill().expect("killed");
            child.wait().expect("ended");
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = readers.into_iter().flatten().map(|reader| reader.join().expect("read")).collect();
    End { code: status.and_then(|status| status.code()), text }
}

fn reader(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What is wrong with the end of a run.
fn fault(run: &Run, end: &End) -> Option<&'static str> {
    let bad = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
    match end.code {
        None => Some("was ended by a signal, or hangs"),
        Some(code) if !run.codes.contains(&code) => Some("another exit code"),
        _ if end.text.contains("panicked") => Some("a panic"),
        _ if end.text.contains(bad) => Some("a control character"),
        _ if !run.quiet && end.code == Some(2) && end.text.trim().is_empty() => Some("no message"),
        _ => None,
    }
}

/// Regular files below a folder, with their digests, and links and pipes as what they are.
fn tree(root: &Path) -> BTreeMap<String, String> {
    let (mut found, mut open) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().expect("a type"));
            let small = kind.is_file() && entry.metadata().is_ok_and(|found| found.len() < 1 << 24);
            let content =
                if small { blake3::hash(&fs::read(&path).expect("read")).to_string() } else { format!("{kind:?}") };
            if kind.is_dir() {
                open.push(path.clone());
            }
            found.insert(path.strip_prefix(root).expect("below").to_string_lossy().into_owned(), content);
        }
    }
    found
}

#[test]
fn hostile_arguments_files_and_streams() {
    let folder = tempfile::tempdir().expect("folder");
    let inputs = folder.path().join("inputs");
    let files = files::make(&inputs);
    let before = tree(&inputs);
    let runs = super::runs::all(&files);
    assert!(runs.len() >= 500, "{}", runs.len());
    let faults: Vec<String> = runs
        .par_iter()
        .filter_map(|run| {
            let end = end(run, &inputs);
            let fault = fault(run, &end)?;
            Some(format!(
                "{:?} {:?}: {fault}, {:?} is expected: {:?}: {}",
                run.arguments, run.environment, run.codes, end.code, end.text
            ))
        })
        .collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), runs.len(), faults.join("\n"));
    let mut after = tree(&inputs);
    after.retain(|name, _| {
        !files::OUTPUTS.iter().any(|output| name == output || name.starts_with(&format!("{output}/")))
    });
    let changed: Vec<_> = before.iter().filter(|(name, content)| after.get(*name) != Some(content)).collect();
    let added: Vec<_> = after.keys().filter(|name| !before.contains_key(*name)).collect();
    assert!(changed.is_empty() && added.is_empty(), "changed: {changed:?}, added: {added:?}");
}
