//! What a MAC costs: arrays of sixteen rows, synthesised flat by Yosys, weights as data every cycle. Writes `record/lanes.csv`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use rowsmith::plan::{ArrayBuild, Lane};
use rowsmith::synth::{SynthJob, SynthReport, Synthesizer, Yosys};
use rowsmith::target::Family;
use rowsmith::tool::Cache;

const ROWS: usize = 16;
const ACC_BITS: u32 = 24;
const HEADER: &str =
    "family,array,scheme,bits,inputs,act_bits,rows,lut_per_mac,ff_per_mac,dsp_per_mac,latency,yosys,proof";

type Anyhow<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One array: a lane kind of a family, and what it is fed with.
struct Case {
    family: Family,
    lane: Lane,
    inputs: usize,
    px: usize,
    act: u32,
    /// Portable lanes, whatever the family has of its own.
    portable: bool,
}

impl Case {
    /// Every case of the table.
    fn all() -> Vec<Self> {
        let lanes: Vec<Lane> = ["sp2(4;2,1)", "fixed(4)", "pot(4)", "ausn(4;1)"].map(lane).to_vec();
        let mut cases = Vec::new();
        for family in Family::ALL {
            let case = |lane, inputs, px, act, portable| Self { family, lane, inputs, px, act, portable };
            for lane in &lanes {
                cases.extend([8, 16, 32].map(|inputs| case(*lane, inputs, 1, 4, false)));
                cases.push(case(*lane, 16, 1, 4, true));
            }
            cases.extend([2, 6, 8].map(|act| case(lanes[0], 16, 1, act, false)));
            cases.extend([2, 6, 8].map(|act| case(lanes[1], 16, 1, act, false)));
            cases.extend([(1, 4), (2, 4), (1, 8)].map(|(px, act)| case(lane("dsp(4)"), 16, px, act, false)));
            cases.extend([(1, 4), (1, 8)].map(|(px, act)| case(lane("dsp(8)"), 16, px, act, false)));
        }
        // Lanes without cells of the family's are portable anyway; pixels that share no multiplier change nothing.
        let mut seen = BTreeSet::new();
        cases.retain(|case| {
            (case.px == 1 || case.build().pack_px > 1) && seen.insert((case.family.name(), case.wrapper()))
        });
        cases
    }

    fn build(&self) -> ArrayBuild {
        let operand = self.act;
        let build = ArrayBuild::of(self.lane, self.family, self.inputs, self.px, operand);
        let levels = self.inputs.next_power_of_two().trailing_zeros();
        if self.portable { ArrayBuild { cells: "none", latency: 2 + u64::from(levels), ..build } } else { build }
    }

    /// A top module around the rows: activations and codes in, accumulators out.
    fn wrapper(&self) -> String {
        let Self { lane, inputs, px, act, .. } = self;
        let (build, code, rows) = (self.build(), lane.code_bits(), ROWS);
        let [p1, p2] = match *lane {
            Lane::Dsp { bits } | Lane::Fixed { bits } => [bits, 0],
            Lane::Sp2 { m1, m2 } => [m1, m2],
            Lane::Ausn { main, sup } => [main, sup],
        };
        let mut text = format!(
            "module lanes (input wire clk, input wire valid, input wire first,\n\
             \x20 input wire [{}:0] act, input wire [{}:0] code, output wire [{}:0] acc);\n",
            px * inputs * *act as usize - 1,
            rows * inputs * code as usize - 1,
            rows * px * ACC_BITS as usize - 1
        );
        let common = format!(".INPUTS({inputs}), .ACT_W({act}), .ACC_W({ACC_BITS}), .CELLS(\"{}\")", build.cells);
        let ports = ".clk(clk), .valid(valid), .first(first)";
        if lane.is_dsp() {
            let _ = writeln!(
                text,
                "  rws_dsp_array #({common}, .ROWS({rows}), .PX({px}), .BITS({p1}), .PACK_ROWS({}), .PACK_PX({}), \
                 .CHAINS({}), .LATENCY({})) u_rows ({ports}, .act(act), .code(code), .acc(acc));\nendmodule",
                build.pack_rows, build.pack_px, build.chains, build.latency
            );
            return text;
        }
        let (width, wide) = (lane.product_bits(*act), act + 2);
        let _ = writeln!(
            text,
            "  wire [{}:0] triple;\n  genvar r;\n  generate\n  for (r = 0; r < {inputs}; r = r + 1) begin : gen_triple\n    \
             rws_triple #(.ACT_W({act})) u_triple (.act(act[r*{act}+:{act}]), .triple(triple[r*{wide}+:{wide}]));\n  end\n  \
             for (r = 0; r < {rows}; r = r + 1) begin : gen_row\n    rws_lane #({common}, \
             .SCHEME(\"{}\"), .P1({p1}), .P2({p2}), .CODE_W({code}), .WIDTH({width}), .LATENCY({})) u_lane ({ports}, \
             .act(act), .triple(triple), .code(code[r*{}+:{}]), .acc(acc[r*{ACC_BITS}+:{ACC_BITS}]));\n  end endgenerate\nendmodule",
            inputs * wide as usize - 1,
            lane.module_name(),
            build.latency,
            inputs * code as usize,
            inputs * code as usize
        );
        text
    }

    /// Where the lane's proof is; portable lanes are the specification themselves.
    fn proof(&self, build: ArrayBuild) -> &'static str {
        match (self.lane.is_dsp(), build.cells) {
            (true, "xc7") => "formal/dsp48.sh; formal/dsp_pack.ys",
            (true, _) if build.pack_rows == 2 => "formal/dsp_lane.ys",
            (true, _) => "simulation",
            (_, "xc7") => "formal/xc7.ys",
            (_, "ecp5") => "formal/ecp5_lanes.ys",
            (_, "ice40") => "formal/ice40_lanes.ys",
            (_, "gowin") => "formal/gowin_lanes.ys",
            (_, "nexus") => "formal/nexus_lanes.ys",
            _ => "simulation",
        }
    }

    fn line(&self, report: &SynthReport) -> String {
        let build = self.build();
        let macs = (ROWS * self.inputs * self.px) as f64;
        let array = match (self.lane.is_dsp(), build.pack_rows * build.pack_px, self.portable) {
            (true, 1, _) => "DSP".to_owned(),
            (true, packed, _) => format!("DSP x{packed}"),
            (false, _, true) => "LUT portable".to_owned(),
            (false, ..) => format!("LUT {}", if build.cells == "none" { "portable" } else { "cells" }),
        };
        let (scheme, bits) = match self.lane {
            Lane::Dsp { bits } => (format!("fixed({bits})"), u32::from(bits)),
            lane => (lane.to_string().replace(',', ";"), lane.code_bits()),
        };
        let total = report.total;
        format!(
            "{},{array},{scheme},{bits},{},{},{ROWS},{:.2},{:.2},{:.3},{},{},{}",
            self.family,
            self.inputs,
            self.act,
            total.lut as f64 / macs,
            total.ff as f64 / macs,
            total.dsp / macs,
            build.latency,
            report.tool.replace(',', ";"),
            self.proof(build)
        )
    }

    fn measure(&self, yosys: &Yosys, cache: &Cache) -> Anyhow<String> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("rtl"))?;
        fs::create_dir(folder.path().join("mem"))?;
        let mut files = vec!["rtl/lanes.v".to_owned()];
        fs::write(folder.path().join(&files[0]), self.wrapper())?;
        let folder_of = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl").join(name);
        for part in ["common", "array", "dsp", "alu", self.family.name()] {
            for entry in fs::read_dir(folder_of(part))? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                fs::copy(&path, folder.path().join("rtl").join(&name))?;
                files.push(format!("rtl/{name}"));
            }
        }
        files.sort();
        for list in ["files.f", "sim.f"] {
            fs::write(folder.path().join(list), files.join("\n"))?;
        }
        let job =
            SynthJob { folder: folder.path().to_owned(), top: "lanes".to_owned(), family: self.family, flat: true };
        let line = self.line(&yosys.synthesize(&job, cache)?);
        println!("{line}");
        Ok(line)
    }
}

fn lane(text: &str) -> Lane {
    text.parse().expect("a lane kind")
}

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("lanes: {error}");
        std::process::exit(2);
    }
}

/// Measures every case, or only those whose family, array or scheme holds a word of the command line; then nothing is
/// written.
fn run() -> Anyhow<()> {
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let (yosys, cache) = (Yosys::find()?, Cache::from_env());
    let mut cases = Case::all();
    cases.retain(|case| only.iter().all(|word| format!("{} {}", case.family, case.lane).contains(word.as_str())));
    println!("{HEADER}");
    let measured = cases.par_iter().map(|case| case.measure(&yosys, &cache));
    let lines = measured.collect::<Anyhow<Vec<String>>>()?;
    if only.is_empty() {
        let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("record");
        fs::write(record.join("lanes.csv"), format!("{HEADER}\n{}\n", lines.join("\n")))?;
    }
    Ok(())
}
