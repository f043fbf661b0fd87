//! The directory of an archive, looked at before the archive's reader trusts its end: a false one would have it search every
//! byte of a large file, or make room for as many entries as the file has bytes.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

/// The record at the very end, its length without the comment, and the longest comment.
const END: (&[u8], u64, u64) = (b"PK\x05\x06", 22, 65_535);
/// What stands before it in archives of 4 GiB and more: where the larger record is.
const LOCATOR: (&[u8], u64) = (b"PK\x06\x07", 20);
/// The larger record, without what may follow.
const LARGE_END: (&[u8], u64) = (b"PK\x06\x06", 56);

/// How many entries an archive of this length claims.
pub(super) fn entries(source: &mut (impl Read + Seek), length: u64) -> Result<u64, String> {
    let bytes = |source: &mut dyn ReadSeek, from: u64, count: u64| -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        source.seek(SeekFrom::Start(from)).map_err(|e| e.to_string())?;
        source.take(count).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        Ok(bytes)
    };
    let tail_length = length.min(END.1 + END.2 + LOCATOR.1);
    let tail = bytes(source, length - tail_length, tail_length)?;
    let end = tail.windows(4).rposition(|four| four == END.0).filter(|at| tail.len() - at >= END.1 as usize);
    let end = end.ok_or("the file is not an archive, or is cut off: it has no directory")?;
    let mut entries = u64::from(u16::from_le_bytes([tail[end + 10], tail[end + 11]]));
    if let Some(locator) = end.checked_sub(LOCATOR.1 as usize).map(|at| &tail[at..end])
        && locator.starts_with(LOCATOR.0)
    {
        let large = bytes(source, number(&locator[8..16]), LARGE_END.1)?;
        if large.len() < LARGE_END.1 as usize || !large.starts_with(LARGE_END.0) {
            return Err("the archive is damaged: its directory is not where it should be".to_owned());
        }
        entries = entries.max(number(&large[24..32])).max(number(&large[32..40]));
    }
    Ok(entries)
}

/// The name of two arrays, if the directory that begins at `start` has such; the archive's reader keeps the last file of a name.
pub(super) fn repeated(source: &mut (impl Read + Seek), start: u64, entries: u64) -> io::Result<Option<String>> {
    source.seek(SeekFrom::Start(start))?;
    let mut names = BTreeSet::new();
    for _ in 0..entries {
        let mut record = [0; 46];
        source.read_exact(&mut record)?;
        let length = |at: usize| u64::from(u16::from_le_bytes([record[at], record[at + 1]]));
        let mut name = Vec::new();
        source.by_ref().take(length(28)).read_to_end(&mut name)?;
        source.seek_relative((length(30) + length(32)).cast_signed())?;
        if let Some(name) = array_name(&String::from_utf8_lossy(&name))
            && !names.insert(name.to_owned())
        {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

/// The array of a file in an archive, as numpy names it.
pub(super) fn array_name(file: &str) -> Option<&str> {
    file.split('\0').next().and_then(|name| name.strip_suffix(".npy"))
}

trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))
}
