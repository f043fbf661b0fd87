//! Running a tool: everything it prints goes to a log file, line by line to whoever listens, and its end into errors.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::error::ToolError;

const TAIL: usize = 20;

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

/// Runs `command` with its output in the file `log`; `line` sees every line of it while it runs.
pub fn run_logged(
    tool: &str,
    command: &mut Command,
    log: &Path,
    line: impl FnMut(&str),
) -> Result<Finished, ToolError> {
    run_limited(tool, command, log, None, line)
}

/// Like [`run_logged`]; a command that is not done within `limit` is ended, and [`ToolError::OutOfTime`] the result.
pub fn run_limited(
    tool: &str,
    command: &mut Command,
    log: &Path,
    limit: Option<Duration>,
    mut line: impl FnMut(&str),
) -> Result<Finished, ToolError> {
    let deadline = limit.map(|limit| Instant::now() + limit);
    let mut file = File::create(log).map_err(ToolError::io("cannot write", log))?;
    let mut write = |text: &str| writeln!(file, "{text}");
    write(&format!("$ {}", command_line(command))).map_err(ToolError::io("cannot write", log))?;
    let program = PathBuf::from(command.get_program());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(ToolError::io("cannot start", &program))?;
    let (sender, lines) = mpsc::channel();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let stderr_sender = sender.clone();
    let mut tail = VecDeque::with_capacity(TAIL);
    let late = thread::scope(|scope| {
        scope.spawn(move || stdout.map(|stream| send_lines(stream, &sender)));
        scope.spawn(move || stderr.map(|stream| send_lines(stream, &stderr_sender)));
        let late = follow(&lines, deadline, |text| {
            if tail.len() == TAIL {
                tail.pop_front();
            }
            line(&text);
            let outcome = write(&text);
            tail.push_back(text);
            outcome
        });
        if !matches!(late, Ok(false)) {
            // Nobody follows it any more. It may have ended by itself meanwhile.
            let _ = child.kill();
        }
        late
    });
    let status = child.wait().map_err(ToolError::io("cannot wait for", &program))?;
    let late = late.map_err(ToolError::io("cannot write", log))?;
    if let (true, Some(limit)) = (late, limit) {
        return Err(ToolError::OutOfTime { tool: tool.to_owned(), limit });
    }
    let tail = Vec::from(tail).join("\n");
    Ok(Finished { tool: tool.to_owned(), status, tail, log: log.to_path_buf() })
}

/// Hands every line to `take` until the output ends; true where the deadline came first.
fn follow(
    lines: &Receiver<String>,
    deadline: Option<Instant>,
    mut take: impl FnMut(String) -> io::Result<()>,
) -> io::Result<bool> {
    loop {
        let next = match deadline {
            Some(deadline) => lines.recv_timeout(deadline.saturating_duration_since(Instant::now())),
            None => lines.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(text) => take(text)?,
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
            Err(RecvTimeoutError::Timeout) => return Ok(true),
        }
    }
}

fn send_lines(stream: impl std::io::Read, sender: &mpsc::Sender<String>) {
    for bytes in BufReader::new(stream).split(b'\n') {
        let Ok(bytes) = bytes else { return };
        // A closed channel means the reader gave up; the tool then ends by itself, or was ended.
        let _ = sender.send(String::from_utf8_lossy(&bytes).trim_end().to_owned());
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("run.log");
        let mut seen = 0;
        let mut command = Command::new("sh");
        command.args(["-c", "seq 100; echo wrong >&2; exit 3"]);
        let finished = run_logged("sh", &mut command, &log, |_| seen += 1).unwrap();
        assert_eq!(seen, 101);
        let text = std::fs::read_to_string(&log).unwrap();
        assert!(text.starts_with("$ sh -c") && text.contains("\n57\n") && text.contains("wrong"), "{text}");
        let message = finished.check().unwrap_err().to_string();
        assert!(message.contains("exit status: 3") && message.contains("\n100"), "{message}");
    }

    #[test]
    fn a_tool_out_of_time_is_ended() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let run = |script: &str, limit| {
            run_limited("sh", Command::new("sh").args(["-c", script]), log.path(), Some(limit), |_| ())
        };
        let late = run("echo begun; exec sleep 600", Duration::from_millis(50));
        assert!(matches!(late, Err(ToolError::OutOfTime { .. })), "{late:?}");
        assert!(run("exit 0", Duration::from_secs(600)).unwrap().status.success());
    }
}
