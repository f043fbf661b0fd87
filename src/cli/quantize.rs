//! `rowsmith quantize`: from an ONNX file to a manifest.

use std::io::Write;
use std::path::Path;

use candle_core::Device;
use miette::Diagnostic;

use super::failure::{Failure, OutputError};
use super::quantize_args::QuantizeArgs;
use super::{Outcome, progress};
use crate::float::Samples;
use crate::hw::FileSet;
use crate::ir::Network;
use crate::manifest::{self, MODEL_FILE};
use crate::quant::{EpochResult, QuantizedGraph, Quantizer, evaluate, float_outputs, lower};
use crate::report::{QUANT_REPORT, QuantReport, quantization_page, quantization_table};
use crate::target::Target;
use crate::{onnx, plan};

/// The system refused a temporary folder or the checkpoint's removal.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("cannot use {path}: {cause}")]
#[diagnostic(code("RWS-C003"), help("check that the folder is writable and that the disk has room"))]
struct FileError {
    path: String,
    cause: std::io::Error,
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    let path = path.display().to_string();
    move |cause| FileError { path, cause }
}

/// Imports, calibrates, assigns, quantizes, fine-tunes, evaluates and writes.
pub(super) fn run(args: &QuantizeArgs, json: bool) -> Result<Outcome, Failure> {
    let settings = args.settings()?;
    let target = Target::find(&args.target)?;
    let graph = onnx::load_output(&args.model, args.output.as_deref())?;
    graph.notes.iter().for_each(|note| progress::note(note));
    let calib = Samples::load(&args.calib, &graph)?;
    let test = args.test.as_ref().map(|path| Samples::load(path, &graph)).transpose()?;
    let training = args.training.train.as_ref().map(|path| Samples::load(path, &graph)).transpose()?;

    let spinner = progress::spinner("measuring the float network");
    let mut quantizer = Quantizer::new(&graph, Device::cuda_if_available(0).unwrap_or(Device::Cpu), &calib, settings)?;
    if args.lut_share.is_none() {
        let (draft, _) = saved(&lower(&quantizer.draft())?)?;
        quantizer.set_lut_share(plan::lut_share(&draft, &target, settings.sp2(), settings.fixed()));
    }
    spinner.set_message(format!("quantizing by {}", settings.method));
    let mut report = QuantReport::new(&quantizer, &target);
    let quantized = match &training {
        None => {
            let result = quantizer.run()?;
            report.trials = result.trials;
            result.quantized
        }
        Some(samples) => {
            spinner.finish_and_clear();
            train(args, &quantizer, samples, &mut report.training)?
        }
    };
    spinner.set_message("evaluating");
    let (network, mut files) = saved(&lower(&quantized)?)?;
    report.layers = quantizer.summaries(&quantized)?;
    let judge = |samples: &Samples| {
        let reference = float_outputs(quantizer.executor(), quantizer.params(), &samples.images)?;
        evaluate(&network, &reference, samples)
    };
    report.calibration = Some(judge(&calib.spread(settings.images))?);
    report.test = test.as_ref().map(judge).transpose()?;
    spinner.finish_and_clear();

    let data = format!("{}\n", serde_json::to_string_pretty(&report).unwrap_or_default());
    files.add(QUANT_REPORT, data.clone());
    files.add("report.html", quantization_page(&report)?);
    files.write(&args.out)?;
    let path = args.out.join(MODEL_FILE);
    let text = if json { data } else { format!("{}\nwritten: {}\n", quantization_table(&report), path.display()) };
    std::io::stdout().write_all(text.as_bytes()).map_err(OutputError)?;
    Ok(Outcome::Good)
}

/// Fine-tunes; the checkpoint goes when all epochs are done.
fn train<'g>(
    args: &QuantizeArgs,
    quantizer: &Quantizer<'g>,
    samples: &Samples,
    history: &mut Vec<EpochResult>,
) -> Result<QuantizedGraph<'g>, Failure> {
    let options = args.train_options();
    let checkpoint = args.checkpoint();
    let bar = progress::bar("fine-tuning", options.epochs as u64);
    let mut seen = |result: &EpochResult| {
        let accuracy = result.accuracy.map(|percent| format!(", accuracy {percent:.2} %")).unwrap_or_default();
        bar.set_position(result.epoch as u64);
        bar.println(format!("epoch {}: loss {:.4}{accuracy}", result.epoch, result.loss));
        history.push(*result);
    };
    let quantized = quantizer.train(samples, &options, Some(&checkpoint), &mut seen)?;
    bar.finish_and_clear();
    if checkpoint.exists() {
        std::fs::remove_file(&checkpoint).map_err(file_error(&checkpoint))?;
    }
    Ok(quantized)
}

/// The network as the manifest's reader accepts it, and the files it was read from.
fn saved(network: &Network) -> Result<(Network, FileSet), Failure> {
    let folder = tempfile::tempdir().map_err(file_error(&std::env::temp_dir()))?;
    let network = manifest::load(&manifest::save(network, folder.path())?)?;
    let mut files = FileSet::new(QUANT_REPORT);
    for name in [MODEL_FILE.to_owned(), format!("{}.safetensors", network.name)] {
        let path = folder.path().join(&name);
        files.add_bytes(name, std::fs::read(&path).map_err(file_error(&path))?);
    }
    Ok((network, files))
}
