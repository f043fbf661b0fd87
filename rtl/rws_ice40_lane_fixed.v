// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// iCE40 LUT lane for fixed(4) rows: acc <= (first ? 0 : acc) + sum of INPUTS operands, modulo 2^ACC_W.
//   operand = product of one activation (unsigned) and the magnitude of its code {sign, magnitude}, inverted where sign is set.
// Operands of cycle t are added in cycle t + LATENCY, when valid and first are given for them; throughput 1.
// LATENCY = 1 + max(1, ceil(log2(INPUTS))).
// The row t = magnitude[1:0] * a is a multiplexer with triple = 3 * a, common to all lanes of the same activations; the term of magnitude[2] is added by the pair.
`default_nettype none
module rws_ice40_lane_fixed #(
    parameter INPUTS = 16,
    parameter ACT_W = 4,
    parameter ACC_W = 24
) (
    input  wire                        clk,
    input  wire                        valid,
    input  wire                        first,
    input  wire [INPUTS*ACT_W-1:0]     act,
    input  wire [INPUTS*(ACT_W+2)-1:0] triple,
    input  wire [INPUTS*4-1:0]         code,
    output wire [ACC_W-1:0]            acc
);
    localparam PAIRS = (INPUTS + 1) / 2;
    localparam ROW_W = ACT_W + 2;
    localparam PAIR_W = ACT_W + 4;
    localparam SUM_W = PAIR_W + $clog2(PAIRS);

    wire [2*PAIRS*ACT_W-1:0]  values;
    wire [2*PAIRS*ROW_W-1:0]  triples;
    wire [2*PAIRS*4-1:0]      codes;
    wire [2*PAIRS*ROW_W-1:0]  row;
    wire [2*PAIRS-1:0]        gate;
    wire [PAIRS*PAIR_W-1:0]   pairs;
    wire [SUM_W-1:0]          sum;

    genvar k;
    generate
        if (2 * PAIRS > INPUTS) begin : gen_odd
            assign values = {{ACT_W{1'b0}}, act};
            assign triples = {{ROW_W{1'b0}}, triple};
            assign codes = {4'b0000, code};
        end else begin : gen_even
            assign values = act;
            assign triples = triple;
            assign codes = code;
        end

        for (k = 0; k < 2 * PAIRS; k = k + 1) begin : gen_row
            wire [ACT_W-1:0] value = values[k*ACT_W+:ACT_W];
            wire [2:0]       word = codes[4*k+:3];
            wire [ROW_W-1:0] thrice = triples[k*ROW_W+:ROW_W];

            assign gate[k] = word[2];
            assign row[k*ROW_W+:ROW_W] = ({ROW_W{word[1:0] == 2'b11}} & thrice)
                | ({ROW_W{word[1:0] == 2'b10}} & {1'b0, value, 1'b0}) | ({ROW_W{word[1:0] == 2'b01}} & {2'b00, value});
        end

        for (k = 0; k < PAIRS; k = k + 1) begin : gen_pair
            rws_ice40_pair #(
                .ACT_W(ACT_W)
            ) u_pair (
                .clk(clk),
                .a0(values[2*k*ACT_W+:ACT_W]),
                .t0(row[2*k*ROW_W+:ROW_W]),
                .g0(gate[2*k]),
                .s0(codes[8*k+3]),
                .a1(values[(2*k+1)*ACT_W+:ACT_W]),
                .t1(row[(2*k+1)*ROW_W+:ROW_W]),
                .g1(gate[2*k+1]),
                .s1(codes[8*k+7]),
                .sum(pairs[k*PAIR_W+:PAIR_W])
            );
        end
    endgenerate

    rws_ice40_tree #(
        .COUNT(PAIRS),
        .WIDTH(PAIR_W)
    ) u_tree (
        .clk(clk),
        .din(pairs),
        .dout(sum)
    );

    rws_ice40_acc #(
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
