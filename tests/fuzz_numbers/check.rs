//! One case through Rowsmith: import, quantization, manifest, golden model; what came out against the executor.

use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::Device;
use miette::Diagnostic;
use rowsmith::float::{AsIs, Executor, Graph, Params, Samples};
use rowsmith::host::{output_values, quantize_input};
use rowsmith::ir::{Host, Layout, Network, Shape};
use rowsmith::num::Scheme;
use rowsmith::quant::{ActClip, Method, Quantizer, Settings, WeightClip, lower, lowered};
use rowsmith::{golden, manifest, onnx};

use crate::build::Case;
use crate::noise::Deviation;
use crate::value::Value;
use crate::writer;
use crate::{noise, shapes};

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every number as prescribed.
    Exact,
    /// Within the bound of the types.
    Bounded,
    /// Refused with this code; the text is the whole message.
    Refused(String, String),
    /// A wrong number, or a refusal without a code, a node or a remedy.
    Wrong(String),
    /// A panic with its message.
    Panic(String),
}

impl Outcome {
    /// Whether the case shows a fault.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Wrong(_) | Self::Panic(_))
    }
}

/// Runs a case.
pub fn check(case: &Case) -> Outcome {
    match catch_unwind(AssertUnwindSafe(|| judged(case))) {
        Ok(Ok(outcome) | Err(outcome)) => outcome,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Outcome::Panic(
                text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default(),
            )
        }
    }
}

fn judged(case: &Case) -> Result<Outcome, Outcome> {
    let bytes = writer::bytes(&case.model);
    let graph = onnx::read(&bytes, None, "fuzz").map_err(|error| refused(case, error))?;
    let prepare = |input| core_input(&graph.host, graph.input().shape, input);
    let samples = Samples { images: case.inputs.iter().map(prepare).collect(), labels: None };
    imported(case, &graph, &samples)?;
    let network = quantized(case, &graph, &samples)?;
    let results: Vec<Vec<f32>> =
        case.inputs.iter().map(|input| result(case, &network, input)).collect::<Result<_, _>>()?;
    if case.prescribed { exact(case, &results) } else { bounded(case, &results) }
}

/// What a user gets for one input, by the manifest alone.
fn result(case: &Case, network: &Network, input: &Value) -> Result<Vec<f32>, Outcome> {
    let image = core_input(&network.host, network.tensor(network.input).shape, input);
    let output = golden::run_batch(network, &[quantize_input(network, &image).integers])
        .map_err(|error| refused(case, error))?;
    user_output(case, &network.host, network.tensor(network.output).shape, &output_values(network, &output[0]))
}

/// The input as the core gets it: the host's order, then its scaling.
fn core_input(host: &Host, shape: Shape, input: &Value) -> Vec<f32> {
    let values = permuted(&host.input, &input.lo);
    let pick = |numbers: &[f64], channel: usize| if numbers.len() == 1 { numbers[0] } else { numbers[channel] };
    let each = values.iter().enumerate().map(|(index, value)| {
        let channel = index / shape.pixels();
        (value * pick(&host.input_mul, channel) + pick(&host.input_add, channel)) as f32
    });
    each.collect()
}

/// The core's result in the user's order, behind the host's function.
fn user_output(case: &Case, host: &Host, shape: Shape, values: &[f32]) -> Result<Vec<f32>, Outcome> {
    let values: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    let ordered: Vec<f32> = permuted(&host.output, &values).iter().map(|value| *value as f32).collect();
    let (found, wanted) = (host.output.extents(shape), &case.model.output_dims[usize::from(!case.batchless)..]);
    if found != wanted {
        return Err(Outcome::Wrong(format!("shape: the result has the extents {found:?} instead of {wanted:?}")));
    }
    Ok(host.apply(&ordered))
}

/// `values.reshape(split).transpose(axes).ravel()`.
fn permuted(layout: &Layout, values: &[f64]) -> Vec<f64> {
    if layout.split.is_empty() {
        return values.to_vec();
    }
    shapes::transposed(&Value::new(&layout.split, values.to_vec()), &layout.axes).lo
}

/// The float graph must give the file's numbers.
fn imported(case: &Case, graph: &Graph, samples: &Samples) -> Result<(), Outcome> {
    let executor = Executor::new(graph, Device::Cpu);
    let params = Params::of(graph, &Device::Cpu).map_err(|error| Outcome::Wrong(format!("weights: {error}")))?;
    let shape = graph.tensor(graph.output).shape;
    for (index, image) in samples.images.iter().enumerate() {
        let run = || {
            let output = executor.output(&params, &executor.batch(std::slice::from_ref(image))?, &AsIs)?;
            executor.images(&output, shape.pixels())
        };
        let result =
            run().map_err(|error| Outcome::Wrong(format!("the float network does not run: {error}")))?.concat();
        let result = user_output(case, &graph.host, shape, &result)?;
        let expected = case.output(index);
        let (lo, hi) = expected.range();
        let slack = 1e-5 * hi.max(-lo) + case.slack;
        compare("import", index, expected, &result, slack)?;
    }
    Ok(())
}

/// What becomes of a case, tensor by tensor: float graph, types, constants, and whether each layer is exact.
pub fn steps(case: &Case) -> String {
    let text = || -> Option<String> {
        let graph = onnx::read(&writer::bytes(&case.model), None, "fuzz").ok()?;
        let prepare = |input| core_input(&graph.host, graph.input().shape, input);
        let samples = Samples { images: case.inputs.iter().map(prepare).collect(), labels: None };
        let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings()).ok()?;
        let lowered = lowered(&quantizer.run().ok()?.quantized).ok()?;
        let mut lines = vec![format!("{:?}", graph.host)];
        for (tensor, node) in graph.tensors.iter().zip(std::iter::once(None).chain(graph.nodes.iter().map(Some))) {
            lines.push(format!("{} {:?} {:?}", tensor.name, tensor.quant, node.map(|node| (&node.clip, &node.inputs))));
        }
        for tensor in &lowered.network.tensors {
            lines.push(format!("{} {:?} {:?} {}", tensor.name, tensor.act, tensor.scale, tensor.offset));
        }
        for (layer, exact) in lowered.network.layers.iter().zip(&lowered.exact) {
            let op = format!("{:?}", layer.op).chars().take(600).collect::<String>();
            lines.push(format!("{} {exact:?} {:?} {:?} {op}", layer.name, layer.rounding, layer.inputs));
        }
        Some(lines.join("\n"))
    };
    text().unwrap_or_default()
}

fn quantized(case: &Case, graph: &Graph, samples: &Samples) -> Result<Network, Outcome> {
    let quantizer = Quantizer::new(graph, Device::Cpu, samples, settings()).map_err(|error| refused(case, error))?;
    let result = quantizer.run().map_err(|error| refused(case, error))?;
    let network = lower(&result.quantized).map_err(|error| refused(case, error))?;
    let folder = tempfile::tempdir().expect("folder");
    let path = manifest::save(&network, folder.path()).map_err(|error| refused(case, error))?;
    manifest::load(&path).map_err(|error| Outcome::Wrong(format!("the manifest does not load: {error:?}")))
}

fn settings() -> Settings {
    Settings {
        method: Method::Uniform(Scheme::Fixed { bits: 8 }),
        act_bits: 8,
        edge_bits: 8,
        weight_clip: WeightClip::Max,
        act_clip: ActClip::MinMax,
        compensate: false,
        correct_bias: false,
        ..Settings::default()
    }
}

/// A refusal needs a code, a remedy and, where it speaks of a node, its name.
fn refused(case: &Case, error: impl Diagnostic + Send + Sync + 'static) -> Outcome {
    let code = error.code().map(|code| code.to_string());
    let parts: Vec<&dyn Diagnostic> = error.related().map_or_else(Vec::new, Iterator::collect);
    let codes: Vec<String> = parts.iter().filter_map(|part| part.code().map(|code| code.to_string())).collect();
    let helped = error.help().is_some() && parts.iter().all(|part| part.help().is_some() && part.code().is_some());
    let text = format!("{:?}", miette::Report::new(error));
    let named = codes.is_empty() || case.model.nodes.iter().any(|node| text.contains(node.name.as_str()));
    match code {
        Some(code) if code == "RWS-M039" => Outcome::Wrong(format!("no manifest holds the network: {text}")),
        Some(code) if helped && named => {
            let mut all = [vec![code], codes].concat();
            all.dedup();
            Outcome::Refused(all.join(" "), text)
        }
        _ => Outcome::Wrong(format!("a refusal without a code, a node or a remedy: {text}")),
    }
}

/// Refuses results that do not lie between the ends of the expected ones, moved apart by the slack.
pub fn compare(what: &str, sample: usize, expected: &Value, found: &[f32], slack: f64) -> Result<(), Outcome> {
    if expected.len() != found.len() {
        return Err(Outcome::Wrong(format!("{what}: {} results instead of {}", found.len(), expected.len())));
    }
    let outside = |&index: &usize| {
        let value = f64::from(found[index]);
        let (lo, hi) = (f64::from(expected.lo[index] as f32), f64::from(expected.hi[index] as f32));
        !(lo - slack <= value && value <= hi + slack)
    };
    let wrong: Vec<usize> = (0..found.len()).filter(outside).collect();
    match wrong.first() {
        None => Ok(()),
        Some(&first) => Err(Outcome::Wrong(format!(
            "{what}: {} of {} results of sample {sample}; the first at {first}: {} instead of {}..{}",
            wrong.len(),
            found.len(),
            found[first],
            expected.lo[first],
            expected.hi[first]
        ))),
    }
}

fn exact(case: &Case, results: &[Vec<f32>]) -> Result<Outcome, Outcome> {
    for (index, result) in results.iter().enumerate() {
        compare("exact", index, case.output(index), result, case.slack)?;
    }
    Ok(Outcome::Exact)
}

/// Three times what rounding in the types does, and never more than four of its largest deviations.
///
/// Where a value is near the middle between two steps of a coarse type, a few runs with noise may not show that it can go either way.
/// Many do, and the whole result is ranked among theirs: if its error is noise like theirs, it exceeds all of them once in as many.
fn bounded(case: &Case, results: &[Vec<f32>]) -> Result<Outcome, Outcome> {
    let Deviation { mean, largest, .. } = noise::deviation(case, 12);
    let (mut squares, mut count, mut worst) = (0.0, 0.0, 0.0_f64);
    for (index, result) in results.iter().enumerate() {
        let expected = case.output(index);
        compare("bound", index, expected, result, f64::INFINITY)?;
        for (a, b) in expected.lo.iter().zip(result) {
            let error = (a - f64::from(*b)).abs();
            squares += error * error;
            count += 1.0;
            worst = worst.max(error);
        }
    }
    let error = f64::sqrt(squares / count);
    if error <= 3.0 * mean + case.slack + 1e-6 && worst <= 4.0 * largest + case.slack + 1e-6 {
        return Ok(Outcome::Bounded);
    }
    let many = noise::deviation(case, 2000);
    if error <= 1.5 * many.worst_run + case.slack && worst <= 1.5 * many.largest + case.slack {
        return Ok(Outcome::Bounded);
    }
    Err(Outcome::Wrong(format!(
        "bound: the results deviate by {error} (at most {worst}), the types allow {mean} (at most {largest})"
    )))
}
