//! Commands that are killed at random moments: the output is the old one or the new one, whole, and the next run works.
//!
//! `ROWSMITH_KILLS=200` kills as often and writes `record/kills.csv`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rowsmith::files::refuse_half_replaced;
use tempfile::TempDir;

const KILLS: usize = 20;

/// Files below a folder by relative path.
type Tree = BTreeMap<String, Vec<u8>>;

/// Files below `root`, but for folders that replacements are made in.
fn tree(root: &Path) -> Tree {
    let (mut found, mut open) = (Tree::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_staging = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".rowsmith-"));
            if path.is_dir() && !is_staging {
                open.push(path);
            } else if !is_staging {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// A command that can be run in two ways, each with an output of its own.
struct Subject {
    name: &'static str,
    folder: TempDir,
    /// The command lines.
    ways: [Vec<String>; 2],
    /// Files that a killed run may leave beside the output, for the next run.
    state: &'static [&'static str],
    /// Whether a kill may leave a folder that the next run finishes.
    in_place: bool,
}

/// What the kills left.
#[derive(Default)]
struct Counts {
    old: usize,
    new: usize,
    unfinished: usize,
}

impl Subject {
    fn command(&self, way: usize) -> Command {
        let mut command = Command::cargo_bin("rowsmith").expect("built");
        command.current_dir(self.folder.path()).args(&self.ways[way]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(&self, way: usize) {
        let output = self.command(way).stderr(Stdio::piped()).output().expect("started");
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out put")
    }

    /// Everything in the folder but the output and the state.
    fn bystanders(&self) -> Tree {
        let mut all = tree(self.folder.path());
        all.retain(|name, _| !name.starts_with("out put/") && !self.state.contains(&name.as_str()));
        all
    }

    fn litter(&self) -> Vec<String> {
        let names = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let all = names(self.folder.path()).chain(names(&self.out()));
        let mut all: Vec<String> = all.map(|name| name.to_string_lossy().into_owned()).collect();
        all.retain(|name| name.starts_with(".rowsmith-"));
        all
    }

    fn kill(&self, kills: usize) -> Counts {
        let mut random = StdRng::seed_from_u64(17);
        let bystanders = self.bystanders();
        let mut time = Duration::ZERO;
        let outputs = [1, 0].map(|way| {
            let start = Instant::now();
            self.run(way);
            time = start.elapsed();
            tree(&self.out())
        });
        let outputs = |way: usize| &outputs[1 - way];
        let (mut counts, mut current) = (Counts::default(), 0);
        for kill in 0..kills {
            let next = 1 - current;
            let mut child = self.command(next).spawn().expect("started");
            thread::sleep(time.mul_f64(random.random_range(0.0..1.1)));
            child.kill().expect("killed or ended");
            child.wait().expect("ended");
            let found = tree(&self.out());
            let unfinished = self.in_place && refuse_half_replaced(&self.out()).is_err();
            match &found {
                _ if unfinished => counts.unfinished += 1,
                found if found == outputs(current) => counts.old += 1,
                found if found == outputs(next) => counts.new += 1,
                _ => panic!("{}, kill {kill}: the output is neither: {:?}", self.name, found.keys()),
            }
            self.run(next);
            assert!(tree(&self.out()) == *outputs(next), "{}, kill {kill}: the next run", self.name);
            assert!(self.bystanders() == bystanders, "{}, kill {kill}: something else changed", self.name);
            assert_eq!(self.litter(), Vec::<String>::new(), "{}, kill {kill}", self.name);
            assert!(self.state.iter().all(|state| !self.folder.path().join(state).exists()));
            current = next;
        }
        counts
    }
}

fn example(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/digits").join(file)
}

fn subject(name: &'static str, command: &str, ways: [&str; 2]) -> Subject {
    let folder = TempDir::new().expect("folder");
    for file in ["digits.onnx", "calib.npz", "msq.toml"] {
        fs::copy(example(file), folder.path().join(file)).expect("copied");
    }
    for entry in fs::read_dir(example("")).expect("there").flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().ends_with(".safetensors") {
            fs::copy(entry.path(), folder.path().join(name)).expect("copied");
        }
    }
    fs::write(folder.path().join("thesis"), "years").expect("written");
    let line = |way: &str| {
        let words = format!("{command} {way}");
        words.split_whitespace().map(str::to_owned).chain(["-o".to_owned(), "out put".to_owned()]).collect()
    };
    Subject { name, folder, ways: ways.map(line), state: &[], in_place: false }
}

fn generate() -> Subject {
    let ways = ["--shape 16x4x16 --rows dsp(4)=4,sp2(4)=12", "--shape 4x1x8 --rows dsp(4)=4,sp2(4)=4"];
    subject("generate", "generate msq.toml -t xc7z020", ways)
}

#[test]
fn killed_commands_lose_nothing() {
    let wanted = std::env::var("ROWSMITH_KILLS").ok().and_then(|text| text.parse::<usize>().ok());
    let kills = wanted.unwrap_or(KILLS);
    let mut in_place = Subject { name: "generate in a folder that stays", in_place: true, ..generate() };
    fs::create_dir_all(in_place.out().join("empty")).expect("folder");
    let quick = "--calib calib.npz -t xc7z020 --images 4 --lut-share 0";
    let quantize = subject("quantize", &format!("quantize digits.onnx {quick}"), ["-m fixed(4)", "-m fixed(3)"]);
    let training = format!("quantize digits.onnx {quick} -m fixed(4) --train calib.npz --epochs");
    let mut training = subject("training", &training, ["2", "3"]);
    training.state = &["out put.train"];
    in_place.state = &[];
    let mut table = "command,kills,old_output,new_output,finished_by_next_run,lost\n".to_owned();
    for subject in [generate(), in_place, quantize, training] {
        let Counts { old, new, unfinished } = subject.kill(kills);
        writeln!(table, "{},{kills},{old},{new},{unfinished},0", subject.name).expect("a string takes every line");
    }
    if wanted.is_some() {
        let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("record/kills.csv");
        fs::write(record, table).expect("written");
    }
}
