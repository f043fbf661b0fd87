//! The files: what a path can lead to, and contents that claim what they do not hold.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// Outputs of runs, and what commands keep for themselves.
pub const OUTPUTS: [&str; 2] = ["cache", "new"];

/// Names of the files that no command can use, by the kinds of use.
pub struct Files {
    /// Nothing can be read from these.
    pub unreadable: Vec<String>,
    /// Regular files that are nothing at all.
    pub nonsense: Vec<String>,
}

/// Makes all files in a folder, and those of a good design.
pub fn make(folder: &Path) -> Files {
    fs::create_dir(folder).expect("folder");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/digits");
    for name in ["digits.onnx", "calib.npz", "msq.toml", "msq.safetensors", "test_images.npy"] {
        fs::copy(examples.join(name), folder.join(name)).expect("copied");
    }
    let tool = "#!/bin/sh\ncase \"$1\" in --version) echo Verilator 5.048;; -V) echo Yosys 0.70;; *) exit 3;; esac\n";
    fs::write(folder.join("tool"), tool).expect("written");
    fs::set_permissions(folder.join("tool"), fs::Permissions::from_mode(0o755)).expect("permitted");
    let list = "format = 1\n[[design]]\nname = \"d\"\nmanifest = \"msq.toml\"\ntarget = \"xc7z020\"\n";
    fs::write(folder.join("list.toml"), list).expect("written");
    fs::create_dir(folder.join("tight")).expect("folder");
    Files { unreadable: unreadable(folder), nonsense: nonsense(folder) }
}

fn unreadable(folder: &Path) -> Vec<String> {
    let pipe = Command::new("mkfifo").arg(folder.join("pipe")).status().expect("started");
    assert!(pipe.success());
    fs::create_dir(folder.join("folder")).expect("folder");
    fs::write(folder.join("folder/thesis"), "years").expect("written");
    for (link, to) in
        [("zero", "/dev/zero"), ("full", "/dev/full"), ("dangling", "nowhere"), ("loop", "loop"), ("to_pipe", "pipe")]
    {
        symlink(to, folder.join(link)).expect("link");
    }
    // Larger than anything that is read, and no bytes on the disk.
    File::create(folder.join("sparse")).and_then(|file| file.set_len(1 << 40)).expect("made");
    let names = ["pipe", "folder", "zero", "full", "dangling", "loop", "to_pipe", "sparse", "absent", "pipe/below"];
    let mut names: Vec<String> = names.map(str::to_owned).into();
    names.extend(["", ".", "..", "/", "/dev/random", "/proc/self/mem", "/dev/stdin"].map(str::to_owned));
    names.push("n".repeat(300));
    names.push(format!("{}x", "d/".repeat(3000)));
    names.push("absent \u{1b}[31m\u{202e}\u{7}\r".to_owned());
    names
}

fn nonsense(folder: &Path) -> Vec<String> {
    let mut noise = vec![0; 4096];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    let bracket = "[".repeat(100_000);
    let nested = "a.".repeat(100_000);
    let escapes = "name = \"\u{9b}31m\u{202e}\"\n\u{1b}]0;title\u{7} = 1\n";
    let model = fs::read(folder.join("digits.onnx")).expect("read");
    let archive = fs::read(folder.join("calib.npz")).expect("read");
    let contents: [(&str, &[u8]); 13] = [
        ("empty", b""),
        ("noise", &noise),
        ("zeros", &[0; 4096]),
        ("ones", &[255; 4096]),
        ("brackets", bracket.as_bytes()),
        ("nested", nested.as_bytes()),
        ("escapes", escapes.as_bytes()),
        ("half_model", &model[..model.len() / 2]),
        ("half_archive", &archive[..archive.len() / 2]),
        ("archive_end", &archive[archive.len() / 2..]),
        (
            "npy_header",
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,)}",
        ),
        ("protobuf_bomb", &[0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0a, 0xff, 0xff, 0xff, 0x07]),
        ("safetensors_header", b"\xff\xff\xff\xff\xff\xff\xff\x0f{}"),
    ];
    let mut names = Vec::new();
    for (name, bytes) in contents {
        // The extension decides how some files are read.
        for extension in ["toml", "npz", "npy", "onnx"] {
            let name = format!("{name}.{extension}");
            fs::write(folder.join(&name), bytes).expect("written");
            names.push(name);
        }
    }
    let spoof = format!("spoof\u{1b}[2J\n{}.toml", "x".repeat(100));
    File::create(folder.join(&spoof)).and_then(|mut file| file.write_all(b"=")).expect("written");
    names.push(spoof);
    let foreign = std::ffi::OsStr::from_bytes(b"not_utf8_\xff");
    fs::write(folder.join(foreign), "text").expect("written");
    names
}
