// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Operand of an unsigned activation and a pot code {sign, f1}, combinational and exact:
//   product = f1 ? act << e : 0 with e = ~f1, operand = sign ? mask & ~product : product,
//   mask = what the fine shift spans: ones(ACT_W + half - 1) << (half * top bit of e), half = 2^(M1-1);
//   all ones for M1 = 1.
`default_nettype none
module rws_operand_pot #(
    parameter ACT_W = 4,
    parameter M1 = 3
) (
    input  wire [ACT_W-1:0]         act,
    input  wire [M1:0]              code,
    output wire [ACT_W+(1<<M1)-3:0] operand
);
    localparam WIDTH = ACT_W + (1 << M1) - 2;
    localparam HALF = (M1 >= 2) ? 1 << (M1 - 1) : 0;
    localparam SPAN = (M1 >= 2) ? ACT_W + HALF - 1 : WIDTH;
    localparam [WIDTH-1:0] FINE_MASK = {WIDTH{1'b1}} >> (WIDTH - SPAN);
    localparam [WIDTH-1:0] COARSE_MASK = FINE_MASK << HALF;

    wire             sign = code[M1];
    wire [M1-1:0]    f1 = code[M1-1:0];
    wire [WIDTH-1:0] a = {{(WIDTH-ACT_W){1'b0}}, act};
    wire [WIDTH-1:0] product = (f1 != {M1{1'b0}}) ? a << ~f1 : {WIDTH{1'b0}};
    wire [WIDTH-1:0] mask = f1[M1-1] ? FINE_MASK : COARSE_MASK;

    assign operand = product ^ (mask & {WIDTH{sign}});
endmodule
`default_nettype wire
