//! `rowsmith quantize`: from an ONNX file to a manifest.

use candle_core::Device;

use super::failure::Failure;
use super::quantize_args::QuantizeArgs;
use super::terminal::print;
use super::{Outcome, progress};
use crate::files::OutputFolder;
use crate::float::Samples;
use crate::manifest::{self, MODEL_FILE};
use crate::quant::{Checkpoint, EpochResult, QuantizedGraph, Quantizer, evaluate, float_outputs, lower, lowered};
use crate::report::{QUANT_REPORT, QuantReport, quantization_page, quantization_table};
use crate::target::Target;
use crate::{onnx, plan};

/// Imports, calibrates, assigns, quantizes, fine-tunes, evaluates and writes.
pub(super) fn run(args: &QuantizeArgs, json: bool) -> Result<Outcome, Failure> {
    let settings = args.settings()?;
    let out = OutputFolder::prepare(&args.out)?;
    let checkpoint = args.training.train.as_ref().map(|_| Checkpoint::prepare(&args.checkpoint())).transpose()?;
    let target = Target::find(&args.target)?;
    let graph = onnx::load_output(&args.model, args.output.as_deref())?;
    let calib = Samples::load(&args.calib, &graph)?;
    let test = args.test.as_ref().map(|path| Samples::load(path, &graph)).transpose()?;
    let training = args.training.train.as_ref().map(|path| Samples::load(path, &graph)).transpose()?;

    let spinner = progress::spinner("measuring the float network");
    let mut quantizer = Quantizer::new(&graph, Device::cuda_if_available(0).unwrap_or(Device::Cpu), &calib, settings)?;
    if args.lut_share.is_none() {
        let draft = lower(&quantizer.draft())?;
        quantizer.set_lut_share(plan::lut_share(&draft, &target, settings.sp2(), settings.fixed()));
    }
    spinner.set_message(format!("quantizing with {}", settings.method));
    let mut report = QuantReport::new(&quantizer, &target);
    let quantized = if let (Some(samples), Some(checkpoint)) = (&training, &checkpoint) {
        spinner.finish_and_clear();
        train(args, &quantizer, samples, checkpoint, &mut report.training)?
    } else {
        let result = quantizer.run()?;
        report.trials = result.trials;
        result.quantized
    };
    spinner.set_message("evaluating");
    let lowered = lowered(&quantized)?;
    report.set_exact(&lowered);
    report.no_core = plan::Survey::of(&lowered.network).err().map(|error| error.to_string());
    let (network, mut files) = manifest::render(&lowered.network)?;
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
    out.write(&files)?;
    // Last: until the result is whole, the training could still be needed.
    checkpoint.as_ref().map_or(Ok(()), Checkpoint::remove)?;
    let path = args.out.join(MODEL_FILE);
    let text = if json { data } else { format!("{}\nwritten: {}\n", quantization_table(&report), path.display()) };
    print(&text)?;
    Ok(Outcome::Good)
}

/// Fine-tunes.
fn train<'g>(
    args: &QuantizeArgs,
    quantizer: &Quantizer<'g>,
    samples: &Samples,
    checkpoint: &Checkpoint,
    history: &mut Vec<EpochResult>,
) -> Result<QuantizedGraph<'g>, Failure> {
    let options = args.train_options();
    let bar = progress::bar("fine-tuning", options.epochs as u64);
    let mut seen = |result: &EpochResult| {
        let accuracy = result.accuracy.map(|percent| format!(", accuracy {percent:.2} %")).unwrap_or_default();
        bar.set_position(result.epoch as u64);
        bar.println(format!("epoch {}: loss {:.4}{accuracy}", result.epoch, result.loss));
        history.push(*result);
    };
    let quantized = quantizer.train(samples, &options, Some(checkpoint), &mut seen)?;
    bar.finish_and_clear();
    Ok(quantized)
}
