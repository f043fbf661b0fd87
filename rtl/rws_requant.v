// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Requantization of Q accumulators per cycle:
//   y = clamp(clamp((acc * M + B) >>> S, lo1, hi1) + ((res * RM + RB) >>> RS), lo2, hi2)
// with M, B, S per row and the rest per layer. S = SHIFT_MIN + the stored shift. Products are shift-add, no multiplier.
// The residual operand arrives RES_DELAY = 2 cycles after the accumulator; RES = 0 leaves it and the second clamp out.
// Latency 7 with residual, 5 without; throughput 1. TOTAL_W and RTOTAL_W come from the width algebra: no overflow.
`default_nettype none
module rws_requant #(
    parameter Q = 2,
    parameter ACC_W = 16,
    parameter MUL_W = 4,
    parameter ADD_W = 16,
    parameter SHIFT_W = 3,
    parameter SHIFT_MIN = 2,
    parameter TOTAL_W = 20,
    parameter Y_W = 9,
    parameter RES = 1,
    parameter ACT_W = 4,
    parameter ACT_SIGNED = 0,
    parameter RMUL_W = 4,
    parameter RADD_W = 8,
    parameter RSHIFT_W = 3,
    parameter RTOTAL_W = 11
) (
    input  wire                              clk,
    input  wire [Q*ACC_W-1:0]                acc,
    input  wire [Q*(MUL_W+ADD_W+SHIFT_W)-1:0] param,
    input  wire [Y_W-1:0]                    lo1,
    input  wire [Y_W-1:0]                    hi1,
    input  wire [Y_W-1:0]                    lo2,
    input  wire [Y_W-1:0]                    hi2,
    input  wire [Q*ACT_W-1:0]                res,
    input  wire [RMUL_W-1:0]                 res_mul,
    input  wire [RADD_W-1:0]                 res_add,
    input  wire [RSHIFT_W-1:0]               res_shift,
    output wire [Q*Y_W-1:0]                  y
);
    localparam PARAM_W = MUL_W + ADD_W + SHIFT_W;
    localparam PAIRS = (MUL_W + 1) / 2;
    localparam U_W = TOTAL_W - SHIFT_MIN;

    genvar q;
    genvar i;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            // Stage 1: two bits of M per partial product; stage 2: their sum; stage 3: + B; stage 4: >>> S; stage 5: clamp.
            wire [MUL_W-1:0]   mul = param[q*PARAM_W+:MUL_W];
            wire [TOTAL_W-1:0] wide = {{(TOTAL_W-ACC_W){acc[(q+1)*ACC_W-1]}}, acc[q*ACC_W+:ACC_W]};
            wire [ADD_W-1:0]   add;
            wire [SHIFT_W-1:0] shift;
            wire [TOTAL_W-1:0] add_wide = {{(TOTAL_W-ADD_W){add[ADD_W-1]}}, add};
            wire [PAIRS*TOTAL_W-1:0]     partial;
            wire [(PAIRS+1)*TOTAL_W-1:0] chain;
            reg  [TOTAL_W-1:0] product_q;
            wire [TOTAL_W-1:0] total = product_q + add_wide;
            reg  signed [U_W-1:0] total_q;
            reg  signed [U_W-1:0] scaled_q;
            reg  [Y_W-1:0]     first_q;
            wire signed [U_W-1:0] lo1_wide = {{(U_W-Y_W){lo1[Y_W-1]}}, lo1};
            wire signed [U_W-1:0] hi1_wide = {{(U_W-Y_W){hi1[Y_W-1]}}, hi1};

            assign chain[TOTAL_W-1:0] = {TOTAL_W{1'b0}};
            for (i = 0; i < PAIRS; i = i + 1) begin : gen_pair
                reg [TOTAL_W-1:0] partial_q;

                if (2*i + 1 < MUL_W) begin : gen_two
                    always @(posedge clk)
                        partial_q <= (mul[2*i] ? wide << (2*i) : {TOTAL_W{1'b0}})
                                   + (mul[2*i+1] ? wide << (2*i+1) : {TOTAL_W{1'b0}});
                end else begin : gen_one
                    always @(posedge clk) partial_q <= mul[2*i] ? wide << (2*i) : {TOTAL_W{1'b0}};
                end

                assign partial[i*TOTAL_W+:TOTAL_W] = partial_q;
                assign chain[(i+1)*TOTAL_W+:TOTAL_W] = chain[i*TOTAL_W+:TOTAL_W] + partial[i*TOTAL_W+:TOTAL_W];
            end

            if (SHIFT_MIN > 0) begin : gen_dropped
                wire unused_low = &{1'b0, total[SHIFT_MIN-1:0]};
            end

            rws_delay #(
                .WIDTH(ADD_W),
                .CYCLES(2)
            ) u_add (
                .clk(clk),
                .din(param[q*PARAM_W+MUL_W+:ADD_W]),
                .dout(add)
            );

            rws_delay #(
                .WIDTH(SHIFT_W),
                .CYCLES(3)
            ) u_shift (
                .clk(clk),
                .din(param[q*PARAM_W+MUL_W+ADD_W+:SHIFT_W]),
                .dout(shift)
            );

            always @(posedge clk) begin
                product_q <= chain[PAIRS*TOTAL_W+:TOTAL_W];
                total_q <= total[TOTAL_W-1:SHIFT_MIN];
                scaled_q <= total_q >>> shift;
                first_q <= (scaled_q < lo1_wide) ? lo1 : (scaled_q > hi1_wide) ? hi1 : scaled_q[Y_W-1:0];
            end

            if (RES) begin : gen_residual
                localparam RU_W = (RTOTAL_W > Y_W) ? RTOTAL_W : Y_W;
                wire top = ACT_SIGNED ? res[(q+1)*ACT_W-1] : 1'b0;
                wire [RU_W-1:0] operand = {{(RU_W-ACT_W){top}}, res[q*ACT_W+:ACT_W]};
                wire [(RMUL_W+1)*RU_W-1:0] res_chain;
                reg  [RU_W-1:0] res_product_q;
                reg  signed [RU_W-1:0] res_total_q;
                reg  signed [RU_W-1:0] res_scaled_q;
                reg  signed [RU_W:0]   sum_q;
                reg  [Y_W-1:0]  second_q;
                wire signed [RU_W:0] lo2_wide = {{(RU_W+1-Y_W){lo2[Y_W-1]}}, lo2};
                wire signed [RU_W:0] hi2_wide = {{(RU_W+1-Y_W){hi2[Y_W-1]}}, hi2};

                assign res_chain[RU_W-1:0] = {RU_W{1'b0}};
                for (i = 0; i < RMUL_W; i = i + 1) begin : gen_bit
                    assign res_chain[(i+1)*RU_W+:RU_W] =
                        res_chain[i*RU_W+:RU_W] + (res_mul[i] ? operand << i : {RU_W{1'b0}});
                end

                always @(posedge clk) begin
                    res_product_q <= res_chain[RMUL_W*RU_W+:RU_W];
                    res_total_q <= res_product_q + {{(RU_W-RADD_W){res_add[RADD_W-1]}}, res_add};
                    res_scaled_q <= res_total_q >>> res_shift;
                    sum_q <= {{(RU_W+1-Y_W){first_q[Y_W-1]}}, first_q} + {res_scaled_q[RU_W-1], res_scaled_q};
                    second_q <= (sum_q < lo2_wide) ? lo2 : (sum_q > hi2_wide) ? hi2 : sum_q[Y_W-1:0];
                end

                assign y[q*Y_W+:Y_W] = second_q;
            end else begin : gen_plain
                wire unused_residual = &{1'b0, res, res_mul, res_add, res_shift, lo2, hi2};
                assign y[q*Y_W+:Y_W] = first_q;
            end
        end
    endgenerate
endmodule
`default_nettype wire
