//! The planner's choice on every model against plans of one resource, and how long each takes. Writes `record/plans.csv`; the
//! models come from `ROWSMITH_MODELS`, quantized with MSQ. Fails where arrays of one resource are faster, or a plan takes too long.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use candle_core::Device;
use rowsmith::float::Samples;
use rowsmith::ir::Network;
use rowsmith::plan::{self, ArrayUse, Request};
use rowsmith::quant::{Method, Quantizer, Settings, Untyped, lower};
use rowsmith::target::Target;
use rowsmith::{manifest, onnx};

const HEADER: &str = "model,target,cycles,cycles_lut,cycles_dsp,seconds,note";
const TARGETS: [&str; 3] = ["xc7z020", "ecp5-85f", "ice40up5k"];
/// More than any plan may take.
const LIMIT: Duration = Duration::from_secs(10);

type Anyhow<T> = Result<T, Box<dyn std::error::Error>>;

fn main() {
    // `cargo test --benches` calls every benchmark with this argument: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("plans: {error}");
        std::process::exit(2);
    }
}

fn run() -> Anyhow<()> {
    let folder = PathBuf::from(std::env::var_os("ROWSMITH_MODELS").ok_or("set ROWSMITH_MODELS to a folder")?);
    let names = fs::read_dir(&folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".onnx")?.to_owned())).collect();
    names.sort();
    let (mut table, mut slower, mut late) = (format!("{HEADER}\n"), 0, 0);
    for name in &names {
        for target in TARGETS {
            let target = Target::find(target)?;
            let cells = match network(&folder, name, &target) {
                Ok(network) => {
                    let (cells, is_slower, is_late) = compare(&network, &target);
                    slower += usize::from(is_slower);
                    late += usize::from(is_late);
                    cells
                }
                Err(error) => format!(",,,,{}", words(&error.to_string())),
            };
            println!("{name},{},{cells}", target.name);
            writeln!(table, "{name},{},{cells}", target.name)?;
        }
    }
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("record/plans.csv"), table)?;
    if slower + late > 0 {
        return Err(format!(
            "{slower} plans are slower than one of a single resource, {late} took more than {LIMIT:?}"
        )
        .into());
    }
    Ok(())
}

/// The model with rows split as the target asks; rounding to nearest, because a plan depends on schemes and types alone.
fn network(folder: &Path, name: &str, target: &Target) -> Anyhow<Network> {
    let graph = onnx::load(&folder.join(format!("{name}.onnx")))?;
    let file = |part: &str| folder.join(format!("{}.{part}.npz", name.trim_end_matches("_fixed")));
    let calib = if file("calib").is_file() { file("calib") } else { file("inputs") };
    let mut calib = Samples::load(&calib, &graph)?;
    calib.images.truncate(2);
    let settings =
        Settings { method: Method::Msq, compensate: false, images: 2, untyped: Untyped::Narrow, ..Settings::default() };
    let (sp2, fixed) = (settings.sp2(), settings.fixed());
    let mut quantizer = Quantizer::new(&graph, Device::Cpu, &calib, settings)?;
    let (draft, _) = manifest::render(&lower(&quantizer.draft())?)?;
    quantizer.set_lut_share(plan::lut_share(&draft, target, sp2, fixed));
    Ok(manifest::render(&lower(&quantizer.run()?.quantized)?)?.0)
}

/// Cells behind the target; whether the choice is slower, and whether a plan is late.
fn compare(network: &Network, target: &Target) -> (String, bool, bool) {
    let timed = |array_use: ArrayUse| {
        let start = Instant::now();
        let plan = Request { array_use, ..Request::default() }.plan(network, target);
        (plan.map(|plan| plan.cycles), start.elapsed())
    };
    let (mixed, time) = timed(ArrayUse::Mixed);
    let [(lut, lut_time), (dsp, dsp_time)] = [ArrayUse::Lut, ArrayUse::Dsp].map(timed);
    let note = mixed.as_ref().err().map_or(String::new(), |error| words(&error.to_string()));
    let most = |cycles: &Result<u64, _>| cycles.as_ref().map_or(u64::MAX, |cycles| *cycles);
    let is_slower = most(&mixed) > most(&lut).min(most(&dsp));
    let text = |cycles: &Result<u64, _>| cycles.as_ref().map_or(String::new(), u64::to_string);
    let cells = format!("{},{},{},{:.2},{note}", text(&mixed), text(&lut), text(&dsp), time.as_secs_f64());
    (cells, is_slower, [time, lut_time, dsp_time].into_iter().any(|time| time > LIMIT))
}

fn words(text: &str) -> String {
    text.replace([',', '\n'], ";")
}
