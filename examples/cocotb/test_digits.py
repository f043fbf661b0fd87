"""A digits core, driven by bus models that are not Rowsmith's: cocotbext-axi on both streams and on AXI4-Lite."""

import itertools
import json
import os
import random
import sys
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

CORE = Path(os.environ["CORE"])
sys.path.insert(0, str(CORE / "driver"))
import rowsmith  # noqa: E402  (addresses and bits of the registers, written with the core)

PLAN = json.loads((CORE / "plan.json").read_text())


def frames(name, side):
    """The bytes of each sample image or result."""
    size = side["bytes"]
    data = (CORE / "sim" / name).read_bytes()
    return [data[at : at + size] for at in range(0, len(data), size)]


async def start(dut):
    """Clock, reset and the three bus models."""
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
    source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.clk, dut.rst)
    sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.clk, dut.rst)
    bus = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
    dut.rst.value = 1
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    # The core leaves its reset after 64 cycles, then reads its program's header.
    while not await bus.read_dword(rowsmith.STATUS) & rowsmith.STATUS_CONFIGURED:
        await RisingEdge(dut.clk)
    return source, sink, bus


def pauses(seed, share):
    """Pauses of a stream, in a share of its cycles."""
    generator = random.Random(seed)
    return (generator.random() < share for _ in itertools.count())


@cocotb.test()
async def results_are_those_of_the_golden_model(dut):
    """All sample images under pauses on both streams, with the interrupt and the counters read."""
    source, sink, bus = await start(dut)
    assert await bus.read_dword(rowsmith.IDENTITY) == rowsmith.IDENTITY_VALUE
    assert await bus.read_dword(rowsmith.PROGRAM) == int(PLAN["program"], 16)
    await bus.write_dword(rowsmith.CONTROL, rowsmith.CONTROL_RUN | rowsmith.CONTROL_IRQ_ENABLE)
    source.set_pause_generator(pauses(1, 0.3))
    sink.set_pause_generator(pauses(2, 0.5))
    images, results = frames("input.bin", PLAN["input"]), frames("expected.bin", PLAN["output"])
    for image in images:
        await source.send(AxiStreamFrame(image))
    for number, result in enumerate(results):
        frame = await with_timeout(sink.recv(), 10, "ms")
        assert bytes(frame.tdata) == result, f"image {number}"
    await RisingEdge(dut.clk)
    assert dut.irq.value == 1
    await bus.write_dword(rowsmith.STATUS, rowsmith.STATUS_IRQ)
    await ClockCycles(dut.clk, 2)
    assert dut.irq.value == 0
    assert await bus.read_dword(rowsmith.IMAGES) == len(images)
    assert await bus.read_dword(rowsmith.IMAGES + 4) == 0
    assert await bus.read_dword(rowsmith.CYCLES) >= PLAN["cycles"]


@cocotb.test()
async def a_stopped_core_waits(dut):
    """With run at 0 no image is computed; with run at 1 again the result comes."""
    source, sink, bus = await start(dut)
    await bus.write_dword(rowsmith.CONTROL, 0)
    await source.send(AxiStreamFrame(frames("input.bin", PLAN["input"])[0]))
    await ClockCycles(dut.clk, 2 * PLAN["cycles"])
    assert sink.empty()
    await bus.write_dword(rowsmith.CONTROL, rowsmith.CONTROL_RUN)
    frame = await with_timeout(sink.recv(), 10, "ms")
    assert bytes(frame.tdata) == frames("expected.bin", PLAN["output"])[0]
