// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// DSP lane: dot products of PX pixels with ROWS rows of weights, ROWS * PX products per multiplier, sums in DSP slices only.
//   where valid: acc[row, px] <= (first ? 0 : acc) + sum over k of code[row, k] * act[px, k], exact; activations are unsigned, codes signed
// Field f = px * ROWS + row of every product stands at bit f * FIELD_W; FIELD_W = 25 - BITS for two rows, half of it for three,
// floor((24 - ACT_W) / ROWS) and at most 18 - BITS for two pixels. code holds {w1 - (w0 < 0), w0, ...} per column as the
// weights memory does: each row's weight less one where the packed rows below it are negative; |w| < 2^(BITS-1).
// Chains of multipliers add CHAINS groups of inputs; their BIAS keeps fields from borrowing, and a second chain's fields, extended
// by ones, take it away again. acc is row-major, pixel-minor. Columns of act and code come in as rws_skew would delay them.
// valid and first belong to the operands (of undelayed columns) that entered LATENCY cycles before, throughput 1:
//   LATENCY = SLOTS + 3 + (CHAINS > 2 ? 1 + CHAINS / 4 : 0),   SLOTS = ceil(INPUTS / CHAINS)
// CHAINS is 2 or a multiple of 4, at most INPUTS. Exact while (refused otherwise), with amax = 2^ACT_W - 1:
//   SLOTS * (2^(BITS-1) - 1) * amax < 2^(FIELD_W-1) and, where ROWS * PX > 2 and CHAINS > 2, SLOTS * CHAINS / 2 * (..) < 2^11
`default_nettype none
module rws_dsp_lane #(
    parameter [39:0] CELLS = "none",
    parameter INPUTS = 16,
    parameter CHAINS = 2,
    parameter ROWS = 2,
    parameter PX = 1,
    parameter ACT_W = 4,
    parameter BITS = 4,
    parameter ACC_W = 24
) (
    input  wire                        clk,
    input  wire                        valid,
    input  wire                        first,
    input  wire [PX*INPUTS*ACT_W-1:0]  act,
    input  wire [ROWS*INPUTS*BITS-1:0] code,
    output wire [ROWS*PX*ACC_W-1:0]    acc
);
    localparam FIELDS = ROWS * PX;
    localparam SLOTS = (INPUTS + CHAINS - 1) / CHAINS;
    localparam SHORT = CHAINS * SLOTS - INPUTS;
    localparam WIDE = (PX == 2) ? (24 - ACT_W) / ROWS : (25 - BITS) / ((ROWS == 3) ? 2 : 1);
    localparam FIELD_W = (FIELDS == 1) ? 25 : (PX == 2 && WIDE > 18 - BITS && ROWS == 2) ? 18 - BITS : WIDE;
    localparam PRODUCT = ((1 << (BITS - 1)) - 1) * ((1 << ACT_W) - 1);
    localparam WORD_W = (ACC_W > 24) ? 48 : 24;
    localparam WORDS = (ACC_W > 24) ? FIELDS : 2 * ((FIELDS + 1) / 2);
    localparam [47:0] BIAS = (FIELDS == 1) ? 48'd0
                           : ((48'd1 << ((FIELDS - 1) * FIELD_W)) - 48'd1) / ((48'd1 << FIELD_W) - 48'd1) << (FIELD_W - 1);

    wire [48*CHAINS-1:0]    chain;
    wire [WORDS*WORD_W-1:0] even;
    wire [WORDS*WORD_W-1:0] odd;

    genvar c;
    genvar s;
    genvar h;
    genvar i;
    generate
        if ((FIELDS > 1 && (SLOTS * PRODUCT) >> (FIELD_W - 1) != 0) || FIELDS > 4 || (PX == 2 && ROWS > 2)
            || (FIELDS > 2 && CHAINS > 2 && SLOTS * (CHAINS / 2) * PRODUCT > 2047)
            || (CHAINS != 2 && CHAINS % 4 != 0) || CHAINS > INPUTS) begin : gen_error
            rws_error_dsp_lane_is_not_exact u_refused ();
        end

        for (c = 0; c < CHAINS; c = c + 1) begin : gen_chain
            localparam HEAD = (c < SHORT) ? 1 : 0;
            wire [48*SLOTS-1:0] cascade;
            wire [48*SLOTS-1:0] sums;

            if (HEAD == 1) begin : gen_short
                assign cascade[47:0] = 48'd0;
                assign sums[47:0] = 48'd0;
            end

            for (s = HEAD; s < SLOTS; s = s + 1) begin : gen_slot
                localparam COLUMN = c * SLOTS + s - ((c < SHORT) ? c + 1 : SHORT);
                localparam DELAY = s + ((CHAINS > 2) ? (c % (CHAINS / 2)) / 2 : 0);
                wire [25*PX-1:0] acts;
                wire [24:0]      weights;

                for (i = 0; i < PX; i = i + 1) begin : gen_act
                    wire [ACT_W-1:0] one = act[(i*INPUTS+COLUMN)*ACT_W+:ACT_W];
                    assign acts[25*i+:25] = {{(25-ACT_W){1'b0}}, one};
                end
                for (i = 0; i < 25; i = i + 1) begin : gen_weight
                    localparam ROW = (i / FIELD_W < ROWS) ? i / FIELD_W : ROWS - 1;
                    localparam BIT = (i - ROW * FIELD_W < BITS) ? i - ROW * FIELD_W : BITS - 1;
                    assign weights[i] = code[(ROW*INPUTS+COLUMN)*BITS+BIT];
                end

                rws_dsp_mac #(
                    .CELLS(CELLS),
                    .HEAD((s == HEAD) ? 1 : 0),
                    .BIAS(BIAS),
                    .PREADD((PX == 2) ? 1 : 0),
                    .DELAY((DELAY > 0) ? 1 : 0)
                ) u_mac (
                    .clk(clk),
                    .a((PX == 2) ? acts[24:0] : weights),
                    .d((PX == 2) ? acts[25*PX-1-:25] << (ROWS * FIELD_W) : 25'd0),
                    .b((PX == 2) ? weights[17:0] : acts[17:0]),
                    .pcin((s == HEAD) ? 48'd0 : cascade[48*((s > HEAD) ? s - 1 : s)+:48]),
                    .p(sums[48*s+:48]),
                    .pcout(cascade[48*s+:48])
                );
                wire unused = &{1'b0, acts, weights};
            end

            assign chain[48*c+:48] = sums[48*(SLOTS-1)+:48];
            wire unused = &{1'b0, sums, cascade};
        end

        if (CHAINS == 2) begin : gen_direct
            rws_dsp_unpack #(
                .FIELDS(FIELDS),
                .FIELD_W(FIELD_W),
                .WORDS(WORDS),
                .WORD_W(WORD_W),
                .EXTEND(0)
            ) u_even (
                .p(chain[47:0]),
                .words(even)
            );

            rws_dsp_unpack #(
                .FIELDS(FIELDS),
                .FIELD_W(FIELD_W),
                .WORDS(WORDS),
                .WORD_W(WORD_W),
                .EXTEND(1)
            ) u_odd (
                .p(chain[95:48]),
                .words(odd)
            );
        end else begin : gen_adders
            wire [2*WORDS*WORD_W-1:0] halves;
            assign {odd, even} = halves;

            for (h = 0; h < 2; h = h + 1) begin : gen_half
                rws_dsp_half #(
                    .CELLS(CELLS),
                    .LINKS(CHAINS / 4),
                    .FIELDS(FIELDS),
                    .FIELD_W(FIELD_W),
                    .WORDS(WORDS),
                    .WORD_W(WORD_W)
                ) u_half (
                    .clk(clk),
                    .chain(chain[24*CHAINS*h+:24*CHAINS]),
                    .words(halves[WORDS*WORD_W*h+:WORDS*WORD_W])
                );
            end
        end
    endgenerate

    rws_dsp_acc #(
        .CELLS(CELLS),
        .ROWS(ROWS),
        .PX(PX),
        .WORDS(WORDS),
        .WORD_W(WORD_W),
        .ACC_W(ACC_W)
    ) u_acc (
        .clk(clk),
        .valid(valid),
        .first(first),
        .x(even),
        .y(odd),
        .acc(acc)
    );
endmodule
`default_nettype wire
