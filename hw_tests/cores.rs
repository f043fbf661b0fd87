//! Whole cores: estimated, counted by Yosys, routed by nextpnr where it knows the family, simulated value by value.
//! Arrays in DSP blocks and LUTs together against either alone. Writes `record/cores.csv` and the comparison in `README.md`.
//! Digits is in the repository, the folder of the other models is named by `ROWSMITH_MODELS`.

#[path = "common/source.rs"]
mod source;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use candle_core::Device;
use rowsmith::host::quantize_input;
use rowsmith::hw::{self, wrapper_name};
use rowsmith::ir::Network;
use rowsmith::plan::{self, ArrayUse, CoreShape, Plan, Request};
use rowsmith::pnr::{Nextpnr, Placer, RouteError, RouteJob, Router};
use rowsmith::quant::{Method, Quantizer, Settings};
use rowsmith::sim::{SimOptions, Verifier, VerifyOptions};
use rowsmith::synth::{SynthJob, Synthesizer, Use, Yosys};
use rowsmith::target::{Family, Target};
use rowsmith::tool::{Cache, Tool, ToolError, ToolKind};

use source::{Source, loaded};

const HEADER: &str = "network,target,shape,arrays,macs_per_cycle,lut_est,lut,ff_est,ff,dsp_est,dsp,bram_est,bram,\
                      fmax_mhz,cycles_pred,cycles,images_per_s";
/// Placements of a routed core at most, one by one, until one reaches the target's clock. After one that is not routed in time the
/// other placer is tried.
const SEEDS: u32 = 2;
/// Time for each of them.
const LIMIT: Duration = Duration::from_secs(60 * 60);
/// Clock asked for, by the target's: paths within it are not improved further.
const DEMAND: f64 = 4.0 / 3.0;
/// Images simulated for each core, at random pauses of the streams.
const IMAGES: usize = 2;
const TARGETS: [&str; 4] = ["ice40up5k", "ecp5-25f", "ecp5-85f", "xc7z020"];
const NETWORKS: [&str; 2] = ["digits", "ic_resnet8"];
/// Both resources together, and each alone.
const USES: [ArrayUse; 3] = [ArrayUse::Mixed, ArrayUse::Dsp, ArrayUse::Lut];
/// Lines of `README.md` that the comparison lies between.
const MARKS: [&str; 2] = ["<!-- cores -->\n", "<!-- /cores -->"];

type Anyhow<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Share of the rows that are not in DSP blocks.
fn share_of(rows: &str) -> Anyhow<f64> {
    let arrays = CoreShape::parse_rows(rows)?;
    let count = |dsp: bool| arrays.iter().filter(|a| a.lane.is_dsp() == dsp).map(|a| a.rows).sum::<usize>() as f64;
    Ok(count(false) / (count(false) + count(true)))
}

/// A core to build: the planner's choice where no shape and rows are given.
struct Case {
    network: String,
    target: String,
    arrays: ArrayUse,
    shape: Option<(String, String)>,
    /// Cycles that a core of this shape has to keep, if the shape does not say how many channels are drained at once.
    kept: Option<f64>,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        for target in TARGETS {
            for network in NETWORKS {
                cases.extend(USES.map(|arrays| Self {
                    network: network.to_owned(),
                    target: target.to_owned(),
                    arrays,
                    shape: None,
                    kept: None,
                }));
            }
        }
        cases.extend(NETWORKS.map(|network| Self {
            network: network.to_owned(),
            target: "xc7z020".to_owned(),
            arrays: ArrayUse::Mixed,
            shape: Some(("16x6x32".to_owned(), "dsp(4)=6,sp2(4)=26".to_owned())),
            kept: None,
        }));
        cases
    }

    /// The network in four bits throughout, its rows in what the arrays are built of.
    fn quantize(&self, source: &Source, target: &Target) -> Anyhow<Network> {
        let method = match self.arrays {
            ArrayUse::Mixed => Method::Msq,
            ArrayUse::Dsp => "fixed(4)".parse()?,
            ArrayUse::Lut => "sp2(4)".parse()?,
        };
        let settings = Settings { method, edge_bits: 4, ..Settings::default() };
        let (sp2, fixed) = (settings.sp2(), settings.fixed());
        let mut quantizer = Quantizer::new(&source.graph, Device::Cpu, &source.calib, settings)?;
        if let Some((_, rows)) = &self.shape {
            quantizer.set_lut_share(share_of(rows)?);
        } else {
            let draft = loaded(&quantizer.draft())?;
            quantizer.set_lut_share(plan::lut_share(&draft, target, sp2, fixed));
        }
        loaded(&quantizer.run()?.quantized)
    }

    fn plan(&self, network: &Network, target: &Target) -> Anyhow<Plan> {
        let Some((shape, rows)) = &self.shape else {
            return Ok(Request { array_use: self.arrays, ..Request::default() }.plan(network, target)?);
        };
        let plan = |shape: &str| -> Anyhow<Plan> {
            Ok(Request { oversize: true, ..Request::parse(Some(shape), Some(rows))? }.plan(network, target)?)
        };
        let Some(kept) = self.kept else { return plan(shape) };
        // A pixel at a time, and as few of its channels as keep the cycles.
        let mut plans = [1, 2, 4, 8, 16].iter().filter_map(|channels| plan(&format!("{shape}x{channels}x1")).ok());
        Ok(plans
            .find(|plan| plan.cycles as f64 <= kept)
            .ok_or_else(|| format!("no {shape} in at most {kept} cycles"))?)
    }

    fn name(&self) -> String {
        let arrays = match self.arrays {
            ArrayUse::Mixed => "mixed",
            ArrayUse::Dsp => "dsp",
            ArrayUse::Lut => "lut",
        };
        format!("{} {} {arrays}{}", self.network, self.target, if self.shape.is_some() { " large" } else { "" })
    }
}

/// What is known of a core, or why there is none.
type Measured = Result<Figures, String>;

/// What the tools say of a core, beside its plan.
struct Figures {
    plan: Plan,
    counted: Use,
    fmax: Option<f64>,
    /// Simulated, per image.
    cycles: f64,
}

impl Figures {
    /// At the routed clock; for 7 series, which nothing is driven for, at the one that the target assumes.
    fn images_per_s(&self) -> Option<f64> {
        let target = &self.plan.core.target;
        let clock = self.fmax.or((target.family == Family::Xc7).then_some(target.clock_mhz))?;
        Some(1e6 * clock / self.cycles)
    }
}

/// One line of `record/cores.csv`.
fn line(case: &Case, measured: &Measured) -> String {
    let figures = match measured {
        Ok(figures) => figures,
        Err(cause) => {
            let cause = cause.replace([',', '\n'], ";");
            return format!("{},{},,no core: {cause},,,,,,,,,,,,,", case.network, case.target);
        }
    };
    let Figures { plan, counted, fmax, cycles } = figures;
    let shape = &plan.core.shape;
    let arrays = shape.array_names();
    let est = &plan.resources;
    format!(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{cycles},{}",
        case.network,
        case.target,
        shape.arguments().0,
        arrays.join(" ").replace(',', ";"),
        shape.macs_per_cycle(),
        est.lut,
        counted.lut,
        est.ff,
        counted.ff,
        est.dsp,
        counted.dsp,
        est.bram,
        counted.bram,
        fmax.map_or(String::new(), |fmax| format!("{fmax:.1}")),
        plan.cycles,
        figures.images_per_s().map_or(String::new(), |images| format!("{images:.0}"))
    )
}

/// What the comparison needs of a line of the record; none where there is no core.
#[derive(Clone, Copy)]
struct Row<'a> {
    network: &'a str,
    target: &'a str,
    shape: &'a str,
    arrays: &'a str,
    lut: &'a str,
    fmax: &'a str,
    cycles: &'a str,
    images_per_s: Option<f64>,
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |name| fields[HEADER.split(',').position(|known| known == name).expect("a column")];
        (!field("shape").is_empty()).then(|| Self {
            network: field("network"),
            target: field("target"),
            shape: field("shape"),
            arrays: field("arrays"),
            lut: field("lut"),
            fmax: field("fmax_mhz"),
            cycles: field("cycles"),
            images_per_s: field("images_per_s").parse().ok(),
        })
    }

    /// The core of the line, with rows of its kinds.
    fn case(self) -> Case {
        let arrays = self.arrays.replace(' ', ",").replace(";1)", ",1)").replace(";0)", ",0)");
        // A record from before several pixels were drained at once tells nothing of the drain.
        let kept = self.cycles.parse().ok().filter(|_| self.shape.matches('x').count() == 2);
        let shape = Some((self.shape.to_owned(), arrays));
        let (network, target) = (self.network.to_owned(), self.target.to_owned());
        Case { network, target, arrays: ArrayUse::Mixed, shape, kept }
    }

    fn cell(&self, target: &Target) -> String {
        let speed = match self.images_per_s {
            Some(images) if self.fmax.is_empty() => format!("{:.0} MHz assumed, **{images}**/s", target.clock_mhz),
            Some(images) => format!("{} MHz, **{images}**/s", self.fmax),
            None => "not routed".to_owned(),
        };
        format!("{}: {} cycles, {speed}", self.shape, self.cycles)
    }
}

/// Arrays in DSP blocks and LUTs together beside either alone, from the lines of the record: one per target and network.
fn comparison(cases: &[Case], lines: &[String]) -> Anyhow<String> {
    let mut text = "| target | network | DSP blocks and LUTs | DSP blocks only | LUTs only | faster than DSP only | than LUTs only |\n\
                    |---|---|---|---|---|---|---|\n"
        .to_owned();
    for (target, network) in TARGETS.into_iter().flat_map(|target| NETWORKS.map(|network| (target, network))) {
        let profile = Target::find(target)?;
        let rows = USES.map(|arrays| {
            let own = |case: &Case| case.target == target && case.network == network && case.arrays == arrays;
            let index = cases.iter().position(|case| own(case) && case.shape.is_none())?;
            Row::read(&lines[index])
        });
        let cells = rows.each_ref().map(|row| row.as_ref().map_or("none fits".to_owned(), |row| row.cell(&profile)));
        let [mixed, dsp, lut] = rows.map(|row| row.and_then(|row| row.images_per_s));
        let gains = [dsp, lut].map(|other| match (mixed, other) {
            (Some(mixed), Some(other)) => format!("{:.2}x", mixed / other),
            _ => String::new(),
        });
        writeln!(text, "| {target} | {network} | {} | {} |", cells.join(" | "), gains.join(" | "))?;
    }
    Ok(text)
}

/// The README with a new comparison.
fn with_comparison(readme: &str, table: &str) -> Anyhow<String> {
    let (head, rest) = readme.split_once(MARKS[0]).ok_or("README.md has lost the mark before the comparison")?;
    let (_, tail) = rest.split_once(MARKS[1]).ok_or("README.md has lost the mark behind the comparison")?;
    Ok([head, MARKS[0], table, MARKS[1], tail].concat())
}

/// The tools and their cache.
struct Bench {
    verilator: Tool,
    yosys: Yosys,
    cache: Cache,
}

impl Bench {
    /// Simulates and counts a core, and routes it if `routed`.
    fn measure(&self, case: &Case, routed: bool) -> Anyhow<Measured> {
        let (source, target) = (Source::load(&case.network)?, Target::find(&case.target)?);
        let network = case.quantize(&source, &target)?;
        let plan = match case.plan(&network, &target) {
            Ok(plan) => plan,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let folder = tempfile::tempdir()?;
        let core = folder.path().join("core");
        let inputs = source.inputs.images.iter().take(IMAGES);
        let images: Vec<Vec<i32>> = inputs.map(|image| quantize_input(&network, image).integers).collect();
        hw::emit(&network, &plan, &images[..1])?.write(&core)?;
        let verifier =
            Verifier::build(&network, &plan, core.clone(), SimOptions::default(), &self.verilator, &self.cache)?;
        let simulated = verifier.run(&images, &VerifyOptions::default(), |_| ())?;
        if simulated.mismatches > 0 {
            return Err(format!("{}: {} values differ", case.name(), simulated.mismatches).into());
        }
        let job = SynthJob { folder: core, top: plan.core.name.clone(), family: target.family, flat: false };
        let counted = self.yosys.synthesize(&job, &self.cache)?.total;
        let fmax = if routed { self.fmax(&plan, &job)? } else { None };
        Ok(Ok(Figures { plan, counted, fmax, cycles: simulated.cycles }))
    }

    /// Routed clock; none where no tool is driven for the family, or no placement is routed.
    fn fmax(&self, plan: &Plan, job: &SynthJob) -> Anyhow<Option<f64>> {
        let target = &plan.core.target;
        let (Some(router), Some(device)) = (Nextpnr::find(target.family)?, target.device.clone()) else {
            return Ok(None);
        };
        let netlist = self.yosys.netlist(job, &self.cache)?;
        let mut route = RouteJob {
            netlist,
            top: wrapper_name(&plan.core.name),
            device,
            clock_mhz: DEMAND * target.clock_mhz,
            placer: None,
            seed: 0,
            limit: Some(LIMIT),
        };
        let mut fmax: Option<f64> = None;
        while route.seed < SEEDS && fmax.is_none_or(|fmax| fmax < target.clock_mhz) {
            route.seed += 1;
            match router.route(&route, &self.cache) {
                Ok(report) => fmax = Some(fmax.unwrap_or(0.0).max(report.fmax_mhz)),
                // What the shortest wires leave no way for is spread.
                Err(RouteError::Tool(ToolError::OutOfTime { .. })) => route.placer = Some(Placer::Heap),
                Err(RouteError::DoesNotFit { .. }) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(fmax)
    }
}

fn main() {
    // `cargo test --benches` calls every benchmark with this argument: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("cores: {error}");
        std::process::exit(2);
    }
}

/// Results in order, by a thread for each processor. Not by rayon, whose workers begin another core whenever one waits for its
/// placements: all would be routed at once, each against the clock.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Anyhow<R> + Sync) -> Anyhow<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return Ok(done) };
            done.push((index, work(item)?));
        }
    };
    let count = thread::available_parallelism()?.get();
    let done: Anyhow<Vec<_>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a worker does not panic")).collect()
    });
    let mut results: Vec<_> = done?.into_iter().flatten().collect();
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// Builds the cores of an older record again, at their shapes: cycles and LUTs by those of the record, and their product over all
/// cores.
fn against(bench: &Bench, record: &str) -> Anyhow<()> {
    let text = fs::read_to_string(record)?;
    let rows: Vec<(Row, Case)> = text.lines().skip(1).filter_map(Row::read).map(|row| (row, row.case())).collect();
    println!("network,target,shape,arrays,cycles_before,cycles,ratio,lut_before,lut,ratio");
    let products = side_by_side(&rows, |(row, case)| {
        let measured = bench.measure(case, false).map_err(|error| format!("{}: {error}", case.name()))??;
        let (cycles, lut) = (measured.cycles, measured.counted.lut as f64);
        let [cycles_before, lut_before] = [row.cycles, row.lut].map(|text| text.parse::<f64>().unwrap_or(f64::NAN));
        println!(
            "{},{},{},{},{cycles_before},{cycles},{:.3},{lut_before},{lut},{:.3}",
            row.network,
            row.target,
            row.shape,
            row.arrays,
            cycles / cycles_before,
            lut / lut_before
        );
        Ok([cycles_before * lut_before, cycles * lut])
    })?;
    let [before, now] = [0, 1].map(|index| products.iter().map(|product| product[index]).sum::<f64>());
    println!("cycles x LUT of all: {:.3} of the record's", now / before);
    Ok(())
}

/// Measures every core, or only those whose name holds all words of the command line; the other lines of the record stay. With
/// `against FILE`, the cores of that record.
fn run() -> Anyhow<()> {
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let bench = Bench { verilator: Tool::find(ToolKind::Verilator)?, yosys: Yosys::find()?, cache: Cache::from_env() };
    if let [word, record] = &only[..]
        && word == "against"
    {
        return against(&bench, record);
    }
    let cases = Case::all();
    let is_chosen = |index: &usize| only.iter().all(|word| cases[*index].name().contains(word));
    let chosen: Vec<usize> = (0..cases.len()).filter(is_chosen).collect();
    println!("{HEADER}");
    let measured = side_by_side(&chosen, |&index| {
        let case = &cases[index];
        let measured = bench.measure(case, true).map_err(|error| format!("{}: {error}", case.name()))?;
        let line = line(case, &measured);
        println!("{line}");
        Ok((index, line))
    })?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (record, readme) = (root.join("record/cores.csv"), root.join("README.md"));
    let mut lines = vec![String::new(); cases.len()];
    if measured.len() < cases.len() {
        lines = fs::read_to_string(&record)?.lines().skip(1).map(str::to_owned).collect();
        if lines.len() != cases.len() {
            return Err("record/cores.csv is of other cores: measure all of them".into());
        }
    }
    for (index, line) in measured {
        lines[index] = line;
    }
    fs::write(record, format!("{HEADER}\n{}\n", lines.join("\n")))?;
    fs::write(&readme, with_comparison(&fs::read_to_string(&readme)?, &comparison(&cases, &lines)?)?)?;
    Ok(())
}
