// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// DSP lane of two rows, INPUTS blocks of two 8 x 8 products in a chain, accumulators in fabric:
//   where valid: acc[row] <= (first ? 0 : acc) + sum over k of code[row, k] * act[k], signed and exact
// code is two's complement, not adjusted. Columns of act and code come in as rws_skew with CHAINS = 1 would delay them.
// valid and first belong to the operands (of undelayed columns) that entered LATENCY = INPUTS + 1 cycles before, throughput 1.
// Exact while INPUTS * (2^(BITS-1) - 1) * amax < 2^15 (refused otherwise), amax = 2^ACT_W - 1, signed 2^(ACT_W-1); ACC_W >= 16.
`default_nettype none
module rws_dsp_dual_lane #(
    parameter [39:0] CELLS = "none",
    parameter INPUTS = 8,
    parameter ACT_W = 4,
    parameter ACT_SIGNED = 0,
    parameter BITS = 4,
    parameter ACC_W = 24
) (
    input  wire                     clk,
    input  wire                     valid,
    input  wire                     first,
    input  wire [INPUTS*ACT_W-1:0]  act,
    input  wire [2*INPUTS*BITS-1:0] code,
    output wire [2*ACC_W-1:0]       acc
);
    localparam PRODUCT = ((1 << (BITS - 1)) - 1) * (ACT_SIGNED ? 1 << (ACT_W - 1) : (1 << ACT_W) - 1);

    wire [32*(INPUTS+1)-1:0] sums;
    assign sums[31:0] = 32'd0;

    genvar k;
    genvar r;
    generate
        if (INPUTS * PRODUCT > 32767 || ACC_W < 16) begin : gen_refused
            rws_dsp_dual_lane_is_not_exact u_refused ();
        end

        for (k = 0; k < INPUTS; k = k + 1) begin : gen_input
            wire [BITS-1:0]  w0 = code[k*BITS+:BITS];
            wire [BITS-1:0]  w1 = code[(INPUTS+k)*BITS+:BITS];
            wire [ACT_W-1:0] a = act[k*ACT_W+:ACT_W];
            wire             sign = a[ACT_W-1] && ACT_SIGNED != 0;
            wire [15:0]      a_wide = {{(16-ACT_W){sign}}, a};
            wire             unused = &{1'b0, a_wide[15:8]};

            rws_dsp_dual #(
                .CELLS(CELLS),
                .A_SIGNED(ACT_SIGNED),
                .DELAY((k > 0) ? 1 : 0)
            ) u_dual (
                .clk(clk),
                .w0({{(9-BITS){w0[BITS-1]}}, w0[BITS-2:0]}),
                .w1({{(9-BITS){w1[BITS-1]}}, w1[BITS-2:0]}),
                .a(a_wide[7:0]),
                .addend(sums[32*k+:32]),
                .o(sums[32*(k+1)+:32])
            );
        end

        for (r = 0; r < 2; r = r + 1) begin : gen_acc
            wire [15:0]      sum = sums[32*INPUTS+16*r+:16];
            wire [ACC_W-1:0] wide = {{(ACC_W-15){sum[15]}}, sum[14:0]};
            reg  [ACC_W-1:0] acc_q;

            always @(posedge clk) if (valid) acc_q <= first ? wide : acc_q + wide;
            assign acc[r*ACC_W+:ACC_W] = acc_q;
        end
    endgenerate
endmodule
`default_nettype wire
