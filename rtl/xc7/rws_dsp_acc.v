// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Accumulators of ROWS x PX fields in DSP slices, two of up to 24 bits or one of up to 48 bits in each:
//   where valid: acc(t+1) <= (first ? 0 : acc) + x + y, of the x and y one cycle before, modulo 2^ACC_W
// Word px * ROWS + row of x and y; WORDS is ROWS * PX, or even where two words share a slice; acc is row-major, pixel-minor. Latency 2,
// throughput 1.
`default_nettype none
module rws_dsp_acc #(
    parameter [39:0] CELLS = "none",
    parameter ROWS = 2,
    parameter PX = 1,
    parameter WORDS = 2,
    parameter WORD_W = 24,
    parameter ACC_W = 24
) (
    input  wire                      clk,
    input  wire                      valid,
    input  wire                      first,
    input  wire [WORDS*WORD_W-1:0] x,
    input  wire [WORDS*WORD_W-1:0] y,
    output wire [ROWS*PX*ACC_W-1:0]  acc
);
    generate
        if (WORD_W != 24 && WORD_W != 48) begin : gen_error_0
            rws_error_word_w_must_be_24_or_48 u_refused ();
        end
        if (ACC_W > WORD_W || ROWS * PX > WORDS || WORDS * WORD_W % 48 != 0) begin : gen_error_1
            rws_error_words_must_hold_the_accumulators u_refused ();
        end
    endgenerate

    localparam LANES = 48 / WORD_W;
    localparam SLICES = WORDS / LANES;

    wire [48*SLICES-1:0] p_all;
    wire [48*SLICES-1:0] unused_pcout;

    genvar q;
    genvar r;
    genvar p;
    generate
        for (q = 0; q < SLICES; q = q + 1) begin : gen_slice
            rws_dsp_sum #(
                .CELLS(CELLS),
                .LANES(LANES),
                .KIND(2)
            ) u_sum (
                .clk(clk),
                .valid(valid),
                .first(first),
                .x(x[48*q+:48]),
                .y(y[48*q+:48]),
                .pcin(48'd0),
                .p(p_all[48*q+:48]),
                .pcout(unused_pcout[48*q+:48])
            );
        end
        for (r = 0; r < ROWS; r = r + 1) begin : gen_row
            for (p = 0; p < PX; p = p + 1) begin : gen_pixel
                assign acc[(r*PX+p)*ACC_W+:ACC_W] = p_all[(p*ROWS+r)*WORD_W+:ACC_W];
            end
        end
    endgenerate

    wire unused = &{1'b0, p_all, unused_pcout};
endmodule
`default_nettype wire
