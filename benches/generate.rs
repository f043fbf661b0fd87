//! Speed of planning and emission on the digits example.

use std::path::Path;

use rowsmith::plan::{Plan, Request};
use rowsmith::target::Target;
use rowsmith::{hw, ir, manifest};

fn main() {
    divan::main();
}

fn digits() -> ir::Network {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/digits/msq.toml");
    manifest::load(&path).expect("the example loads")
}

fn plan(network: &ir::Network, target: &Target) -> Plan {
    Request::default().plan(network, target).expect("the example fits")
}

/// The whole shape search.
#[divan::bench(args = ["ice40up5k", "ecp5-25f", "xc7z020"])]
fn search(bencher: divan::Bencher, target: &str) {
    let (network, target) = (digits(), Target::find(target).expect("a built-in target"));
    bencher.bench_local(|| plan(&network, &target));
}

/// All files of a planned core, in memory.
#[divan::bench(args = ["ice40up5k", "ecp5-25f", "xc7z020"])]
fn emit(bencher: divan::Bencher, target: &str) {
    let (network, target) = (digits(), Target::find(target).expect("a built-in target"));
    let plan = plan(&network, &target);
    bencher.bench_local(|| hw::emit(&network, &plan, &[]).expect("templates"));
}
