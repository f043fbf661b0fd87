//! Reading: regular files only, and never more than a limit.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refuses.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A pipe, a device or a folder, which may have no end.
    #[error("it is {kind}, not a regular file")]
    NotRegular {
        /// What it is.
        kind: &'static str,
    },
    /// The file is larger than any that makes sense here.
    #[error("it has {bytes} bytes; at most {limit} are read")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The largest accepted.
        limit: u64,
    },
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => error,
            other => Self::new(io::ErrorKind::InvalidInput, other.to_string()),
        }
    }
}

/// Opens a regular file of at most `limit` bytes.
pub fn open(path: &Path, limit: u64) -> Result<File, ReadError> {
    // Looked at before it is opened: opening a device can have effects of its own.
    check(&fs::metadata(path)?, limit)?;
    // It can have become a pipe meanwhile, and opening that would wait for a writer.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    check(&file.metadata()?, limit)?;
    Ok(file)
}

/// Reads a regular file of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let file = open(path, limit)?;
    let mut bytes = Vec::with_capacity(file.metadata()?.len() as usize);
    // Files of /proc claim no length and can still be endless.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    let length = bytes.len() as u64;
    if length > limit { Err(ReadError::TooLarge { bytes: length, limit }) } else { Ok(bytes) }
}

/// Reads a regular file of at most `limit` bytes of UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    let text = String::from_utf8(read(path, limit)?);
    text.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text").into())
}

fn check(metadata: &fs::Metadata, limit: u64) -> Result<(), ReadError> {
    if !metadata.is_file() {
        return Err(ReadError::NotRegular { kind: kind(metadata.file_type()) });
    }
    let bytes = metadata.len();
    if bytes > limit { Err(ReadError::TooLarge { bytes, limit }) } else { Ok(()) }
}

/// A file's type in words.
pub(super) fn kind(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_symlink() {
        "a link"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_within_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let (file, pipe) = (folder.path().join("file"), folder.path().join("pipe"));
        fs::write(&file, "four").unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert_eq!(read(&file, 4).unwrap(), b"four");
        assert!(matches!(read(&file, 3), Err(ReadError::TooLarge { bytes: 4, limit: 3 })));
        for (path, expected) in
            [(pipe.as_path(), "a pipe"), (folder.path(), "a folder"), (Path::new("/dev/zero"), "a device")]
        {
            assert!(
                matches!(read(path, 9), Err(ReadError::NotRegular { kind }) if kind == expected),
                "{}",
                path.display()
            );
        }
        assert!(matches!(read(&folder.path().join("absent"), 9), Err(ReadError::Io(_))));
    }
}
