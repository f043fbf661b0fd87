//! The static modules: each is clean alone, as its own top, and none silences a warning in its source.

use std::fs;
use std::path::{Path, PathBuf};

use rowsmith::plan::Request;
use rowsmith::sim::{LintJob, Standard};
use rowsmith::target::Target;
use rowsmith::tool::{Tool, ToolKind};
use rowsmith::{hw, manifest};

/// Models of the cells that modules instantiate.
const CELLS: [&str; 9] =
    ["xc7.v", "xc7_dsp.v", "ecp5.v", "ecp5_dsp.v", "ice40.v", "gowin.v", "gowin_dsp.v", "nexus.v", "nexus_dsp.v"];

/// Whether a module is linted with a model.
fn has_use(module: &str, model: &str) -> bool {
    model.starts_with(if module.starts_with("rws_nexus_") { "nexus" } else { "gowin" })
        || !(model.starts_with("nexus") || model.starts_with("gowin"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a folder holds, in order of name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// Folders of static modules.
fn folders() -> Vec<PathBuf> {
    entries(&root().join("rtl")).into_iter().filter(|path| path.is_dir()).collect()
}

/// The static modules, without the testbench, whose delays only simulators with a notion of time take.
fn modules() -> Vec<PathBuf> {
    let files = folders().into_iter().flat_map(|folder| entries(&folder));
    let modules: Vec<_> = files.filter(|path| path.is_file() && !path.ends_with("rws_bench.v")).collect();
    assert!(modules.len() > 50, "rtl/ holds {} modules", modules.len());
    modules
}

#[test]
fn each_module_alone() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let waivers: Vec<_> = ["rtl/lint.vlt".to_owned()].into_iter().filter(|file| root().join(file).is_file()).collect();
    let mut faults = Vec::new();
    for module in modules() {
        let top = module.file_stem().unwrap().to_string_lossy().into_owned();
        let mut files = waivers.clone();
        let cells = CELLS.iter().filter(|file| has_use(&top, file));
        files.extend(cells.flat_map(|file| ["-v".to_owned(), format!("rtl/sim/cells/{file}")]));
        files.push(module.to_string_lossy().into_owned());
        // Gowin and Nexus both have a `MULT18X18`: a module of one is linted without the other's.
        let clashing = if top.starts_with("rws_nexus_") { "gowin" } else { "nexus" };
        let libraries = folders().into_iter().filter(|folder| !folder.ends_with(clashing));
        let libraries: Vec<String> = libraries.map(|folder| folder.to_string_lossy().into_owned()).collect();
        // No identifier is a keyword of the newer language either.
        for standard in [Standard::Verilog2005, Standard::SystemVerilog2017] {
            let (files, top, libraries) = (files.clone(), top.clone(), libraries.clone());
            let job = LintJob { folder: root().to_path_buf(), files, top, libraries, standard };
            faults.extend(job.run(&verilator).err().map(|error| format!("{}: {error}", module.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// The generated modules, and those of the folder that are not synthesised, under both languages.
#[test]
fn an_emitted_core() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let network = manifest::load(&root().join("examples/digits/msq.toml")).unwrap();
    let target = Target::find("ecp5-25f").unwrap();
    let plan = Request::parse(Some("4x1x8"), Some("dsp(4)=2,sp2(4)=6")).unwrap().plan(&network, &target).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    let image = vec![0; network.tensor(network.input).shape.len()];
    hw::emit(&network, &plan, &[image]).unwrap().write(&core).unwrap();
    for (top, extra) in
        [("msq", vec![]), ("msq_ooc", vec!["synth/rws_ooc.v", "synth/msq_ooc.v"]), ("msq_sim", vec!["sim/msq_sim.v"])]
    {
        for standard in [Standard::Verilog2005, Standard::SystemVerilog2017] {
            let mut job = LintJob::of_core(&core, top).unwrap();
            (job.standard, job.top) = (standard, top.to_owned());
            job.files.extend(extra.iter().map(|file| (*file).to_owned()));
            job.run(&verilator).unwrap_or_else(|error| panic!("{top}, {standard:?}: {error}"));
        }
    }
}

#[test]
fn no_pragmas_in_sources() {
    let pragmas =
        ["verilator lint", "verilator tracing", "verilator public", "synopsys", "synthesis translate", "(* keep"];
    for module in modules() {
        // A border that is kept is part of the design, and its reason is in the module's header.
        let text = fs::read_to_string(&module).unwrap().replace("(* keep_hierarchy *)", "");
        for pragma in pragmas {
            assert!(!text.contains(pragma), "{}: `{pragma}`", module.display());
        }
    }
}
