//! Files of `make_models.py`.

use std::path::Path;

use rowsmith::float::load_arrays;
use rowsmith::onnx;

use crate::common::{error, run, summary};

fn check(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/models");
    let graph =
        onnx::load(&folder.join(format!("{name}.onnx"))).unwrap_or_else(|e| panic!("{:?}", miette::Report::new(e)));
    let arrays = load_arrays(&folder.join(format!("{name}.npz"))).expect("samples");
    let array = |wanted: &str| &arrays.iter().find(|(name, _)| name == wanted).expect("array").1;
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, summary(&graph));
    });
    let error = error(&run(&graph, array("input")), &array("output").values);
    assert!(error < 1e-5, "{name}: {error}");
}

macro_rules! models {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            check(stringify!($name));
        }
    )*};
}

models! { mlp norm_everywhere keras_nhwc residual branches line unflatten exporter_shapes qdq qonnx }
