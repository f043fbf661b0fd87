//! A file with its arrays, listed before any value is read.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::directory::{self, array_name};
use super::header::Header;
use super::limits::{FORTRAN_VALUES, INFLATION, MAX_ARRAYS, MAX_VALUES, SMALL_ARRAY};
use super::{ArrayError, ArrayInfo, ArrayReader};
use crate::files::open;

enum Source<R> {
    Npy(R),
    Npz(Box<ZipArchive<R>>),
}

/// An open `.npy` or `.npz` file.
pub struct ArrayFile<R = BufReader<File>> {
    path: PathBuf,
    length: u64,
    source: Source<R>,
    arrays: Vec<ArrayInfo>,
}

impl ArrayFile {
    /// Opens a regular file and reads the headers of its arrays.
    pub fn open(path: &Path) -> Result<Self, ArrayError> {
        let file =
            open(path, u64::MAX).map_err(|cause| ArrayError::Read { path: path.to_owned(), cause: cause.into() })?;
        Self::read(BufReader::new(file), path)
    }
}

impl<R: Read + Seek> ArrayFile<R> {
    /// Reads the headers of the arrays in `source`; `path` is its name in messages. The first bytes tell an archive.
    pub fn read(mut source: R, path: &Path) -> Result<Self, ArrayError> {
        let failed = |cause: std::io::Error| ArrayError::Read { path: path.to_owned(), cause };
        let mut magic = Vec::new();
        source.by_ref().take(2).read_to_end(&mut magic).map_err(failed)?;
        let length = source.seek(SeekFrom::End(0)).map_err(failed)?;
        source.seek(SeekFrom::Start(0)).map_err(failed)?;
        let path = path.to_owned();
        if magic == *b"PK" {
            let entries = directory::entries(&mut source, length).map_err(|cause| ArrayError::format(&path, cause))?;
            if entries > MAX_ARRAYS as u64 {
                let cause = format!("the archive holds {entries} files; at most {MAX_ARRAYS} are read");
                return Err(ArrayError::limit(&path, cause));
            }
            source.seek(SeekFrom::Start(0)).map_err(|cause| ArrayError::Read { path: path.clone(), cause })?;
            let mut archive = ZipArchive::new(source).map_err(|e| ArrayError::format(&path, e.to_string()))?;
            if (archive.len() as u64) < entries {
                let start = archive.central_directory_start();
                let mut source = archive.into_inner();
                let repeated = directory::repeated(&mut source, start, entries);
                if let Some(name) = repeated.map_err(|e| ArrayError::format(&path, e.to_string()))? {
                    return Err(ArrayError::format(&path, format!("two arrays are named `{}`", name.escape_debug())));
                }
                archive = ZipArchive::new(source).map_err(|e| ArrayError::format(&path, e.to_string()))?;
            }
            let arrays = list(&mut archive, &path)?;
            return Ok(Self { path, length, source: Source::Npz(Box::new(archive)), arrays });
        }
        let header = Header::read(&mut source).map_err(|cause| ArrayError::format(&path, cause))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let arrays = vec![ArrayInfo { name, dims: header.dims, integer: header.number.is_integer(), index: 0 }];
        Ok(Self { path, length, source: Source::Npy(source), arrays })
    }

    /// The file's name in messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The arrays, in the order of the file.
    pub fn arrays(&self) -> &[ArrayInfo] {
        &self.arrays
    }

    /// Whether it is a single array, which needs no name.
    pub fn is_npy(&self) -> bool {
        matches!(self.source, Source::Npy(_))
    }

    /// Opens an array.
    pub fn array(&mut self, info: &ArrayInfo) -> Result<ArrayReader<'_>, ArrayError> {
        let path = self.path.clone();
        match &mut self.source {
            Source::Npy(source) => {
                let failed = |cause| ArrayError::Read { path: path.clone(), cause };
                source.seek(SeekFrom::Start(0)).map_err(failed)?;
                let header = Header::read(source).map_err(|cause| ArrayError::format(&path, cause))?;
                limited(&path, info, &header, None)?;
                ArrayReader::new(path, info.clone(), header, source)
            }
            Source::Npz(archive) => {
                let mut entry = archive.by_index(info.index).map_err(|e| ArrayError::format(&path, e.to_string()))?;
                let header = Header::read(&mut entry).map_err(|cause| ArrayError::format(&path, cause))?;
                limited(&path, info, &header, Some(self.length))?;
                ArrayReader::new(path, info.clone(), header, entry)
            }
        }
    }

    /// All values of an array that has to fit into memory.
    pub fn values(&mut self, info: &ArrayInfo) -> Result<Vec<f64>, ArrayError> {
        if info.values() as u64 > MAX_VALUES {
            let cause = format!("array {} is too large: at most {MAX_VALUES} values are kept in memory", info.text());
            return Err(ArrayError::limit(&self.path, cause));
        }
        self.array(info)?.read(info.values())
    }
}

/// Refuses what unpacks to too much, and Fortran order where it costs too much.
fn limited(path: &Path, info: &ArrayInfo, header: &Header, archive: Option<u64>) -> Result<(), ArrayError> {
    let bytes = header.len().saturating_mul(header.number.bytes());
    if let Some(length) = archive
        && bytes > SMALL_ARRAY.max(length.saturating_mul(INFLATION))
    {
        let cause = format!(
            "array {} unpacks to {bytes} bytes, more than {INFLATION} times the archive's {length} bytes",
            info.text()
        );
        return Err(ArrayError::limit(path, cause));
    }
    if header.fortran && header.len() > FORTRAN_VALUES {
        let cause = format!(
            "array {} is in Fortran order and has more than {FORTRAN_VALUES} values; save numpy.ascontiguousarray of it",
            info.text()
        );
        return Err(ArrayError::limit(path, cause));
    }
    Ok(())
}

fn list<R: Read + Seek>(archive: &mut ZipArchive<R>, path: &Path) -> Result<Vec<ArrayInfo>, ArrayError> {
    let mut arrays: Vec<ArrayInfo> = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|e| ArrayError::format(path, e.to_string()))?;
        let Some(name) = array_name(entry.name()).map(str::to_owned) else { continue };
        let header = Header::read(&mut entry)
            .map_err(|cause| ArrayError::format(path, format!("array `{}`: {cause}", name.escape_debug())))?;
        if arrays.iter().any(|array| array.name == name) {
            return Err(ArrayError::format(path, format!("two arrays are named `{}`", name.escape_debug())));
        }
        arrays.push(ArrayInfo { name, dims: header.dims, integer: header.number.is_integer(), index });
    }
    Ok(arrays)
}
