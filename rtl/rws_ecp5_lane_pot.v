// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5 LUT lane for pot(4) rows: acc <= (first ? 0 : acc) + sum of INPUTS operands, modulo 2^ACC_W.
//   operand: code {sign, f1}: p = f1 ? a << ~f1 : 0, ACT_W + 6 bits; where sign is set the ACT_W + 3 bits that the fine shift spans are inverted.
// Operands of cycle t are added in cycle t + LATENCY, when valid and first are given for them; throughput 1.
// LATENCY = 2 + max(1, ceil(log2(INPUTS))).
`default_nettype none
module rws_ecp5_lane_pot #(
    parameter INPUTS = 16,
    parameter ACT_W = 4,
    parameter ACC_W = 24
) (
    input  wire                    clk,
    input  wire                    valid,
    input  wire                    first,
    input  wire [INPUTS*ACT_W-1:0] act,
    input  wire [INPUTS*4-1:0]     code,
    output wire [ACC_W-1:0]        acc
);
    localparam PAIRS = (INPUTS + 1) / 2;
    localparam FINE_W = ACT_W + 3;
    localparam WIDTH = ACT_W + 6;
    localparam SUM_W = WIDTH + 1 + $clog2(PAIRS);

    wire [2*PAIRS*FINE_W-1:0]    fine;
    wire [2*PAIRS-1:0]           e;
    wire [PAIRS*(WIDTH+1)-1:0]   pairs;
    wire [SUM_W-1:0]             sum;

    genvar k;
    generate
        for (k = 0; k < INPUTS; k = k + 1) begin : gen_fine
            wire [3:0]        word = code[4*k+:4];
            reg  [FINE_W-1:0] fine_q;
            reg               e_q;
            wire [ACT_W-1:0]  value = act[k*ACT_W+:ACT_W];
            reg  [ACT_W:0]    main_q;
            reg  [2:0]        word_q;

            always @(posedge clk) begin
                main_q <= (word[0] ? {1'b0, value} : {value, 1'b0}) & {(ACT_W+1){|word[2:0]}};
                word_q <= word[3:1];
                fine_q <= (word_q[0] ? {2'b00, main_q} : {main_q, 2'b00}) ^ {FINE_W{word_q[2]}};
                e_q <= word_q[1];
            end

            assign fine[k*FINE_W+:FINE_W] = fine_q;
            assign e[k] = e_q;
        end
        if (2 * PAIRS > INPUTS) begin : gen_pad
            assign fine[INPUTS*FINE_W+:FINE_W] = {FINE_W{1'b0}};
            assign e[INPUTS] = 1'b0;
        end

        for (k = 0; k < PAIRS; k = k + 1) begin : gen_pair
            rws_ecp5_window #(
                .FINE_W(FINE_W),
                .STEP(4),
                .WIDTH(WIDTH),
                .UP(1'b0)
            ) u_window (
                .clk(clk),
                .fine0(fine[2*k*FINE_W+:FINE_W]),
                .e0(e[2*k]),
                .fine1(fine[(2*k+1)*FINE_W+:FINE_W]),
                .e1(e[2*k+1]),
                .sum(pairs[k*(WIDTH+1)+:WIDTH+1])
            );
        end
    endgenerate

    rws_ecp5_tree #(
        .COUNT(PAIRS),
        .WIDTH(WIDTH + 1)
    ) u_tree (
        .clk(clk),
        .sign({PAIRS{1'b0}}),
        .din(pairs),
        .dout(sum)
    );

    rws_ecp5_acc #(
        .SUM_W(SUM_W),
        .ACC_W(ACC_W)
    ) u_acc (
        .clk(clk),
        .valid(valid),
        .first(first),
        .sum(sum),
        .acc(acc)
    );
endmodule
`default_nettype wire
