// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Operand of an unsigned activation and an ausn code {sign, e, sup}, combinational and exact:
//   product = ((act << SUP) + sup * act) << e, zero when e and sup are zero; operand = sign ? mask & ~product : product,
//   mask = what the fine shift spans: ones(ACT_W + SUP + half) << (half * top bit of e), half = 2^(MAIN-1);
//   all ones for MAIN < 2.
`default_nettype none
module rws_operand_ausn #(
    parameter ACT_W = 4,
    parameter MAIN = 2,
    parameter SUP = 1
) (
    input  wire [ACT_W-1:0]                act,
    input  wire [MAIN+SUP:0]               code,
    output wire [ACT_W+SUP+(1<<MAIN)-1:0]  operand
);
    localparam WIDTH = ACT_W + SUP + (1 << MAIN);
    localparam HALF = (MAIN >= 2) ? 1 << (MAIN - 1) : 0;
    localparam SPAN = (MAIN >= 2) ? ACT_W + SUP + HALF : WIDTH;
    localparam [WIDTH-1:0] FINE_MASK = {WIDTH{1'b1}} >> (WIDTH - SPAN);
    localparam [WIDTH-1:0] COARSE_MASK = FINE_MASK << HALF;

    wire [WIDTH-1:0]         a = {{(WIDTH-ACT_W){1'b0}}, act};
    wire                     sign = code[MAIN+SUP];
    wire [WIDTH-1:0]         mask = code[MAIN+SUP-1] ? COARSE_MASK : FINE_MASK;
    wire [(SUP+1)*WIDTH-1:0] partial;
    wire [WIDTH-1:0]         product;

    assign partial[0+:WIDTH] = (|code[MAIN+SUP-1:0]) ? a << SUP : {WIDTH{1'b0}};

    genvar i;
    generate
        for (i = 0; i < SUP; i = i + 1) begin : gen_superposed
            assign partial[(i+1)*WIDTH+:WIDTH] = partial[i*WIDTH+:WIDTH] + (code[i] ? a << i : {WIDTH{1'b0}});
        end

        if (MAIN == 0) begin : gen_unshifted
            assign product = partial[SUP*WIDTH+:WIDTH];
        end else begin : gen_shifted
            assign product = partial[SUP*WIDTH+:WIDTH] << code[SUP+:MAIN];
        end
    endgenerate

    assign operand = product ^ (mask & {WIDTH{sign}});
endmodule
`default_nettype wire
