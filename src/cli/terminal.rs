//! Standard output and standard error: the only place that writes to either.

use std::io::{self, ErrorKind, Write};

use miette::Diagnostic;

/// Standard output cannot be written.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("cannot write to standard output: {0}")]
#[diagnostic(code("RWS-C001"), help("check where the output goes"))]
pub(super) struct OutputError(#[source] io::Error);

impl OutputError {
    /// Whether whoever reads the output has had enough.
    pub(super) fn is_unread(&self) -> bool {
        self.0.kind() == ErrorKind::BrokenPipe
    }
}

/// Writes text, without the control characters that names in files may hold.
pub(super) fn print(text: &str) -> Result<(), OutputError> {
    write(clean(text).as_bytes())
}

/// Writes bytes as they are.
pub(super) fn write(bytes: &[u8]) -> Result<(), OutputError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(OutputError)
}

/// Writes a line to standard error; where that is closed or full there is nobody to tell.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The text with every control character but the newline as `\u001b`, in tables as in JSON; characters that turn the
/// direction of writing count too.
pub(super) fn clean(text: &str) -> String {
    let is_bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let spelled = |c: char| if is_bad(c) { Err(format!("\\u{:04x}", u32::from(c))) } else { Ok(c) };
    text.chars().fold(String::with_capacity(text.len()), |mut clean, c| {
        match spelled(c) {
            Ok(c) => clean.push(c),
            Err(spelled) => clean.push_str(&spelled),
        }
        clean
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(clean("µ = 1 %\n┌─┐"), "µ = 1 %\n┌─┐");
        assert_eq!(clean("\x1b[31mred\r\u{9b}2J\u{202e}"), "\\u001b[31mred\\u000d\\u009b2J\\u202e");
    }
}
