//! Proofs: every script in `hw_tests/formal`, run by Yosys. Writes `record/formal.csv`; fails if any proof fails. `cargo test` runs
//! those that take seconds and writes nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use rowsmith::tool::{Tool, ToolKind};

/// Proofs that take a minute and more.
const LONG: [&str; 3] = ["dsp48.sh", "dsp_lane.ys", "stream_out.ys"];

/// Runs one script from the project's folder; the time in seconds, or the tool's last words.
fn prove(yosys: &Tool, script: &Path) -> Result<f64, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name = script.strip_prefix(root).unwrap_or(script);
    let mut command = if script.extension().is_some_and(|e| e == "ys") {
        let mut command = yosys.command();
        command.arg("-q").arg(name);
        command
    } else {
        let mut command = Command::new("sh");
        command.arg(name).env("YOSYS", &yosys.program);
        command
    };
    let start = Instant::now();
    let output = command.current_dir(root).output().map_err(|error| error.to_string())?;
    let seconds = start.elapsed().as_secs_f64();
    if output.status.success() {
        return Ok(seconds);
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let last: Vec<&str> = text.lines().rev().take(5).collect();
    Err(last.into_iter().rev().collect::<Vec<_>>().join("; "))
}

fn main() {
    let all = std::env::args().any(|argument| argument == "--bench");
    let yosys = Tool::find(ToolKind::Yosys).unwrap_or_else(|error| {
        eprintln!("formal: {error}");
        std::process::exit(2);
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut scripts: Vec<PathBuf> = fs::read_dir(root.join("hw_tests/formal"))
        .expect("hw_tests/formal is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "ys" || e == "sh"))
        .filter(|path| all || !LONG.iter().any(|name| path.ends_with(name)))
        .collect();
    scripts.sort();
    assert!(!scripts.is_empty(), "no proof in hw_tests/formal");
    let mut table = String::from("proof,result,seconds\n");
    let mut failed = 0;
    for script in &scripts {
        let name = script.file_name().unwrap_or_default().to_string_lossy();
        let line = match prove(&yosys, script) {
            Ok(seconds) => format!("{name},proven,{seconds:.1}\n"),
            Err(words) => {
                failed += 1;
                eprintln!("{name}: {words}");
                format!("{name},FAILED,\n")
            }
        };
        print!("{line}");
        table += &line;
    }
    if all {
        fs::write(root.join("record/formal.csv"), table).expect("a writable record");
    }
    assert_eq!(failed, 0, "some proofs failed");
}
