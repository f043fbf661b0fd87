//! `rowsmith run`: the golden model on the user's arrays.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde_json::json;

use super::Outcome;
use super::failure::Failure;
use super::images::{UnitsArg, saturation};
use super::progress;
use super::terminal::print;
use crate::host::{
    Batches, Classes, Encoded, InputFile, Reference, Results, Score, decode, load_labels, output_values,
};
use crate::ir::Network;
use crate::numpy::{ArrayError, ArrayFormat, array_output, write_array};
use crate::report::Accuracy;
use crate::{golden, manifest};

/// Values of inputs and results that are held at once.
const BATCH_VALUES: usize = 1 << 22;
/// Most images that are held at once.
const BATCH_IMAGES: usize = 1024;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The network: a manifest (.toml).
    model: PathBuf,
    /// Inputs: an .npz or .npy file in the shape, order and units of the original network's input.
    #[arg(short, long, value_name = "FILE")]
    inputs: PathBuf,
    /// What the inputs' numbers are.
    #[arg(long, value_enum, default_value = "user")]
    units: UnitsArg,
    /// File for the results, .npz or .npy: numbers in the shape, order and units of the original network's output.
    #[arg(short, long, value_name = "FILE", value_parser = array_file)]
    out: Option<PathBuf>,
    /// Write and compare the core's integers instead of real numbers, in the user's shape and order.
    #[arg(long)]
    integers: bool,
    /// File of labels, if they are not an array `label` beside the inputs.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Results to compare with, such as those of the float network.
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
    /// Take only the first N inputs.
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
}

fn array_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    ArrayFormat::of(&path).map(|_| path).ok_or_else(|| "the file name must end in .npz or .npy".to_owned())
}

/// What is found out on the way.
#[derive(Default)]
struct Findings {
    images: usize,
    numbers: usize,
    saturated: usize,
    right: usize,
    score: Score,
}

/// What results are held against.
struct Judge<'a> {
    labels: Option<Vec<usize>>,
    reference: Option<Results<'a>>,
}

/// Reads, computes, compares, writes.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    if let Some(out) = &args.out {
        let read = [Some(&args.inputs), args.labels.as_ref(), args.reference.as_ref()];
        array_output(out)?.other_than(read.into_iter().flatten())?;
    }
    let network = manifest::load(&args.model)?;
    let mut inputs = InputFile::open(&args.inputs, &network, Some(args.units.into()))?;
    let all = inputs.count();
    let count = args.count.map_or(all, |count| all.min(usize::try_from(count).unwrap_or(all)));
    let labels = match &args.labels {
        Some(path) => Some(load_labels(path, all, Classes::of(&network))?),
        None => inputs.labels()?,
    };
    let mut reference = args.reference.as_ref().map(|path| Reference::open(path, &network, all)).transpose()?;
    let mut judge = Judge { labels, reference: reference.as_mut().map(Reference::results).transpose()? };
    let output = network.tensor(network.output);
    let name = network.host.output_name.as_deref().unwrap_or(&output.name);
    let shape = [&[count][..], &network.host.output.extents(output.shape)].concat();
    let bar = progress::bar("images", count as u64);
    let mut batches = inputs.batches()?;
    let work = Work { network: &network, count, integers: args.integers, bar: &bar };
    let findings = match &args.out {
        None => work.all(&mut batches, &mut judge, |_, _| Ok(()))?,
        Some(path) if args.integers => write_array(path, name, &shape, |sink| {
            work.all(&mut batches, &mut judge, |integers, _| sink(integers).map_err(|cause| written(path, cause)))
        })?,
        Some(path) => write_array(path, name, &shape, |sink| {
            work.all(&mut batches, &mut judge, |_, values| sink(values).map_err(|cause| written(path, cause)))
        })?,
    };
    bar.finish_and_clear();
    let text = if json {
        as_json(args, &findings, &judge, name, &shape)
    } else {
        as_text(args, &findings, &judge, name, &shape)
    };
    print(&text)?;
    Ok(Outcome::Good)
}

fn written(path: &Path, cause: std::io::Error) -> Failure {
    ArrayError::Write { path: path.to_owned(), cause }.into()
}

struct Work<'a> {
    network: &'a Network,
    count: usize,
    integers: bool,
    bar: &'a ProgressBar,
}

impl Work<'_> {
    /// All images, batch by batch, so that memory does not grow with their number; `sink` gets each result in the user's
    /// order, as integers and as numbers.
    fn all(
        &self,
        batches: &mut Batches,
        judge: &mut Judge,
        mut sink: impl FnMut(&[i32], &[f32]) -> Result<(), Failure>,
    ) -> Result<Findings, Failure> {
        let network = self.network;
        let size = network.tensor(network.input).shape.len() + network.tensor(network.output).shape.len();
        let batch = (BATCH_VALUES / size.max(1)).clamp(rayon::current_num_threads(), BATCH_IMAGES);
        let mut findings = Findings::default();
        while findings.images < self.count {
            let encoded = batches.next_images(batch.min(self.count - findings.images))?;
            let (saturated, numbers) = (encoded.iter().map(|e| e.saturated), encoded.iter().map(|e| e.integers.len()));
            findings.saturated += saturated.sum::<usize>();
            findings.numbers += numbers.sum::<usize>();
            let images: Vec<Vec<i32>> = encoded.into_iter().map(|Encoded { integers, .. }| integers).collect();
            for result in golden::run_batch(network, &images)? {
                let answer = Classes::answer(&output_values(network, &result));
                findings.right += usize::from(judge.labels.as_ref().is_some_and(|l| l[findings.images] == answer));
                let integers = network.host.output.permuted(&result);
                let values =
                    if self.integers { integers.iter().map(|i| *i as f32).collect() } else { decode(network, &result) };
                if let Some(reference) = &mut judge.reference {
                    findings.score.add(&values, &reference.next_result()?);
                }
                sink(&integers, &values)?;
                findings.images += 1;
            }
            self.bar.set_position(findings.images as u64);
        }
        Ok(findings)
    }
}

fn accuracy(findings: &Findings, judge: &Judge) -> Option<Accuracy> {
    judge.labels.as_ref().map(|_| Accuracy { right: findings.right, images: findings.images })
}

fn as_json(args: &Args, findings: &Findings, judge: &Judge, name: &str, shape: &[usize]) -> String {
    let mut report = json!({
        "images": findings.images,
        "numbers": findings.numbers,
        "saturated": findings.saturated,
        "output": { "name": name, "shape": shape, "file": args.out },
    });
    if let Some(accuracy) = accuracy(findings, judge) {
        report["accuracy"] =
            json!({ "right": accuracy.right, "images": accuracy.images, "percent": accuracy.percent() });
    }
    if judge.reference.is_some() {
        report["reference"] = json!(findings.score.difference());
    }
    format!("{}\n", serde_json::to_string_pretty(&report).unwrap_or_default())
}

fn as_text(args: &Args, findings: &Findings, judge: &Judge, name: &str, shape: &[usize]) -> String {
    let mut lines = vec![format!("{} images", findings.images)];
    lines.extend(saturation(&args.inputs, findings.saturated, findings.numbers));
    if let Some(found) = accuracy(findings, judge) {
        lines.push(format!("accuracy: {} of {} right, {:.2} %", found.right, found.images, found.percent()));
    }
    if let (Some(path), Some(_)) = (&args.reference, &judge.reference) {
        let found = findings.score.difference();
        let ratio = match found.sqnr_db {
            Some(ratio) => format!("{ratio:.2} dB, "),
            None if found.unequal == 0 => "equal, ".to_owned(),
            None => String::new(),
        };
        lines.push(format!(
            "compared with {}: {ratio}largest difference {}, {} of {} values unequal",
            path.display(),
            found.largest,
            found.unequal,
            found.values
        ));
    }
    if let Some(path) = &args.out {
        lines.push(format!("written: {}, array `{}` of shape {shape:?}", path.display(), name.escape_debug()));
    }
    lines.join("\n") + "\n"
}
