//! The list of runs.

use super::files::Files;

/// Where standard output or standard error goes.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// To the test.
    Piped,
    /// Where there is no room.
    Full,
    /// To a reader that is gone.
    Unread,
}

/// One run of the binary.
#[derive(Clone, Debug)]
pub struct Run {
    pub arguments: Vec<String>,
    pub environment: Vec<(&'static str, &'static str)>,
    pub stdout: Stream,
    pub stderr: Stream,
    /// All three streams are closed.
    pub closed: bool,
    /// No file can be longer than a kilobyte: what a full disk is to a command.
    pub full: bool,
    /// Nobody hears what it says.
    pub quiet: bool,
    /// Exit codes that are right.
    pub codes: &'static [i32],
}

const REFUSED: &[i32] = &[2];
const ANSWERED: &[i32] = &[0, 1, 2];

fn run(arguments: &[&str], codes: &'static [i32]) -> Run {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Run {
        arguments,
        environment: Vec::new(),
        stdout: Stream::Piped,
        stderr: Stream::Piped,
        closed: false,
        full: false,
        quiet: false,
        codes,
    }
}

/// Command lines with a place for a file or a number, `@`.
fn line(text: &str, value: &str, codes: &'static [i32]) -> Run {
    let words: Vec<String> = text.split_whitespace().map(|word| word.replace('@', value)).collect();
    run(&words.iter().map(String::as_str).collect::<Vec<_>>(), codes)
}

const SHAPE: &str = "--shape 4x1x8 --rows dsp(4)=4,sp2(4)=4";

/// Every run.
pub fn all(files: &Files) -> Vec<Run> {
    let mut all = inputs(files);
    all.extend(outputs(files));
    all.extend(numbers());
    all.extend(words());
    all.extend(streams());
    all.extend(no_room());
    all.extend(variables());
    all
}

/// Files that are read.
fn inputs(files: &Files) -> Vec<Run> {
    let quantize = |slot: &str| format!("quantize digits.onnx --calib calib.npz -t xc7z020 -o new/q --images 2 {slot}");
    let lines = [
        ("toml", "check -- @".to_owned()),
        ("toml", "plan -t xc7z020 -- @".to_owned()),
        ("toml", "generate -t xc7z020 -o new/g -- @".to_owned()),
        ("toml", "plan msq.toml -t=./@".to_owned()),
        ("toml", "sweep --out new/s -- @".to_owned()),
        ("onnx", "quantize --calib calib.npz -t xc7z020 -o new/q -- @".to_owned()),
        ("npz", "quantize digits.onnx --calib=@ -t xc7z020 -o new/q".to_owned()),
        ("npz", quantize("--test=@")),
        ("npz", quantize("--train=@")),
        ("npy", format!("verify msq.toml -t xc7z020 {SHAPE} --images=@")),
        ("npz", "run msq.toml --inputs=@ -o new/y.npz".to_owned()),
        ("npy", "run msq.toml --inputs test_images.npy --units core --labels=@".to_owned()),
        ("npz", "run msq.toml --inputs test_images.npy --units core --reference=@".to_owned()),
    ];
    let mut all = Vec::new();
    for (extension, text) in &lines {
        let fitting = |name: &&String| name.ends_with(extension) || name.starts_with("spoof");
        for name in files.unreadable.iter().chain(files.nonsense.iter().filter(fitting)) {
            all.push(line(text, name, REFUSED));
        }
    }
    all.push(line(&quantize("--train calib.npz --epochs 1 --checkpoint=@"), "noise.npz", REFUSED));
    all
}

/// Places that are written to: none of them may change.
fn outputs(files: &Files) -> Vec<Run> {
    let lines = [
        format!("generate msq.toml -t xc7z020 {SHAPE} -o=@"),
        format!("synth msq.toml -t xc7z020 {SHAPE} -o=@"),
        format!("plan msq.toml -t ice40up5k {SHAPE} --pareto=@"),
        format!("verify msq.toml -t xc7z020 {SHAPE} --wave=@"),
        "sweep list.toml -o=@".to_owned(),
        "run msq.toml --inputs test_images.npy --units core -n 4 -o=@".to_owned(),
        "quantize digits.onnx --calib calib.npz -t xc7z020 -o=@".to_owned(),
        "quantize digits.onnx --calib calib.npz -t xc7z020 -o new/q --train calib.npz --epochs 1 --checkpoint=@"
            .to_owned(),
    ];
    // These can be made.
    let possible = |name: &&String| !name.starts_with("absent") && name.as_str() != ".." && name.as_str() != "/";
    let existing = [
        "msq.toml",
        "digits.onnx",
        "calib.npz",
        "list.toml",
        "tool",
        "/dev/null",
        "/dev/stdout",
        "/proc/self/fd/1",
        "folder/thesis",
    ];
    let names: Vec<&str> = files.unreadable.iter().filter(possible).map(String::as_str).chain(existing).collect();
    // A sweep leaves the rest of its folder alone, so any folder will do; arrays replace arrays.
    let fits = |text: &str, name: &str| match name {
        "." | "folder" => !text.starts_with("sweep"),
        "calib.npz" => !text.starts_with("run"),
        _ => true,
    };
    let of_line = |text: &String| {
        let names = names.iter().filter(|name| fits(text, name));
        names.map(|name| line(text, name, REFUSED)).collect::<Vec<_>>()
    };
    lines.iter().flat_map(of_line).collect()
}

/// Numbers that are too large, too small, or none.
fn numbers() -> Vec<Run> {
    let values = [
        "0",
        "-1",
        "1",
        "99999999999999999999999999",
        "18446744073709551615",
        "4294967295",
        "9223372036854775807",
        "NaN",
        "inf",
        "1e308",
        "-0.0",
        "",
        "٣",
        "0x10",
        "\u{1b}[31m",
    ];
    let quantize = |option: &str| format!("quantize empty.onnx --calib calib.npz -t xc7z020 -o new/q {option}=@");
    let options = [
        "--lut-share",
        "--wide-share",
        "--mantissa-bits",
        "--images",
        "--epochs",
        "--batch",
        "--refresh",
        "--seed",
        "--rate",
    ];
    let mut all: Vec<Run> =
        options.iter().flat_map(|option| values.map(|value| line(&quantize(option), value, REFUSED))).collect();
    for (text, codes) in [
        ("plan msq.toml -t xc7z020 --shape=@x1x1", ANSWERED),
        ("plan msq.toml -t xc7z020 --shape=4x@x8", ANSWERED),
        ("plan msq.toml -t xc7z020 --shape=4x1x8x@", ANSWERED),
        ("plan msq.toml -t xc7z020 --shape 4x1x8 --rows=dsp(4)=@", ANSWERED),
        ("plan msq.toml -t xc7z020 --shape 4x1x8 --rows=dsp(@)=4,sp2(4)=4", ANSWERED),
        ("plan msq.toml -t xc7z020 --oversize --shape=@x@x@", ANSWERED),
        ("pnr msq.toml -t xc7z020 --shape 4x1x8 --rows dsp(4)=4,sp2(4)=4 --freq=@", ANSWERED),
        ("pnr msq.toml -t ice40up5k --shape 4x1x8 --rows dsp(4)=4,sp2(4)=4 --oversize --seeds=@ --jobs=1", ANSWERED),
        ("verify msq.toml -t xc7z020 --shape 4x1x8 --rows dsp(4)=4,sp2(4)=4 --count=@", ANSWERED),
        ("verify msq.toml -t xc7z020 --shape 4x1x8 --rows dsp(4)=4,sp2(4)=4 --stalls=@", ANSWERED),
    ] {
        all.extend(values.map(|value| line(text, value, codes)));
    }
    all
}

/// Words in the place of commands, targets and number systems.
fn words() -> Vec<Run> {
    let long = "x".repeat(100_000);
    let deep = "(".repeat(10_000);
    let values = [
        "",
        "-",
        "--",
        "\u{1b}[31mred",
        "\u{202e}evil",
        "fixed(",
        "fixed(99999999999999999999)",
        "sp2(4;2,1",
        "ausn(4;1,2,3)",
        &long,
        &deep,
        "a\nb\nc",
    ];
    let lines: [&[&str]; 6] = [
        &["@"],
        &["plan", "msq.toml", "-t=@"],
        &["quantize", "digits.onnx", "--calib", "calib.npz", "-t", "xc7z020", "-o", "new/q", "-m=@"],
        &["plan", "msq.toml", "-t", "xc7z020", "--rows=@"],
        &["plan", "msq.toml", "-t", "xc7z020", "--shape=@"],
        &["completions", "@"],
    ];
    let one = |words: &[&str], value: &str| {
        let words: Vec<String> = words.iter().map(|word| word.replace('@', value)).collect();
        run(&words.iter().map(String::as_str).collect::<Vec<_>>(), REFUSED)
    };
    lines.iter().flat_map(|words| values.map(|value| one(words, value))).collect()
}

/// Streams that are closed, full or unread.
fn streams() -> Vec<Run> {
    let good = [
        "--help",
        "--version",
        "check msq.toml",
        "--json check msq.toml",
        "targets",
        "--json targets",
        "completions bash",
        "tools",
    ];
    let bad = ["check absent", "--json check absent", "nonsense", "plan msq.toml -t nowhere"];
    let mut all = Vec::new();
    for text in good {
        all.push(Run { stdout: Stream::Full, ..line(text, "", REFUSED) });
        all.push(Run { stdout: Stream::Full, stderr: Stream::Full, quiet: true, ..line(text, "", REFUSED) });
        all.push(Run { stdout: Stream::Unread, ..line(text, "", &[141]) });
        all.push(Run { stdout: Stream::Unread, stderr: Stream::Unread, ..line(text, "", &[141]) });
        all.push(Run { closed: true, ..line(text, "", &[0]) });
    }
    for text in bad {
        all.push(Run { stderr: Stream::Full, quiet: true, ..line(text, "", REFUSED) });
        all.push(Run { stderr: Stream::Unread, quiet: true, ..line(text, "", REFUSED) });
        all.push(Run { closed: true, quiet: true, ..line(text, "", REFUSED) });
    }
    all
}

/// Outputs for which there is no room: nothing of them is left.
fn no_room() -> Vec<Run> {
    let lines = [
        format!("generate msq.toml -t xc7z020 {SHAPE} -o tight/g"),
        "generate msq.toml -t xc7z020 -o tight".to_owned(),
        "plan msq.toml -t ice40up5k --pareto tight/front.svg".to_owned(),
        "run msq.toml --inputs test_images.npy --units core -o tight/y.npz".to_owned(),
        "quantize digits.onnx --calib calib.npz -t xc7z020 -m fixed(4) --lut-share 0 --images 2 -o tight/q".to_owned(),
        "quantize digits.onnx --calib calib.npz -t xc7z020 -m fixed(4) --lut-share 0 --images 2 --train calib.npz --epochs 1 -o tight/q".to_owned(),
    ];
    lines.iter().map(|text| Run { full: true, ..line(text, "", REFUSED) }).collect()
}

/// Variables that lead nowhere.
fn variables() -> Vec<Run> {
    let values = ["", "/dev/null", "/dev/zero", "nowhere", "\u{1b}[31m", "/proc/self/mem", "pipe", "folder"];
    let mut all = Vec::new();
    for value in values {
        let verify = line(&format!("verify msq.toml -t xc7z020 {SHAPE}"), "", REFUSED);
        all.push(Run { environment: vec![("ROWSMITH_VERILATOR", value), ("PATH", "/nowhere")], ..verify.clone() });
        let tools = [("ROWSMITH_TOOLS", value), ("ROWSMITH_VERILATOR", ""), ("PATH", "/nowhere")];
        all.push(Run { environment: tools.into(), ..verify.clone() });
        all.push(Run { environment: vec![("ROWSMITH_MINUTES", value)], ..verify.clone() });
        all.push(Run { environment: vec![("ROWSMITH_CACHE_MB", value)], ..verify });
    }
    all
}
