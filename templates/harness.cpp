// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
//
// Testbench of a Rowsmith core. One binary serves every run: lanes, stimulus and checks come from a text file of
// `key value` lines (see `RunConfig`), so a core is compiled once and run with any data.
//
//   Vrws_sim run.txt ...
//
// Several runs follow each other in the same simulation, without a reset of the design between them.
//
// Every cycle has two evaluations: inputs settle with the clock low, where the handshakes are sampled, then the edge.
// Exit codes: 0 good, 2 bad configuration, 3 timeout, 4 protocol fault, 5 warning from the simulated design.

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <deque>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "Vrws_sim.h"
#include "verilated.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Wave = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Wave = VerilatedVcdC;
#endif

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ports are copied bytewise: a little-endian host is needed");

namespace {

enum Exit { kConfig = 2, kTimeout = 3, kProtocol = 4, kDesign = 5 };

[[noreturn]] void fail(Exit code, const char* format, ...) {
    va_list args;
    va_start(args, format);
    std::fflush(stdout);
    std::vfprintf(stderr, format, args);
    std::fputc('\n', stderr);
    va_end(args);
    std::_Exit(code);
}

// xorshift64*, so that a seed gives the same stalls with every C++ library.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 0x2545F4914F6CDD1DULL) {
        if (state_ == 0) state_ = 1;
    }
    uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1DULL;
    }
    uint64_t below(uint64_t bound) { return (next() >> 16) % bound; }
    bool permille(unsigned chance) { return chance != 0 && below(1000) < chance; }

  private:
    uint64_t state_;
};

// Ports are CData, SData, IData, QData or VlWide by width; all of them are plain little-endian storage.
template <typename Port>
void put_bytes(Port& port, const uint8_t* bytes, size_t count) {
    std::memset(static_cast<void*>(&port), 0, sizeof(port));
    std::memcpy(static_cast<void*>(&port), bytes, count);
}

template <typename Port>
void get_bytes(const Port& port, uint8_t* bytes, size_t count) {
    std::memcpy(bytes, static_cast<const void*>(&port), count);
}

// Storage Verilator picks for a bus of `bytes` bytes.
size_t storage_of(size_t bytes) {
    if (bytes <= 2) return bytes;
    return bytes <= 4 ? 4 : (bytes <= 8 ? 8 : (bytes + 3) / 4 * 4);
}

// Signals of a read port of the core.
struct ReadPort {
    uint32_t* araddr;
    uint8_t *arlen, *arsize, *arburst, *arvalid, *arready;
    uint64_t* rdata;
    uint8_t *rresp, *rlast, *rvalid, *rready;
};

// The read ports that the design has, from m_axi0 on.
#define RWS_READ_PORT(P)                                                                                                  \
    template <typename Top, typename = void>                                                                              \
    struct HasPort##P : std::false_type {};                                                                               \
    template <typename Top>                                                                                               \
    struct HasPort##P<Top, std::void_t<decltype(std::declval<Top&>().m_axi##P##_araddr)>> : std::true_type {};            \
    template <typename Top>                                                                                               \
    void add_port##P(Top& top, std::vector<ReadPort>& ports) {                                                            \
        if constexpr (HasPort##P<Top>::value) {                                                                           \
            ports.push_back({&top.m_axi##P##_araddr, &top.m_axi##P##_arlen, &top.m_axi##P##_arsize,                       \
                &top.m_axi##P##_arburst, &top.m_axi##P##_arvalid, &top.m_axi##P##_arready, &top.m_axi##P##_rdata,         \
                &top.m_axi##P##_rresp, &top.m_axi##P##_rlast, &top.m_axi##P##_rvalid, &top.m_axi##P##_rready});           \
        }                                                                                                                 \
    }
RWS_READ_PORT(0)
RWS_READ_PORT(1)
RWS_READ_PORT(2)
RWS_READ_PORT(3)
#undef RWS_READ_PORT

struct Config {
    std::string input, output, before, trace, wave, result, load, scenario = "run";
    uint64_t images = 0, bytes_in = 0, bytes_out = 0, max_idle = 100000, seed = 1, control = 0, reset_mask = 1, resume = 0, expected = 0;
    // Cycles that resets come within, cycles for which the output is not taken at times; status register and its flag for errors of DRAM.
    uint64_t phase = 0, block_out = 0, status = 0, error_mask = 0;
    size_t in_lanes = 0, out_lanes = 0, trace_lanes = 0;
    unsigned stall_in = 0, stall_out = 0, finish = 0;
    // DRAM: contents, address, 256ths of a byte per cycle, latency, refresh, chance of a pause.
    std::string dram;
    uint64_t dram_base = 0, dram_rate = 0, dram_latency = 0, refresh_interval = 0, refresh_cycles = 0;
    unsigned dram_stall = 0;
    // Number of the beat, from 1 on, that comes with an error; 0 for none.
    uint64_t dram_error = 0;
    std::vector<std::pair<uint32_t, uint32_t>> writes;
    std::vector<std::pair<std::string, uint32_t>> registers;
    std::vector<std::pair<uint32_t, uint32_t>> constants;
    std::vector<uint32_t> still;
    uint32_t switch_address = 0, switch_run = 0, place_address = 0, data_address = 0;
    std::map<uint64_t, std::string> faults;

    explicit Config(const char* path) {
        std::ifstream file(path);
        if (!file) fail(kConfig, "cannot read `%s`", path);
        std::string line;
        while (std::getline(file, line)) {
            std::istringstream words(line);
            std::string key;
            if (words >> key) set(key, words);
        }
        if (!expected) expected = images;
        if (!images || !bytes_in || !bytes_out || !in_lanes || !out_lanes) fail(kConfig, "`%s` is incomplete", path);
    }

  private:
    void set(const std::string& key, std::istringstream& words) {
        const std::map<std::string, std::string*> texts = {{"input", &input}, {"output", &output}, {"trace", &trace},
            {"wave", &wave}, {"result", &result}, {"scenario", &scenario}, {"before", &before}};
        const std::map<std::string, uint64_t*> numbers = {{"images", &images}, {"bytes_in", &bytes_in},
            {"bytes_out", &bytes_out}, {"max_idle", &max_idle}, {"seed", &seed}, {"control", &control},
            {"reset_mask", &reset_mask}, {"resume", &resume}, {"expected", &expected}, {"phase", &phase},
            {"block_out", &block_out}, {"status", &status}, {"error_mask", &error_mask}};
        const std::map<std::string, size_t*> lanes = {
            {"in_lanes", &in_lanes}, {"out_lanes", &out_lanes}, {"trace_lanes", &trace_lanes}};
        bool good = false;
        if (const auto text = texts.find(key); text != texts.end()) {
            good = static_cast<bool>(words >> *text->second);
        } else if (const auto number = numbers.find(key); number != numbers.end()) {
            good = static_cast<bool>(words >> *number->second);
        } else if (const auto lane = lanes.find(key); lane != lanes.end()) {
            good = static_cast<bool>(words >> *lane->second);
        } else if (key == "stall_in") {
            good = static_cast<bool>(words >> stall_in);
        } else if (key == "stall_out") {
            good = static_cast<bool>(words >> stall_out);
        } else if (key == "finish") {
            good = static_cast<bool>(words >> finish);
        } else if (key == "register") {
            std::string name;
            uint32_t address = 0;
            good = static_cast<bool>(words >> name >> address);
            registers.emplace_back(name, address);
        } else if (key == "constant") {
            uint32_t address = 0, value = 0;
            good = static_cast<bool>(words >> address >> value);
            constants.emplace_back(address, value);
        } else if (key == "load") {
            good = static_cast<bool>(words >> load >> place_address >> data_address >> control >> reset_mask >> resume);
        } else if (key == "dram") {
            good = static_cast<bool>(words >> dram >> dram_base >> dram_rate >> dram_latency >> refresh_interval >> refresh_cycles >> dram_stall >> dram_error);
        } else if (key == "write") {
            uint32_t address = 0, value = 0;
            good = static_cast<bool>(words >> address >> value);
            writes.emplace_back(address, value);
        } else if (key == "switch") {
            good = static_cast<bool>(words >> switch_address >> switch_run);
        } else if (key == "still") {
            uint32_t address = 0;
            good = static_cast<bool>(words >> address);
            still.push_back(address);
        } else if (key == "lose" || key == "repeat" || key == "turn_last") {
            uint64_t beat = 0;
            good = static_cast<bool>(words >> beat) && faults.emplace(beat, key).second;
        }
        if (!good) fail(kConfig, "bad configuration line `%s`", key.c_str());
    }
};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_file(const std::string& path, const char* mode) {
    File file(std::fopen(path.c_str(), mode), &std::fclose);
    if (!file) fail(kConfig, "cannot open `%s`", path.c_str());
    return file;
}

void write_all(const File& file, const uint8_t* bytes, size_t count) {
    if (std::fwrite(bytes, 1, count, file.get()) != count) fail(kConfig, "cannot write an output file");
}

std::vector<uint8_t> read_all(const std::string& path, size_t expected) {
    const File file = open_file(path, "rb");
    std::vector<uint8_t> bytes(expected + 1);
    if (std::fread(bytes.data(), 1, bytes.size(), file.get()) != expected) {
        fail(kConfig, "`%s` does not hold exactly %zu bytes", path.c_str(), expected);
    }
    bytes.resize(expected);
    return bytes;
}

// A DRAM behind the read ports: beats of 8 bytes, as many in a cycle as the bandwidth allows, no sooner than the latency behind their
// burst's address, and none in a refresh; ports take turns. The cycle model of the planner is the same.
class Dram {
  public:
    Dram(const Config& config, Vrws_sim& top) : config_(config) {
        add_port0(top, ports_);
        add_port1(top, ports_);
        add_port2(top, ports_);
        add_port3(top, ports_);
        if (ports_.empty() != config.dram.empty()) fail(kConfig, "the design has %zu read ports", ports_.size());
        if (ports_.empty()) return;
        const File file = open_file(config.dram, "rb");
        for (int byte = std::fgetc(file.get()); byte != EOF; byte = std::fgetc(file.get())) bytes_.push_back(static_cast<uint8_t>(byte));
        reset();
    }

    // With the core: what is on its way is forgotten.
    void reset() {
        bursts_.assign(ports_.size(), {});
        offered_.assign(ports_.size(), false);
        failed_.assign(ports_.size(), false);
        asked_.assign(ports_.size(), 0);
        for (const ReadPort& port : ports_) *port.arready = *port.rvalid = 0;
    }

    void drive(Random& random) {
        const bool refreshing = config_.refresh_interval != 0 && cycle_ % config_.refresh_interval < config_.refresh_cycles;
        if (!refreshing) tokens_ = std::min(tokens_ + config_.dram_rate, 2 * kBeat * ports_.size());
        for (size_t p = 0; p < ports_.size(); ++p) *ports_[p].arready = bursts_[p].size() < kOpen;
        for (size_t i = 0, first = turn_; i < ports_.size(); ++i) {
            const size_t p = (first + i) % ports_.size();
            const ReadPort& port = ports_[p];
            if (!offered_[p] && !refreshing && tokens_ >= kBeat && !bursts_[p].empty() && cycle_ >= bursts_[p].front().from &&
                !random.permille(config_.dram_stall)) {
                offered_[p] = true;
                failed_[p] = ++beats_ == config_.dram_error;
                tokens_ -= kBeat;
                turn_ = (p + 1) % ports_.size();
            }
            *port.rvalid = offered_[p];
            const uint64_t noise = 0x5A5A5A5A5A5A5A5AULL ^ cycle_;
            *port.rdata = offered_[p] ? word(bursts_[p].front().address) : noise;
            *port.rlast = offered_[p] && bursts_[p].front().beats == 1;
            *port.rresp = offered_[p] && failed_[p] ? 2 : 0;
        }
    }

    // Handshakes of this cycle; what is wrong with them, if anything is.
    const char* sample() {
        for (size_t p = 0; p < ports_.size(); ++p) {
            const ReadPort& port = ports_[p];
            if (offered_[p] && *port.rready) {
                Burst& burst = bursts_[p].front();
                burst.address += 8;
                if (--burst.beats == 0) bursts_[p].pop_front();
                offered_[p] = false;
            }
            const uint64_t ask = *port.arvalid ? uint64_t{*port.araddr} << 8 | *port.arlen : 0;
            if (asked_[p] != 0 && ask != asked_[p]) return "m_axi_ar changed before it was taken";
            asked_[p] = *port.arready ? 0 : ask;
            if (!ask || !*port.arready) continue;
            const uint64_t from = *port.araddr, beats = uint64_t{*port.arlen} + 1;
            if (beats > 16 || *port.arsize != 3 || *port.arburst != 1) return "m_axi asks for another burst than of 16 beats of 8 bytes";
            if (from % 8 != 0 || from / 4096 != (from + 8 * beats - 1) / 4096) return "a burst of m_axi crosses 4 KiB";
            if (from < config_.dram_base || from + 8 * beats > config_.dram_base + bytes_.size()) return "m_axi reads beside the weights";
            bursts_[p].push_back({from, beats, cycle_ + config_.dram_latency});
        }
        ++cycle_;
        return nullptr;
    }

    // Whether a burst is under way.
    bool is_asked() const {
        for (size_t p = 0; p < ports_.size(); ++p) {
            if (*ports_[p].arvalid || !bursts_[p].empty()) return true;
        }
        return false;
    }

    // Beats that have come.
    uint64_t beats() const { return beats_; }

    // Whether a beat has come with an error.
    bool has_failed() const { return config_.dram_error != 0 && beats_ >= config_.dram_error; }

  private:
    static constexpr uint64_t kBeat = 8 * 256;
    static constexpr size_t kOpen = 8;

    struct Burst {
        uint64_t address, beats, from;
    };

    uint64_t word(uint64_t address) const {
        uint64_t value = 0;
        std::memcpy(&value, bytes_.data() + (address - config_.dram_base), sizeof value);
        return value;
    }

    const Config& config_;
    std::vector<ReadPort> ports_;
    std::vector<uint8_t> bytes_;
    std::vector<std::deque<Burst>> bursts_;
    std::vector<bool> offered_, failed_;
    std::vector<uint64_t> asked_;
    uint64_t cycle_ = 0, tokens_ = 0, beats_ = 0;
    size_t turn_ = 0;
};

class Bench {
  public:
    Bench(Config config, VerilatedContext* context, Vrws_sim& top)
        : config_(std::move(config)), context_(context), top_(top), random_(config_.seed), dram_(config_, top),
          beats_in_((config_.bytes_in + config_.in_lanes - 1) / config_.in_lanes),
          stimulus_(read_all(config_.input, config_.images * config_.bytes_in)), wire_in_(config_.in_lanes),
          keep_in_((config_.in_lanes + 7) / 8), wire_out_(config_.out_lanes), keep_((config_.out_lanes + 7) / 8), held_(config_.out_lanes),
          wire_trace_(sizeof(top_.trace_data)),
          pixels_(std::max<size_t>(sizeof(top_.trace_data) / std::max<size_t>(4 * config_.trace_lanes, 1), 1)) {
        check_lanes("s_axis_tdata", config_.in_lanes, sizeof(top_.s_axis_tdata));
        check_lanes("m_axis_tdata", config_.out_lanes, sizeof(top_.m_axis_tdata));
        check_lanes("m_axis_tkeep", keep_.size(), sizeof(top_.m_axis_tkeep));
        if (!config_.trace.empty()) check_lanes("trace_data", 4 * config_.trace_lanes * pixels_, sizeof(top_.trace_data));
        open_wave();
    }

    void run(bool first) {
        if (first) hard_reset(kResetCycles);
        else write_places();
        if (!config_.load.empty()) load();
        restart(0);
        if (config_.scenario == "reset") {
            soft_reset();
        } else if (config_.scenario == "restart") {
            run_into();
            // With every other seed while a result is offered.
            while (config_.seed % 2 != 0 && !top_.m_axis_tvalid && done_.size() < config_.expected) tick();
            hard_reset(1);
            restart(0);
        } else if (config_.scenario == "read_error") {
            read_error();
        } else if (config_.scenario != "run") {
            fail(kConfig, "unknown scenario `%s`", config_.scenario.c_str());
        }
        if (config_.switch_run) start_late();
        if (!config_.constants.empty()) exercise();
        while (done_.size() < config_.expected) tick();
        const uint64_t finished = cycle_;
        for (const auto& [name, address] : config_.registers) values_.push_back(read_register(address));
        for (int i = 0; i < kQuietCycles; ++i) tick();
        // Another run has another DRAM: what this one was asked for comes in, until the ring is full.
        while (dram_.is_asked()) {
            const uint64_t beats = dram_.beats();
            tick();
            // A slow memory fills a deep ring for long.
            if (dram_.beats() != beats) idle_ = 0;
        }
        streaming_ = offered_ = stalled_ = false;
        close_wave();
        write_result(finished);
    }

  private:
    static constexpr int kResetCycles = 8, kQuietCycles = 64, kAccesses = 96;
    static constexpr uint64_t kReport = 1 << 14;

    // A beat that is sent: which one of the stimulus, and its tlast.
    struct Beat {
        uint64_t index;
        bool last;
    };

    // Accesses of one register each, at once; `write` and `read` say which are made.
    struct Access {
        bool write, read;
        uint32_t address, value, strobe, read_address;
    };

    static void check_lanes(const char* port, size_t bytes, size_t storage) {
        if (storage_of(bytes) != storage) {
            fail(kConfig, "%s: the configuration says %zu bytes, the design stores %zu", port, bytes, storage);
        }
    }

    void open_wave() {
        if (config_.wave.empty()) return;
#if VM_TRACE
        context_->traceEverOn(true);
        wave_ = std::make_unique<Wave>();
        top_.trace(wave_.get(), 99);
        wave_->open(config_.wave.c_str());
#else
        fail(kConfig, "this program was built without waves");
#endif
    }

    void close_wave() {
#if VM_TRACE
        if (wave_) wave_->close();
#endif
    }

    void dump() {
        context_->timeInc(1);
#if VM_TRACE
        if (wave_) wave_->dump(context_->time());
#endif
    }

    // One clock cycle; the streams move unless the core is held in reset.
    void tick() {
        drive_input();
        dram_.drive(random_);
        top_.m_axis_tready = streaming_ && blocked_ == 0 && !random_.permille(config_.stall_out);
        blocked_ -= blocked_ != 0;
        top_.clk = 0;
        top_.eval();
        dump();
        if (streaming_) {
            sample_output();
            sample_trace();
            sample_input();
        }
        if (top_.rst) dram_.reset();
        else if (const char* fault = dram_.sample()) protocol(fault);
        check_registers();
        aw_ = top_.s_axil_awvalid && top_.s_axil_awready;
        w_ = top_.s_axil_wvalid && top_.s_axil_wready;
        b_ = top_.s_axil_bvalid && top_.s_axil_bready;
        ar_ = top_.s_axil_arvalid && top_.s_axil_arready;
        r_ = top_.s_axil_rvalid && top_.s_axil_rready;
        read_data_ = top_.s_axil_rdata;
        moved_ = moved_ || aw_ || w_ || b_ || ar_ || r_;
        top_.clk = 1;
        top_.eval();
        dump();
        ++cycle_;
        idle_ = moved_ ? 0 : idle_ + 1;
        moved_ = false;
        if (++ticks_ % kReport == 0) report();
        if (idle_ > config_.max_idle) time_out();
        if (context_->gotFinish()) fail(kDesign, "the design called $finish in cycle %" PRIu64, cycle_);
    }

    // How far the run is, for whoever waits for it.
    void report() const {
        std::printf("@progress %zu %" PRIu64 "\n", done_.size(), ticks_);
        std::fflush(stdout);
    }

    // Once valid is up it stays until the beat is taken. Between beats the bus carries the coming beat inverted: a core that ignores
    // valid is found out. Bytes behind an image's end are null, and random.
    void drive_input() {
        const bool left = sent_ < schedule_.size();
        offered_ = streaming_ && left && (offered_ || !random_.permille(config_.stall_in));
        const uint64_t index = left ? schedule_[sent_].index : 0;
        const uint64_t begin = index % beats_in_ * config_.in_lanes;
        const uint8_t* image = stimulus_.data() + index / beats_in_ * config_.bytes_in;
        std::fill(keep_in_.begin(), keep_in_.end(), uint8_t{0});
        for (size_t i = 0; i < config_.in_lanes; ++i) {
            const bool kept = begin + i < config_.bytes_in;
            const uint8_t byte = kept ? image[begin + i] : static_cast<uint8_t>(0xA5 ^ (index * 29 + i));
            wire_in_[i] = offered_ ? byte : static_cast<uint8_t>(~byte);
            if (kept) keep_in_[i / 8] = static_cast<uint8_t>(keep_in_[i / 8] | 1U << i % 8);
        }
        put_bytes(top_.s_axis_tdata, wire_in_.data(), config_.in_lanes);
        put_bytes(top_.s_axis_tkeep, keep_in_.data(), keep_in_.size());
        const bool last = left && schedule_[sent_].last;
        top_.s_axis_tvalid = offered_;
        top_.s_axis_tlast = offered_ ? last : !last;
    }

    void sample_input() {
        if (!offered_ || !top_.s_axis_tready) return;
        if (sent_ == first_) first_beat_ = cycle_;
        ++sent_;
        offered_ = false;
        moved_ = true;
    }

    void sample_output() {
        get_bytes(top_.m_axis_tdata, wire_out_.data(), config_.out_lanes);
        get_bytes(top_.m_axis_tkeep, keep_.data(), keep_.size());
        size_t kept = 0;
        while (kept < config_.out_lanes && keep_[kept / 8] >> kept % 8 & 1) ++kept;
        for (size_t i = kept; i < config_.out_lanes; ++i) {
            if (top_.m_axis_tvalid && keep_[i / 8] >> i % 8 & 1) protocol("m_axis_tkeep has a gap");
        }
        const bool valid = top_.m_axis_tvalid, last = top_.m_axis_tlast;
        if (stalled_ && !valid) protocol("m_axis_tvalid fell before the beat was taken");
        if (stalled_ && (wire_out_ != held_ || last != held_last_ || kept != held_kept_)) protocol("m_axis changed while stalled");
        stalled_ = valid && !top_.m_axis_tready;
        if (stalled_) {
            held_ = wire_out_;
            held_last_ = last;
            held_kept_ = kept;
        }
        if (valid && done_.size() == config_.expected) protocol("m_axis offers a beat after the last image");
        if (!valid || stalled_) return;
        moved_ = true;
        write_all(output_, wire_out_.data(), kept);
        ++received_;
        received_bytes_ += kept;
        // About once an image.
        if (config_.block_out != 0 && random_.below(1 + config_.bytes_out / config_.out_lanes) == 0) blocked_ = config_.block_out;
        const bool expected = received_bytes_ % config_.bytes_out == 0;
        if (!last && kept != config_.out_lanes) protocol("m_axis_tkeep is short before the last beat");
        if (last != expected) protocol(last ? "m_axis_tlast is early" : "m_axis_tlast is missing");
        if (!last) return;
        done_.push_back(cycle_);
        report();
    }

    void sample_trace() {
        if (!top_.trace_valid) return;
        if (config_.trace.empty()) return;
        const uint8_t layer = top_.trace_layer;
        const size_t bytes = 4 * config_.trace_lanes;
        get_bytes(top_.trace_data, wire_trace_.data(), wire_trace_.size());
        for (size_t pixel = 0; pixel < pixels_; ++pixel) {
            if (!(top_.trace_valid >> pixel & 1)) continue;
            write_all(trace_, &layer, 1);
            write_all(trace_, wire_trace_.data() + pixel * bytes, bytes);
        }
    }

    // In the cycle after a reset, however short, nothing is valid or ready.
    void hard_reset(int cycles) {
        streaming_ = offered_ = stalled_ = false;
        top_.s_axil_awprot = 0;
        top_.s_axil_arprot = 0;
        top_.s_axil_awvalid = 0;
        top_.s_axil_wvalid = 0;
        top_.s_axil_arvalid = 0;
        top_.s_axil_bready = 0;
        top_.s_axil_rready = 0;
        top_.rst = 1;
        for (int i = 0; i < cycles; ++i) tick();
        addresses_ = data_ = answers_ = reads_ = values_read_ = 0;
        waits_b_ = waits_r_ = false;
        top_.rst = 0;
        if (config_.scenario == "restart") {
            top_.clk = 0;
            top_.eval();
            if (top_.m_axis_tvalid) protocol("m_axis_tvalid is up after a reset");
            if (top_.s_axis_tready) protocol("s_axis_tready is up after a reset");
            if (top_.s_axil_awready || top_.s_axil_wready || top_.s_axil_arready)
                protocol("an AXI4-Lite channel is ready in reset");
            if (top_.s_axil_bvalid || top_.s_axil_rvalid) protocol("an AXI4-Lite answer is valid after a reset");
        }
        tick();
        if (top_.m_axis_tvalid) protocol("m_axis_tvalid is up after a reset");
        write_places();
        cycle_ = 0;
    }

    // Says where in DRAM weights are. The last register is the number of beats: without any, no port reads.
    void write_places() {
        if (!config_.writes.empty()) write_register(config_.writes.back().first, 0);
        for (const auto& [address, value] : config_.writes) write_register(address, value);
    }

    // Everything from the first image, behind the rest of the one that was being sent from beat `rest` on; what was
    // received so far is forgotten.
    void restart(uint64_t rest) {
        schedule_.clear();
        for (uint64_t i = rest; rest != 0 && i % beats_in_ != 0; ++i) {
            schedule_.push_back({i, (i + 1) % beats_in_ == 0});
        }
        first_ = schedule_.size();
        for (uint64_t i = 0; i < config_.images * beats_in_; ++i) {
            const bool last = (i + 1) % beats_in_ == 0;
            const auto fault = config_.faults.find(i);
            const std::string what = fault == config_.faults.end() ? "" : fault->second;
            if (what == "repeat") schedule_.push_back({i, last});
            if (what != "lose") schedule_.push_back({i, last != (what == "turn_last")});
        }
        sent_ = received_ = received_bytes_ = 0;
        offered_ = stalled_ = moved_ = false;
        idle_ = 0;
        done_.clear();
        output_ = open_file(config_.output, "wb");
        if (!config_.trace.empty()) trace_ = open_file(config_.trace, "wb");
        streaming_ = true;
    }

    // Runs into image 0, up to a random moment.
    void run_into() {
        const uint64_t beat = 1 + random_.below(beats_in_);
        uint64_t delay = random_.below(std::max(2 * beats_in_, config_.phase));
        while (sent_ < beat) tick();
        while (delay-- != 0 && done_.size() < config_.expected) tick();
        reset_cycle_ = cycle_;
    }

    // Runs into the first image, resets through the control register at a random moment, then starts over.
    void soft_reset() {
        // Another image comes first before the reset than behind it: a core that goes on is found out.
        std::rotate(schedule_.begin(), schedule_.begin() + beats_in_, schedule_.end());
        run_into();
        reset_and_restart();
    }

    // Runs until DRAM answers with an error and the core stands still, then starts over. Results from before are kept.
    void read_error() {
        while (!dram_.has_failed() && done_.size() < config_.expected) tick();
        if (!dram_.has_failed()) fail(kConfig, "the core reads fewer beats than %" PRIu64, config_.dram_error);
        for (uint64_t still = 0, taken = received_; still < config_.phase; taken = received_) {
            tick();
            still = received_ == taken ? still + 1 : 0;
        }
        if (!(read_register(static_cast<uint32_t>(config_.status)) & config_.error_mask)) protocol("status does not tell the error of a read");
        reset_cycle_ = cycle_;
        output_.reset();
        if (std::rename(config_.output.c_str(), config_.before.c_str()) != 0) fail(kConfig, "cannot rename `%s`", config_.output.c_str());
        reset_and_restart();
    }

    // A reset through the control register; everything again, at once or when the rest of the image that was being sent is sent too.
    void reset_and_restart() {
        // No outcome of the abandoned stream counts from here on, even while the write is still on its way.
        const uint64_t rest = schedule_.size() > sent_ ? schedule_[sent_].index : 0;
        streaming_ = offered_ = stalled_ = false;
        write_register(config_.control, config_.reset_mask);
        for (uint64_t i = 0, hold = 1 + random_.below(32); i < hold; ++i) tick();
        write_register(config_.control, config_.resume);
        for (int i = 0; i < kResetCycles; ++i) tick();
        if (top_.m_axis_tvalid) protocol("m_axis_tvalid is up after a soft reset");
        restart(random_.permille(config_.finish) ? rest : 0);
    }

    // Fills the memories through the loader, then resets the core, which reads its program again. The file has words of 32 bits:
    // for each memory its place, a number of words, and these.
    void load() {
        const File file = open_file(config_.load, "rb");
        const auto word = [&file, this] {
            uint8_t bytes[4];
            if (std::fread(bytes, 1, sizeof bytes, file.get()) != sizeof bytes) {
                fail(kConfig, "`%s` ends within a memory", config_.load.c_str());
            }
            uint32_t value;
            std::memcpy(&value, bytes, sizeof value);
            return value;
        };
        streaming_ = offered_ = false;
        for (int next = std::fgetc(file.get()); next != EOF; next = std::fgetc(file.get())) {
            std::ungetc(next, file.get());
            write_register(config_.place_address, word());
            for (uint32_t left = word(); left != 0; --left) write_register(config_.data_address, word());
        }
        write_register(config_.control, config_.reset_mask | config_.resume);
        for (int i = 0; i < 2 * kQuietCycles; ++i) tick();
        cycle_ = 0;
    }

    // Stops the core before its first image: it takes images in, but works on none until it is started.
    void start_late() {
        streaming_ = false;
        write_register(config_.switch_address, 0);
        streaming_ = true;
        for (int waited = 0; waited < kQuietCycles && sent_ < schedule_.size();) {
            tick();
            waited = offered_ ? waited + 1 : 0;
        }
        for (int i = 0; i < kQuietCycles; ++i) tick();
        for (const uint32_t address : config_.still) check_register(address, read_register(address), 0);
        if (received_ != 0) protocol("a stopped core gives results");
        write_register(config_.switch_address, config_.switch_run);
    }

    // Reads and writes registers in every order and at every pace, while the streams go on. What is written is what is
    // there already, but for the bytes without strobe and for the switch, which stops and starts the core.
    void exercise() {
        const std::pair<uint32_t, uint32_t> on = {config_.switch_address, config_.switch_run};
        const auto is_switch = [&](uint32_t address) { return on.second && address == on.first; };
        const auto pick = [&] {
            const auto& other = config_.constants[random_.below(config_.constants.size())];
            return on.second && random_.permille(500) ? on : other;
        };
        uint32_t state = on.second;
        for (int i = 0; i < kAccesses; ++i) {
            const auto [address, constant] = pick();
            const auto [read_address, expected] = pick();
            const uint32_t value = is_switch(address) && random_.permille(500) ? 0 : constant;
            const uint32_t strobe = static_cast<uint32_t>(random_.below(16));
            uint32_t written = static_cast<uint32_t>(random_.next());
            for (int byte = 0; byte < 4; ++byte) {
                const uint32_t mask = 0xFFu << (8 * byte);
                if (strobe >> byte & 1) written = (written & ~mask) | (value & mask);
            }
            const bool write = random_.permille(600), read = !write || random_.permille(500);
            const uint32_t found = access({write, read, address, written, strobe, read_address}, 6);
            const bool turned = write && is_switch(address) && strobe & 1;
            // A read beside a write may see either.
            if (read && !(turned && is_switch(read_address))) {
                check_register(read_address, found, is_switch(read_address) ? state : expected);
            }
            if (turned) state = value;
        }
        if (!config_.switch_run) return;
        check_register(config_.switch_address, read_register(config_.switch_address), state);
        write_register(config_.switch_address, config_.switch_run);
    }

    void check_register(uint32_t address, uint32_t found, uint32_t expected) {
        if (found == expected) return;
        close_wave();
        fail(kProtocol, "register 0x%02X reads 0x%08X instead of 0x%08X", address, found, expected);
    }

    // Makes the accesses with up to `pause` cycles before each handshake; the value that was read.
    uint32_t access(const Access& what, uint64_t pause) {
        const auto wait = [&] { return pause ? random_.below(pause) : 0; };
        uint64_t aw = wait(), w = wait(), b = wait(), ar = wait(), r = wait();
        bool aw_open = what.write, w_open = what.write, b_open = what.write, ar_open = what.read, r_open = what.read;
        uint32_t found = 0;
        while (aw_open || w_open || b_open || ar_open || r_open) {
            top_.s_axil_awvalid = aw_open && aw == 0;
            top_.s_axil_wvalid = w_open && w == 0;
            top_.s_axil_arvalid = ar_open && ar == 0;
            top_.s_axil_bready = b_open && b == 0;
            top_.s_axil_rready = r_open && r == 0;
            // What is not valid may be anything.
            const uint32_t noise = static_cast<uint32_t>(random_.next());
            top_.s_axil_awaddr = static_cast<uint8_t>(top_.s_axil_awvalid ? what.address : noise);
            top_.s_axil_wdata = top_.s_axil_wvalid ? what.value : noise;
            top_.s_axil_wstrb = (top_.s_axil_wvalid ? what.strobe : noise >> 8) & 0xF;
            top_.s_axil_araddr = static_cast<uint8_t>(top_.s_axil_arvalid ? what.read_address : noise >> 16);
            tick();
            aw_open = aw_open && !aw_;
            w_open = w_open && !w_;
            ar_open = ar_open && !ar_;
            if (b_) b_open = false;
            if (r_) {
                r_open = false;
                found = read_data_;
            }
            for (uint64_t* left : {&aw, &w, &b, &ar, &r}) *left -= *left != 0;
        }
        top_.s_axil_awvalid = top_.s_axil_wvalid = top_.s_axil_arvalid = 0;
        top_.s_axil_bready = top_.s_axil_rready = 0;
        return found;
    }

    void write_register(uint64_t address, uint64_t value) {
        access({true, false, static_cast<uint32_t>(address), static_cast<uint32_t>(value), 0xF, 0}, 4);
    }

    uint32_t read_register(uint32_t address) { return access({false, true, 0, 0, 0, address}, 0); }

    // Answers come after what they answer, stay until they are taken, are good; and no output follows an input within a cycle.
    void check_registers() {
        const bool b = top_.s_axil_bvalid, r = top_.s_axil_rvalid;
        if (top_.rst) return;
        if (waits_b_ && !b) protocol("s_axil_bvalid fell before the answer was taken");
        if (waits_r_ && (!r || top_.s_axil_rdata != held_read_)) protocol("s_axil_r changed before it was taken");
        if (b && (addresses_ <= answers_ || data_ <= answers_)) protocol("s_axil_bvalid without an address and data");
        if (r && reads_ <= values_read_) protocol("s_axil_rvalid without an address");
        if ((b && top_.s_axil_bresp != 0) || (r && top_.s_axil_rresp != 0)) protocol("an AXI4-Lite access was refused");
        addresses_ += top_.s_axil_awvalid && top_.s_axil_awready;
        data_ += top_.s_axil_wvalid && top_.s_axil_wready;
        answers_ += b && top_.s_axil_bready;
        reads_ += top_.s_axil_arvalid && top_.s_axil_arready;
        values_read_ += r && top_.s_axil_rready;
        waits_b_ = b && !top_.s_axil_bready;
        waits_r_ = r && !top_.s_axil_rready;
        held_read_ = top_.s_axil_rdata;
        const bool busy = top_.s_axil_awvalid || top_.s_axil_wvalid || top_.s_axil_arvalid || b || r;
        if (!config_.constants.empty() && (busy || random_.below(64) == 0)) check_paths();
    }

    void check_paths() {
        const auto outputs = [this] {
            return std::array<uint32_t, 6>{top_.s_axil_awready, top_.s_axil_wready, top_.s_axil_bvalid,
                                           top_.s_axil_arready, top_.s_axil_rvalid, top_.s_axil_rdata};
        };
        const auto turn = [this] {
            top_.s_axil_awvalid ^= 1;
            top_.s_axil_wvalid ^= 1;
            top_.s_axil_bready ^= 1;
            top_.s_axil_arvalid ^= 1;
            top_.s_axil_rready ^= 1;
            top_.s_axil_awaddr ^= 0xFF;
            top_.s_axil_araddr ^= 0xFF;
            top_.s_axil_wdata ^= ~0u;
            top_.s_axil_wstrb ^= 0xF;
            top_.eval();
        };
        const auto before = outputs();
        turn();
        const bool same = outputs() == before;
        turn();
        if (!same) protocol("an AXI4-Lite output follows an input within a cycle");
    }

    [[noreturn]] void protocol(const char* what) {
        close_wave();
        fail(kProtocol, "%s (cycle %" PRIu64 ", image %zu, output beat %" PRIu64 ")", what, cycle_, done_.size(),
             received_);
    }

    [[noreturn]] void time_out() {
        close_wave();
        fail(kTimeout,
             "no progress for %" PRIu64 " cycles: sent %" PRIu64 " of %" PRIu64 " beats, received %" PRIu64
             " of %" PRIu64 " bytes (s_axis_tready %d, m_axis_tvalid %d, cycle %" PRIu64 ")",
             config_.max_idle, sent_, static_cast<uint64_t>(schedule_.size()), received_bytes_,
             config_.expected * config_.bytes_out, static_cast<int>(top_.s_axis_tready),
             static_cast<int>(top_.m_axis_tvalid), cycle_);
    }

    void write_result(uint64_t finished) const {
        const File file = open_file(config_.result, "w");
        std::fprintf(file.get(), "{\"cycles\":%" PRIu64 ",\"first_beat\":%" PRIu64 ",\"reset_cycle\":", finished,
                     first_beat_);
        config_.scenario != "run" ? std::fprintf(file.get(), "%" PRIu64, reset_cycle_)
                                    : std::fprintf(file.get(), "null");
        std::fprintf(file.get(), ",\"image_done\":[");
        for (size_t i = 0; i < done_.size(); ++i) {
            std::fprintf(file.get(), "%s%" PRIu64, i ? "," : "", done_[i]);
        }
        std::fprintf(file.get(), "],\"registers\":{");
        for (size_t i = 0; i < values_.size(); ++i) {
            std::fprintf(file.get(), "%s\"%s\":%" PRIu32, i ? "," : "", config_.registers[i].first.c_str(),
                         values_[i]);
        }
        std::fprintf(file.get(), "}}\n");
    }

    const Config config_;
    VerilatedContext* const context_;
    Vrws_sim& top_;
    Random random_;
    Dram dram_;
    const uint64_t beats_in_;
    const std::vector<uint8_t> stimulus_;
    std::vector<uint8_t> wire_in_, keep_in_, wire_out_, keep_, held_, wire_trace_;
    // Pixels that a beat of the trace may have values of.
    size_t pixels_;
    std::vector<uint64_t> done_;
    std::vector<uint32_t> values_;
    File output_{nullptr, &std::fclose}, trace_{nullptr, &std::fclose};
#if VM_TRACE
    std::unique_ptr<Wave> wave_;
#endif
    uint64_t cycle_ = 0, first_beat_ = 0, reset_cycle_ = 0, idle_ = 0, sent_ = 0, received_ = 0, received_bytes_ = 0;
    // Cycles of the whole run, and those for which the output is not taken yet.
    uint64_t ticks_ = 0, blocked_ = 0;
    size_t held_kept_ = 0;
    bool streaming_ = false, offered_ = false, stalled_ = false, held_last_ = false, moved_ = false;
    bool aw_ = false, w_ = false, b_ = false, ar_ = false, r_ = false;
    uint32_t read_data_ = 0, held_read_ = 0;
    uint64_t addresses_ = 0, data_ = 0, answers_ = 0, reads_ = 0, values_read_ = 0, first_ = 0;
    bool waits_b_ = false, waits_r_ = false;
    std::vector<Beat> schedule_;
};

}  // namespace

// Built with VL_USER_WARN: a missing or short memory image ends the run instead of running on zeros.
void vl_warn(const char* file, int line, const char*, const char* message) {
    fail(kDesign, "%s:%d: %s", file, line, message);
}

// Built with VL_USER_STOP: what the design finds wrong with itself ends the run.
void vl_stop(const char* file, int line, const char* scope) {
    fail(kDesign, "%s:%d: the design stopped in %s", file, line, scope);
}

int main(int argc, char** argv) {
    if (argc < 2) fail(kConfig, "usage: %s run.txt ...", argv[0]);
    Config first(argv[1]);
    const auto context = std::make_unique<VerilatedContext>();
    // What the design does not reset starts at random: a read before the first write shows.
    context->randReset(2);
    context->randSeed(static_cast<int>(first.seed % 0x7FFFFFFF) + 1);
    const auto top = std::make_unique<Vrws_sim>(context.get());
    for (int i = 1; i < argc; ++i) std::make_unique<Bench>(Config(argv[i]), context.get(), *top)->run(i == 1);
    top->final();
    return 0;
}
