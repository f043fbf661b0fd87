// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// LUT lane for pot rows: dot product of INPUTS unsigned activations with codes {sign, f1}; when valid,
//   acc <= (first ? 0 : acc) + sum of rws_operand_pot(act, code), modulo 2^ACC_W.
// Operands of negative codes are inverted, not negated; what that adds is a constant of the row, folded into its
// requantization. CELLS "none" is portable, latency 2 + ceil(log2(INPUTS)); "xc7" instantiates 7-series cells,
// latency in rws_xc7_lane. Latency counts from act and code to acc; valid and first belong to the last stage.
// Throughput 1.
`default_nettype none
module rws_lane_pot #(
    parameter [39:0] CELLS = "none",
    parameter INPUTS = 4,
    parameter ACT_W = 4,
    parameter M1 = 3,
    parameter ACC_W = 24
) (
    input  wire                       clk,
    input  wire                       valid,
    input  wire                       first,
    input  wire [INPUTS*ACT_W-1:0]    act,
    input  wire [INPUTS*(1 + M1)-1:0] code,
    output wire [ACC_W-1:0]           acc
);
    generate
        if (CELLS == "xc7") begin : gen_xc7
            rws_xc7_lane #(
                .SCHEME("pot"),
                .INPUTS(INPUTS),
                .ACT_W(ACT_W),
                .MAIN(M1),
                .SUP(0),
                .CODE_W(1 + M1),
                .WIDTH(ACT_W + (1 << M1) - 2),
                .ACC_W(ACC_W)
            ) u_lane (
                .clk(clk),
                .valid(valid),
                .first(first),
                .act(act),
                .code(code),
                .acc(acc)
            );
        end else begin : gen_none
            localparam CODE_W = 1 + M1;
            localparam WIDTH = ACT_W + (1 << M1) - 2;

            wire [INPUTS*WIDTH-1:0] operand;

            genvar k;
            for (k = 0; k < INPUTS; k = k + 1) begin : gen_input
                rws_operand_pot #(
                    .ACT_W(ACT_W),
                    .M1(M1)
                ) u_operand (
                    .act(act[k*ACT_W+:ACT_W]),
                    .code(code[k*CODE_W+:CODE_W]),
                    .operand(operand[k*WIDTH+:WIDTH])
                );
            end

            rws_lane_sum #(
                .INPUTS(INPUTS),
                .WIDTH(WIDTH),
                .ACC_W(ACC_W)
            ) u_sum (
                .clk(clk),
                .valid(valid),
                .first(first),
                .operand(operand),
                .acc(acc)
            );
        end
    endgenerate
endmodule
`default_nettype wire
