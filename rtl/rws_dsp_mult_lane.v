// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// DSP lane for multipliers of 18 x 18 bits without adders: two rows x two pixels of signed activations per multiplier.
//   where valid: acc[row, px] <= (first ? 0 : acc) + sum over k of code[row, k] * act[px, k], signed and exact
// Products stand FIELD_W bits apart, row * 2 + px; a field's borrow is the sign bit below it, which the trees add again.
// code holds {w1 - (w0 < 0), w0} per column as the weights memory does; the same is done to the activations here.
// acc is row-major, pixel-minor. LATENCY = 2 + ceil(log2(INPUTS)), throughput 1, valid and first arrive with the last stage.
// Exact while (2^(BITS-1) - 1) * 2^(ACT_W-1) < 2^(FIELD_W-1), FIELD_W = floor((18 - BITS) / 2) (refused otherwise):
// BITS = 4 with ACT_W up to 4. ACC_W > FIELD_W + ceil(log2(INPUTS)).
`default_nettype none
module rws_dsp_mult_lane #(
    parameter INPUTS = 16,
    parameter ACT_W = 4,
    parameter BITS = 4,
    parameter ACC_W = 24
) (
    input  wire                      clk,
    input  wire                      valid,
    input  wire                      first,
    input  wire [2*INPUTS*ACT_W-1:0] act,
    input  wire [2*INPUTS*BITS-1:0]  code,
    output wire [4*ACC_W-1:0]        acc
);
    localparam FIELD_W = (18 - BITS) / 2;
    localparam LEAVES = 1 << $clog2(INPUTS);
    localparam SUM_W = FIELD_W + $clog2(INPUTS);

    wire [4*LEAVES*FIELD_W-1:0] fields;
    wire [4*LEAVES-1:0]         rounds;

    genvar k;
    genvar f;
    generate
        if (((1 << (BITS - 1)) - 1) << (ACT_W - 1) >= 1 << (FIELD_W - 1)) begin : gen_refused
            rws_dsp_mult_lane_is_not_exact u_refused ();
        end

        for (k = 0; k < LEAVES; k = k + 1) begin : gen_input
            wire [4*FIELD_W-1:0] p;
            if (k < INPUTS) begin : gen_product
                wire [ACT_W-1:0]   a0 = act[k*ACT_W+:ACT_W];
                wire [ACT_W-1:0]   a1 = act[(INPUTS+k)*ACT_W+:ACT_W];
                wire [BITS-1:0]         w0 = code[k*BITS+:BITS];
                wire [BITS-1:0]         w1 = code[(INPUTS+k)*BITS+:BITS];
                wire [ACT_W:0]          a1_less = {a1[ACT_W-1], a1} - {{ACT_W{1'b0}}, a0[ACT_W-1]};
                reg  signed [17:0]      a_q;
                reg  signed [17:0]      w_q;
                reg  signed [35:0]      p_q;

                always @(posedge clk) begin
                    a_q <= {{(17-FIELD_W-ACT_W){a1_less[ACT_W]}}, a1_less, {(FIELD_W-ACT_W){a0[ACT_W-1]}}, a0};
                    w_q <= {{(19-BITS-2*FIELD_W){w1[BITS-1]}}, w1[BITS-2:0], {(2*FIELD_W-BITS){w0[BITS-1]}}, w0};
                    p_q <= a_q * w_q;
                end
                wire unused = &{1'b0, p_q};
                assign p = p_q[4*FIELD_W-1:0];
            end else begin : gen_pad
                assign p = {(4*FIELD_W){1'b0}};
            end

            for (f = 0; f < 4; f = f + 1) begin : gen_field
                assign fields[(f*LEAVES+k)*FIELD_W+:FIELD_W] = p[f*FIELD_W+:FIELD_W];
                assign rounds[f*LEAVES+k] = (f > 0) && p[((f > 0) ? f * FIELD_W : 1)-1];
            end
        end

        for (f = 0; f < 4; f = f + 1) begin : gen_sum
                        wire [SUM_W-1:0] sum;
            wire             round;
            reg  [ACC_W-1:0] acc_q;

            rws_dsp_mult_tree #(
                .COUNT(LEAVES),
                .WIDTH(FIELD_W)
            ) u_tree (
                .clk(clk),
                .din(fields[f*LEAVES*FIELD_W+:LEAVES*FIELD_W]),
                .round(rounds[f*LEAVES+:LEAVES]),
                .dout(sum),
                .round_out(round)
            );

            always @(posedge clk) begin
                if (valid) acc_q <= (first ? {ACC_W{1'b0}} : acc_q) + {{(ACC_W-SUM_W){sum[SUM_W-1]}}, sum} + {{(ACC_W-1){1'b0}}, round};
            end
            assign acc[f*ACC_W+:ACC_W] = acc_q;
        end
    endgenerate
endmodule
`default_nettype wire
