//! `rowsmith check MODEL.toml`: what a manifest holds.

use std::path::PathBuf;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use super::Outcome;
use super::failure::Failure;
use super::terminal::print;
use crate::ir::{Layer, Network, Op, Shape};
use crate::manifest;
use crate::num::Scheme;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The manifest.
    model: PathBuf,
}

/// Loads the manifest and prints its layers.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let network = manifest::load(&args.model)?;
    let text = if json { format!("{:#}\n", as_json(&network)) } else { as_text(&network) };
    print(&text)?;
    Ok(Outcome::Good)
}

fn as_text(network: &Network) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(["layer", "operator", "output", "type", "rows", "MACs"]);
    for layer in &network.layers {
        let output = network.tensor(layer.output);
        let kind = format!(
            "{}{} [{}, {}]",
            if output.act.signed { 's' } else { 'u' },
            output.act.bits,
            output.act.lo,
            output.act.hi
        );
        let rows: Vec<String> = shares([layer]).iter().map(|(scheme, rows)| format!("{rows} {scheme}")).collect();
        let macs = network.layer_macs(layer);
        table.add_row([
            layer.name.clone(),
            grouped(&layer.op),
            extent(output.shape),
            kind,
            rows.join(", "),
            if macs == 0 { String::new() } else { macs.to_string() },
        ]);
    }
    if let Some(column) = table.column_mut(5) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let total = shares(&network.layers);
    let rows: usize = total.iter().map(|(_, rows)| rows).sum();
    let percent = |count: usize| 100.0 * count as f64 / rows as f64;
    let schemes: Vec<String> =
        total.iter().map(|(scheme, count)| format!("{scheme} {count} ({:.1} %)", percent(*count))).collect();
    let input = network.tensor(network.input);
    format!(
        "{} (digest {})\ninput: {} {}\nlayers: {}\n{table}\nrows: {}\nMACs per image: {}\n",
        network.name,
        network.digest.get(..16).unwrap_or(&network.digest),
        input.name,
        extent(input.shape),
        network.layers.len(),
        if schemes.is_empty() { "none".to_owned() } else { format!("{rows}, of them {}", schemes.join(", ")) },
        network.macs(),
    )
}

fn as_json(network: &Network) -> Value {
    let layers: Vec<Value> = network
        .layers
        .iter()
        .map(|layer| {
            let output = network.tensor(layer.output);
            let inputs: Vec<&str> = layer.inputs.iter().map(|id| network.tensor(*id).name.as_str()).collect();
            json!({
                "name": layer.name,
                "operator": layer.op.facts().name,
                "groups": groups(&layer.op),
                "inputs": inputs,
                "shape": [output.shape.channels, output.shape.height, output.shape.width],
                "type": { "bits": output.act.bits, "signed": output.act.signed, "clamp": [output.act.lo, output.act.hi] },
                "rows": shares_json([layer]),
                "macs": network.layer_macs(layer),
            })
        })
        .collect();
    let input = network.tensor(network.input);
    json!({
        "name": network.name,
        "digest": network.digest,
        "input": { "name": input.name, "shape": [input.shape.channels, input.shape.height, input.shape.width] },
        "output": network.tensor(network.output).name,
        "host": network.host,
        "layers": layers,
        "rows": shares_json(&network.layers),
        "macs": network.macs(),
    })
}

/// Rows per scheme, in the schemes' order.
fn shares<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Vec<(Scheme, usize)> {
    let mut shares = std::collections::BTreeMap::new();
    for layer in layers {
        if let Op::Conv(conv) = &layer.op {
            conv.matrix.schemes.iter().for_each(|&scheme| *shares.entry(scheme).or_insert(0) += 1);
        }
    }
    shares.into_iter().collect()
}

fn shares_json<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Value {
    shares(layers)
        .into_iter()
        .map(|(scheme, rows)| (scheme.to_string(), json!(rows)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn groups(op: &Op) -> usize {
    if let Op::Conv(conv) = op { conv.groups } else { 1 }
}

fn grouped(op: &Op) -> String {
    match groups(op) {
        1 => op.facts().name.to_owned(),
        groups => format!("{}, {groups} groups", op.facts().name),
    }
}

fn extent(shape: Shape) -> String {
    format!("{}x{}x{}", shape.channels, shape.height, shape.width)
}
