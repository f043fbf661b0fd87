//! Command lines of Verilator, as pure functions.

/// Name of the built program; also the class prefix the testbench includes.
pub(super) const PREFIX: &str = "Vrws_sim";

/// Language level under which sources are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standard {
    /// Verilog, which the cores are written in.
    #[default]
    Verilog2005,
    /// `SystemVerilog`, the default of many simulators, which has more keywords.
    SystemVerilog2017,
}

impl Standard {
    fn option(self) -> [&'static str; 2] {
        match self {
            Self::Verilog2005 => ["--language", "1364-2005"],
            Self::SystemVerilog2017 => ["--language", "1800-2017"],
        }
    }
}

/// Variables for the generated makefile. The wheel's `verilated.mk` lacks what `configure` finds out on a machine:
/// the flags for precompiled headers, the newest standard, and the name of Python 3.
///
/// `-O1` is measured: for 2,048 multipliers `-O2` took 114 s instead of 15 s to build and ran 10 % faster.
const MAKE_VARIABLES: &str = "CFG_CXXFLAGS_PCH_I=-include CFG_CXXFLAGS_COROUTINES=-fcoroutines \
                              CFG_CXXFLAGS_STD_NEWEST=-std=gnu++20 PYTHON3=python3 \
                              OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O1";

/// Operations from which on generated C++ is split into files that are compiled side by side. Below it is one file, which needs half the
/// time of several with their precompiled headers: 5.3 s of processor time instead of 10.7 s for a core of 4x4x16.
const SPLIT: &str = "80000";

/// File format of waves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaveFormat {
    /// Compressed; Verilator's writer needs the headers of zlib, in 5.048 of lz4 too.
    Fst,
    /// Plain text, large, needs nothing.
    Vcd,
}

impl WaveFormat {
    /// The format of a file name's extension: FST unless it ends in `.vcd`.
    pub fn of_file(path: &std::path::Path) -> Self {
        if path.extension().is_some_and(|extension| extension == "vcd") { Self::Vcd } else { Self::Fst }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fst => "fst",
            Self::Vcd => "vcd",
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::Fst => "--trace-fst",
            Self::Vcd => "--trace",
        }
    }
}

/// What is compiled into a simulation beside the core.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SimOptions {
    /// Waves the program can write; none is faster to build and to run.
    pub wave: Option<WaveFormat>,
    /// Lanes of the family's cells instead of their behaviour: as synthesised, and slow.
    pub cells: bool,
}

/// Arguments that build the simulation of `top` from `files` with the testbench `harness.cpp`.
pub(super) fn build_arguments(top: &str, options: SimOptions, jobs: usize, files: &[String]) -> Vec<String> {
    let jobs = jobs.to_string();
    let mut arguments = vec!["--cc", "--exe", "--build", "-j", &jobs, "--prefix", PREFIX, "--top-module", top];
    arguments.extend(Standard::default().option());
    arguments.extend(["-O3", "--x-assign", "fast", "--no-assert", "--output-split", SPLIT, "-Mdir", "obj_dir"]);
    arguments.extend(["-CFLAGS", "-DVL_USER_WARN -DVL_USER_STOP", "-MAKEFLAGS", MAKE_VARIABLES]);
    arguments.extend(options.wave.map(WaveFormat::option));
    if options.cells {
        arguments.push("-GTWIN=0");
    }
    arguments.push("harness.cpp");
    arguments.iter().map(ToString::to_string).chain(files.iter().cloned()).collect()
}

/// Arguments that lint `files` with `top` as the root; other modules come from the folders `libraries`.
pub(super) fn lint_arguments(top: &str, standard: Standard, libraries: &[String], files: &[String]) -> Vec<String> {
    let mut arguments = vec!["--lint-only", "-Wall", "--top-module", top];
    arguments.extend(standard.option());
    let mut arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    arguments.extend(libraries.iter().flat_map(|folder| ["-y".to_owned(), folder.clone()]));
    arguments.extend(files.iter().cloned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        let files = ["rtl/a.v".to_owned(), "sim/a_sim.v".to_owned()];
        insta::assert_snapshot!(build_arguments("a_sim", SimOptions::default(), 2, &files).join("\n"));
        let waves = build_arguments("a_sim", SimOptions { wave: Some(WaveFormat::Fst), cells: true }, 2, &files);
        assert!(["--trace-fst", "-GTWIN=0"].iter().all(|option| waves.contains(&(*option).to_owned())));
        insta::assert_snapshot!(
            lint_arguments("a", Standard::Verilog2005, &["rtl".to_owned()], &files[..1]).join(" "),
            @"--lint-only -Wall --top-module a --language 1364-2005 -y rtl rtl/a.v"
        );
    }
}
