//! The report page of a network with one layer.

use std::collections::BTreeMap;

use rowsmith::quant::{EpochResult, ErrorShares, Evaluation, LayerSummary, RowSummary, SchemeSummary, Trial};
use rowsmith::report::{QuantReport, quantization_page};

fn error(clipping: f64, rounding: f64) -> ErrorShares {
    let total: f64 = clipping + rounding;
    ErrorShares { clipping, rounding, sqnr_db: (total > 0.0).then(|| -10.0 * total.log10()) }
}

fn layer() -> LayerSummary {
    let scheme = |name: &str, rows: usize, levels: &[f64], histogram: &[u32]| SchemeSummary {
        scheme: name.into(),
        rows,
        levels: levels.to_vec(),
        histogram: histogram.to_vec(),
        span: 1.25,
    };
    let row = |scheme: &str, clipping: f64| RowSummary {
        scheme: scheme.into(),
        scale: 0.0625,
        error: error(clipping, 3.0 * clipping),
    };
    LayerSummary {
        name: "fc".into(),
        columns: 4,
        range: [-0.5, 0.75],
        weights: error(0.001, 0.003),
        act: "u4".into(),
        activations: error(0.002, 0.001),
        output_sqnr_db: Some(18.25),
        schemes: vec![
            scheme("fixed(3)", 1, &[-1.0, -2.0 / 3.0, -1.0 / 3.0, 0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0], &[0, 1, 2, 0, 1]),
            scheme("pot(3)", 2, &[-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0], &[1, 3, 2, 2, 0]),
        ],
        alternatives: BTreeMap::from([
            ("fixed(3)".into(), error(0.004, 0.006)),
            ("pot(3)".into(), error(0.002, 0.018)),
            ("sp2(3;1,1)".into(), error(0.0, 0.0)),
        ]),
        rows: vec![row("fixed(3)", 0.001), row("pot(3)", 0.002), row("pot(3)", 0.0)],
    }
}

fn report() -> QuantReport {
    let epoch = |epoch, loss, accuracy| EpochResult { epoch, loss, accuracy: Some(accuracy) };
    let trial = |name: &str, sqnr_db| Trial { name: name.into(), sqnr_db };
    QuantReport {
        no_core: None,
        model: "tiny".into(),
        target: "xc7z020".into(),
        method: "auto".into(),
        bits: [3, 4],
        lut_share: 2.0 / 3.0,
        wide_share: 0.0,
        trials: vec![trial("rmsmp", 20.0), trial("least error with <pot(3)>", 15.0)],
        training: vec![epoch(1, 2.0, 50.0), epoch(2, 1.0, 75.0), epoch(3, 0.5, 70.0)],
        layers: vec![layer()],
        exact: std::collections::BTreeMap::new(),
        calibration: Some(Evaluation {
            samples: 16,
            sqnr_db: 20.0,
            agreement: Some(93.75),
            accuracy: None,
            float_accuracy: None,
        }),
        test: Some(Evaluation {
            samples: 8,
            sqnr_db: f64::INFINITY,
            agreement: Some(100.0),
            accuracy: Some(75.0),
            float_accuracy: Some(87.5),
        }),
    }
}

#[test]
fn page_of_a_tiny_report() {
    let page = quantization_page(&report()).expect("rendered");
    let (head, body) = page.split_once("</head>").expect("a head");
    assert!(head.contains("<title>tiny: auto for xc7z020</title>"), "{head}");
    insta::assert_snapshot!(body);
}

#[test]
fn the_page_needs_nothing_else_and_escapes_names() {
    let mut report = report();
    report.layers[0].name = "<script>alert(1)</script>".into();
    report.model = "\"><img src=x>".into();
    let page = quantization_page(&report).expect("rendered");
    assert!(page.contains("<span>&#60;script&#62;") && page.contains("<h1>&#34;&#62;&#60;img src=x&#62;</h1>"));
    let page = page.replace("img src=x", "");
    for outside in ["<script", "<img", "<link", "src=", "http", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

/// ResNet-18 has 21 layers, none of more than 1000 rows; MobileNet-v2 has 53 and more rows.
#[test]
fn pages_of_large_networks_stay_small() {
    let mut report = report();
    let row = report.layers[0].rows[1].clone();
    report.layers[0].rows = vec![row; 1000];
    report.layers[0].schemes[0].histogram = (0..100).map(|i| i * 977 % 10_000).collect();
    report.layers = vec![report.layers[0].clone(); 60];
    let page = quantization_page(&report).expect("rendered");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert!(page.contains("The first 273 of 1000 rows; all are in quantization.json."));
}
