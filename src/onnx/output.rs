//! Which output of a file is the network's.

use super::OnnxError;
use super::array::dtype;
use super::names::escaped;
use super::proto::{Graph, ValueInfo};

/// The name of the value that is the result: that of the output with the wanted name, of the only one, or of the only one of
/// real numbers. Labels and tables of probabilities, which classifiers of scikit-learn add, are none.
pub(super) fn choose<'a>(graph: &'a Graph, wanted: Option<&str>) -> Result<&'a str, OnnxError> {
    let names = || graph.output.iter().map(|output| escaped(&output.name)).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        let found = graph.output.iter().find(|output| output.name == wanted);
        let absent = || OnnxError::NoOutput { name: escaped(wanted), names: names() };
        return found.map(|output| value(graph, output)).ok_or_else(absent);
    }
    let real: Vec<&ValueInfo> = graph.output.iter().filter(|output| is_real(graph, output)).collect();
    match (&graph.output[..], &real[..]) {
        ([], _) => Err(OnnxError::Count { what: "outputs", found: 0 }),
        ([output], _) => Ok(value(graph, output)),
        (_, [output]) => Ok(value(graph, output)),
        _ => Err(OnnxError::Outputs { names: names() }),
    }
}

/// Whether an output holds real numbers, or probabilities in a table.
fn is_real(graph: &Graph, output: &ValueInfo) -> bool {
    let tensor = output.r#type.as_ref().map(|kind| kind.tensor_type.as_ref().map(|tensor| tensor.elem_type));
    match tensor {
        None => true,
        Some(None) => table(graph, &output.name).is_some(),
        Some(Some(code)) => code == 0 || dtype::is_real(code),
    }
}

/// The value that an output stands for: a table of probabilities repeats a tensor.
fn value<'a>(graph: &'a Graph, output: &'a ValueInfo) -> &'a str {
    table(graph, &output.name).unwrap_or(&output.name)
}

/// The probabilities behind a `ZipMap`.
fn table<'a>(graph: &'a Graph, name: &str) -> Option<&'a str> {
    let node = graph.node.iter().find(|node| node.op_type == "ZipMap" && node.output.iter().any(|out| out == name))?;
    node.input.first().map(String::as_str)
}
