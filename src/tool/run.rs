//! Running a tool: everything it prints goes to a log file, line by line to whoever listens, and its end into errors.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use super::error::ToolError;
use super::group::Group;

const TAIL: usize = 20;
/// Longest line that is kept whole, in bytes.
const LINE: u64 = 64 << 10;
/// Most bytes of a log; what a tool prints beyond is not kept.
const LOG: usize = 256 << 20;
/// Lines that wait to be read: a tool that prints faster waits.
const WAITING: usize = 1024;
/// How often a tool is looked after.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long output is waited for when the tool has ended.
const DRAIN: Duration = Duration::from_secs(1);

/// A tool that came to its end, well or badly.
#[derive(Debug)]
pub struct Finished {
    /// Name for messages.
    pub tool: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Last lines of what it printed, standard output and standard error together.
    pub tail: String,
    /// Where all of it is.
    pub log: PathBuf,
}

impl Finished {
    /// Turns a bad end into [`ToolError::Failed`].
    pub fn check(self) -> Result<Self, ToolError> {
        if self.status.success() { Ok(self) } else { Err(self.into_error()) }
    }

    /// The error that shows the end of the log, for a caller that judges the run itself.
    pub fn into_error(self) -> ToolError {
        let status = self.status.to_string();
        ToolError::Failed { tool: self.tool, status, log: self.log, tail: self.tail }
    }
}

/// Runs `command` with its output in the file `log`; `line` sees every line of it while it runs. A command that is not done
/// within `limit` is ended with everything that it started, and [`ToolError::OutOfTime`] is the result.
pub fn run_logged(
    tool: &str,
    command: &mut Command,
    log: &Path,
    limit: Duration,
    mut line: impl FnMut(&str),
) -> Result<Finished, ToolError> {
    let mut file = File::create(log).map_err(ToolError::io("cannot write", log))?;
    let mut room = LOG;
    let mut write = |text: &str| {
        room = room.saturating_sub(text.len() + 1);
        if room == 0 { Ok(()) } else { writeln!(file, "{text}") }
    };
    write(&format!("$ {}", command_line(command))).map_err(ToolError::io("cannot write", log))?;
    let mut tail = VecDeque::with_capacity(TAIL);
    let status = run(command, limit, |text| {
        if tail.len() == TAIL {
            tail.pop_front();
        }
        line(&text);
        let outcome = write(&text);
        tail.push_back(text);
        outcome
    });
    match status {
        Ok(Some(status)) => {
            let tail = Vec::from(tail).join("\n");
            Ok(Finished { tool: tool.to_owned(), status, tail, log: log.to_path_buf() })
        }
        Ok(None) => Err(ToolError::OutOfTime { tool: tool.to_owned(), limit }),
        Err(Failure::Start(error)) => Err(ToolError::io("cannot start", Path::new(command.get_program()))(error)),
        Err(Failure::Line(error)) => Err(ToolError::io("cannot write", log)(error)),
    }
}

/// Why a command could not be followed to its end.
pub(super) enum Failure {
    /// It did not start.
    Start(io::Error),
    /// Its lines could not be handled.
    Line(io::Error),
}

/// Runs a command and hands every line that it prints to `take`; none if it was ended for its time.
pub(super) fn run(
    command: &mut Command,
    limit: Duration,
    mut take: impl FnMut(String) -> io::Result<()>,
) -> Result<Option<ExitStatus>, Failure> {
    let deadline = Instant::now() + limit;
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut child, group) = Group::start(command).map_err(Failure::Start)?;
    let (sender, lines) = mpsc::sync_channel(WAITING);
    // Not waited for: a process that left the group can keep the pipes open for good.
    if let Some(stdout) = child.stdout.take() {
        let sender = sender.clone();
        thread::spawn(move || send_lines(stdout, &sender));
    }
    if let Some(stderr) = child.stderr.take() {
        thread::spawn(move || send_lines(stderr, &sender));
    }
    let in_time = follow(&lines, &group, deadline, &mut take);
    drop(group);
    let status = child.wait().map_err(Failure::Line)?;
    Ok(in_time.map_err(Failure::Line)?.then_some(status))
}

/// Hands over lines until the command has ended; false where the deadline comes first.
fn follow(
    lines: &Receiver<String>,
    group: &Group,
    deadline: Instant,
    take: &mut impl FnMut(String) -> io::Result<()>,
) -> io::Result<bool> {
    let mut ended = None;
    let mut looked = Instant::now();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return group.has_ended();
        }
        let next = lines.recv_timeout(left.min(PATIENCE));
        let is_open = next != Err(RecvTimeoutError::Disconnected);
        if let Ok(text) = next {
            take(text)?;
            if looked.elapsed() < PATIENCE {
                continue;
            }
        }
        looked = Instant::now();
        if ended.is_some() || group.has_ended()? {
            // Whatever still prints was left behind by it.
            if !is_open || ended.get_or_insert(looked).elapsed() > DRAIN {
                return Ok(true);
            }
        } else if !is_open {
            // It closed its output and goes on.
            thread::sleep(left.min(PATIENCE / 20));
        }
    }
}

fn send_lines(stream: impl Read, sender: &SyncSender<String>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut bytes = Vec::new();
        match stream.by_ref().take(LINE).read_until(b'\n', &mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        // A closed channel means that nobody follows any more.
        if sender.send(String::from_utf8_lossy(&bytes).trim_end().to_owned()).is_err() {
            return;
        }
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_failure_shows_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("run.log");
        let mut seen = 0;
        let mut command = Command::new("sh");
        command.args(["-c", "seq 100; echo wrong >&2; exit 3"]);
        let finished = run_logged("sh", &mut command, &log, HOUR, |_| seen += 1).unwrap();
        assert_eq!(seen, 101);
        let text = std::fs::read_to_string(&log).unwrap();
        assert!(text.starts_with("$ sh -c") && text.contains("\n57\n") && text.contains("wrong"), "{text}");
        let message = finished.check().unwrap_err().to_string();
        assert!(message.contains("exit status: 3") && message.contains("\n100"), "{message}");
    }

    fn limited(script: &str, limit: Duration) -> Result<Finished, ToolError> {
        let log = tempfile::NamedTempFile::new().unwrap();
        run_logged("sh", Command::new("sh").args(["-c", script]), log.path(), limit, |_| ())
    }

    /// Waits until the process in a file is gone.
    fn is_gone(file: &Path) -> bool {
        let pid = std::fs::read_to_string(file).unwrap();
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        (0..100).any(|_| {
            thread::sleep(Duration::from_millis(20));
            let state = state();
            state.is_empty() || state.contains(") Z ")
        })
    }

    #[test]
    fn a_tool_out_of_time_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > '{}'; echo begun; wait", file.display());
        let late = limited(&script, Duration::from_millis(200)).unwrap_err();
        assert_eq!(late.to_string(), "sh timed out after 0 s");
        assert!(is_gone(&file));
        assert!(limited("exit 0", HOUR).unwrap().status.success());
    }

    /// A process in the background would otherwise keep the tool's output open, and rowsmith waiting.
    #[test]
    fn nothing_of_a_tool_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let start = Instant::now();
        limited(&format!("sleep 600 & echo $! > '{}'", file.display()), HOUR).unwrap().check().unwrap();
        assert!(start.elapsed() < Duration::from_secs(60));
        assert!(is_gone(&file));
    }

    #[test]
    fn endless_output_ends_with_the_time() {
        for script in ["yes", "tr '\\0' x < /dev/zero", "exec >&- 2>&-; sleep 600"] {
            let late = limited(script, Duration::from_millis(300));
            assert!(matches!(late, Err(ToolError::OutOfTime { .. })), "{script}: {late:?}");
        }
    }
}
