// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// LUT lane of iCE40 cells for SCHEME "sp2" (2, 1) or "fixed" 4: when valid,
//   acc <= (first ? 0 : acc) + sum of INPUTS operands, modulo 2^ACC_W; operands as in rws_operand_*.
// A product is a row, chosen by two bits of the code (rws_row), and a gated term of the activation, which the pair adds.
// triple = 3 * act, used by fixed. Latency to acc 2 + max(1, ceil(log2(INPUTS))), throughput 1.
`default_nettype none
module rws_ice40_lane #(
    parameter [39:0] SCHEME = "sp2",
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
    generate
        if (SCHEME != "sp2" && SCHEME != "fixed") begin : gen_error
            rws_error_unknown_scheme u_refused ();
        end
    endgenerate

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
            rws_row #(
                .SCHEME(SCHEME),
                .ACT_W(ACT_W)
            ) u_row (
                .act(values[k*ACT_W+:ACT_W]),
                .triple(triples[k*ROW_W+:ROW_W]),
                .code(codes[4*k+:3]),
                .row(row[k*ROW_W+:ROW_W]),
                .gate(gate[k])
            );
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
