//! The static modules: each is clean alone, as its own top, and none silences a warning in its source.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        // A border that is kept is part of the design, and its reason is in the module's header; so are the copies of registers.
        let mut text = fs::read_to_string(&module).unwrap().replace("(* keep_hierarchy *)", "");
        if module.ends_with("rws_copy.v") {
            text = text.replace("(* keep", "");
        }
        for pragma in pragmas {
            assert!(!text.contains(pragma), "{}: `{pragma}`", module.display());
        }
    }
}

/// Modules with parameters that they do not support, and the fault that they are refused with.
const REFUSED: [(&str, &str, &str, &str); 20] = [
    ("rws_select", "Q", "3", "rws_error_q_must_divide_rows"),
    ("rws_select", "CI", "3", "rws_error_q_must_divide_ci"),
    ("rws_tree", "COUNT", "6", "rws_error_count_must_be_a_power_of_two"),
    ("rws_lane", "CODE_W", "5", "rws_error_code_w_must_be_that_of_the_scheme"),
    ("rws_lane", "LATENCY", "3", "rws_error_latency_must_be_that_of_the_tree"),
    ("rws_clamp", "X_W", "5", "rws_error_x_w_must_exceed_y_w"),
    ("rws_scale_product", "MUL_W", "5", "rws_error_levels_must_take_all_of_mul_w"),
    ("rws_drain", "BACK", "1", "rws_error_back_must_exceed_way"),
    ("rws_memory", "LOGIC", "1", "rws_error_no_loader_for_tables_in_logic"),
    ("rws_program", "WORDS", "4", "rws_error_words_must_hold_a_layer"),
    ("rws_front", "CI", "3", "rws_error_slice_w_must_count_slices_of_q"),
    ("rws_front", "PX", "3", "rws_error_bank_w_must_count_pixels"),
    ("rws_back", "BACK_W", "129", "rws_error_back_w_must_hold_all_fields"),
    ("rws_params", "Q", "24", "rws_error_at_most_ten_parameter_memories"),
    ("rws_drain_pixel", "PX", "3", "rws_error_bank_w_must_count_pixels"),
    ("rws_array", "LEAD", "3", "rws_error_array_parameters_out_of_range"),
    ("rws_axis_out", "OUT_W", "24", "rws_error_units_must_fill_the_stream"),
    ("rws_axis_out", "BLOCK_W", "3", "rws_error_ring_must_hold_a_block"),
    ("rws_dsp_sum", "LANES", "3", "rws_error_lanes_must_be_one_two_or_four"),
    ("rws_dsp_lane", "BITS", "11", "rws_error_dsp_lane_is_not_exact"),
];

/// Verilator and Yosys name the fault, and refuse none of the modules with the parameters they have by default.
#[test]
fn parameters_out_of_range() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let yosys = Tool::find(ToolKind::Yosys).unwrap_or_else(|error| panic!("{error}"));
    let sources = ["common", "io", "control", "feed", "array", "dsp", "drain", "xc7"];
    for (module, parameter, value, fault) in REFUSED {
        for spoilt in [false, true] {
            let mut command = verilator.command();
            command.current_dir(root()).args([
                "--lint-only",
                "--language",
                "1364-2005",
                "-Wno-fatal",
                "--top-module",
                module,
            ]);
            command.args(sources.iter().flat_map(|folder| ["-y".to_owned(), format!("rtl/{folder}")]));
            command.args(["-v", "rtl/sim/cells/xc7.v", "-v", "rtl/sim/cells/xc7_dsp.v", &format!("{module}.v")]);
            command.args(spoilt.then(|| format!("-G{parameter}={value}")));
            let set = if spoilt { format!("-chparam {parameter} {value}") } else { String::new() };
            let files: Vec<String> = sources.map(|folder| format!("rtl/{folder}/*.v")).to_vec();
            let script = format!("read_verilog {}\nhierarchy -check -top {module} {set}\n", files.join(" "));
            let mut checked = yosys.command();
            checked.current_dir(root()).args(["-q", "-p", &script]);
            for mut command in [command, checked] {
                let output = command.output().unwrap();
                let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
                assert_eq!(!output.status.success() && text.contains(fault), spoilt, "{module}, {parameter}: {text}");
                assert!(spoilt || output.status.success(), "{module}: {text}");
            }
        }
    }
}

/// Registers of `rws_copy` stay apart in a flat design, where those of `rws_delay` become one.
#[test]
fn copies_are_not_merged() {
    let yosys = Tool::find(ToolKind::Yosys).unwrap_or_else(|error| panic!("{error}"));
    let synths = [
        "synth_xilinx -family xc7 -noiopad -noclkbuf -flatten",
        "synth_ecp5",
        "synth_ice40",
        "synth_gowin -noiopads",
        "synth_nexus",
    ];
    for synth in synths {
        for (module, registers) in [("rws_copy", 24), ("rws_delay", 8)] {
            let line =
                |name: &str| format!("{module} #(.WIDTH(4), .CYCLES(2)) u_{name} (.clk(clk), .din(d), .dout({name}));");
            let top = format!(
                "module top (input wire clk, input wire [3:0] d, output wire [3:0] x, output wire [3:0] y, output wire [3:0] z);\n\
                 {}\n{}\n{}\nendmodule\n",
                line("x"),
                line("y"),
                line("z")
            );
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("top.v"), top).unwrap();
            let file = format!("{module}.v");
            fs::copy(root().join("rtl/common").join(&file), folder.path().join(&file)).unwrap();
            let script = format!(
                "read_verilog top.v {file}\n{synth} -top top\n\
                 tee -q -o count.txt select -count t:FDRE t:TRELLIS_FF t:SB_DFF* t:DFF* t:FD1P3*\n"
            );
            let output = yosys.command().current_dir(folder.path()).args(["-q", "-p", &script]).output().unwrap();
            assert!(output.status.success(), "{synth}: {}", String::from_utf8_lossy(&output.stderr));
            let count = fs::read_to_string(folder.path().join("count.txt")).unwrap();
            let count = count.split_whitespace().find_map(|word| word.parse::<usize>().ok());
            assert_eq!(count, Some(registers), "{module}, {synth}");
        }
    }
}

/// A program that uses the header's names and the Python module: both are what their compilers take without a warning.
#[test]
fn the_driver_compiles() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("rowsmith.h", &hw::registers::c_header());
    write("rowsmith.py", &hw::registers::python());
    let used = ["STATUS", "STATUS_CONFIGURED", "CONTROL", "CONTROL_RUN", "CONTROL_SOFT_RESET", "IMAGES", "BUSY"];
    let c = used.map(|name| format!("ROWSMITH_{name}")).join(" + ");
    write(
        "main.c",
        &format!("#include \"rowsmith.h\"\n#include \"rowsmith.h\"\nint main(void) {{ return ({c}) == 0u; }}\n"),
    );
    let python = used.map(|name| format!("rowsmith.{name}")).join(" + ");
    write(
        "main.py",
        &format!(
            "import rowsmith\nassert {python}\nassert rowsmith.IDENTITY_VALUE == 0x{:08X}\n",
            hw::registers::IDENTITY
        ),
    );
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).current_dir(folder.path()).args(arguments).output();
        let output =
            output.unwrap_or_else(|error| panic!("{program}: {error}; the tests need a C compiler and Python"));
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("cc", &["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", "driver", "main.c"]);
    run("./driver", &[]);
    run("python3", &["-W", "error", "main.py"]);
}
