// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// COUNT registered products of one activation and code {sign, magnitude} each, sign left out, ACT_W + 3 bits:
//   SCHEME "sp2" (2, 1): (f1 ? a << ~f1 : 0) + (f2 ? a << 2 : 0);   "fixed" 4: magnitude * a, with triple = 3 * a.
// Two bits of the code choose a row from LUTs (rws_row), the third gates a << 2 in one carry chain. Latency 1, throughput 1, exact.
`default_nettype none
module rws_alu_product #(
    parameter [39:0] CELLS = "gowin",
    parameter [39:0] SCHEME = "sp2",
    parameter COUNT = 2,
    parameter ACT_W = 4
) (
    input  wire                       clk,
    input  wire [COUNT*ACT_W-1:0]     act,
    input  wire [COUNT*(ACT_W+2)-1:0] triple,
    input  wire [COUNT*4-1:0]         code,
    output wire [COUNT*(ACT_W+3)-1:0] product
);
    generate
        if (SCHEME != "sp2" && SCHEME != "fixed") begin : gen_error
            rws_error_unknown_scheme u_refused ();
        end
    endgenerate

    localparam ROW_W = ACT_W + 2;
    localparam SLOTS = ACT_W + 1;
    localparam PROD_W = ACT_W + 3;

    wire                    unused = &{1'b0, code};
    wire [COUNT*SLOTS-1:0]  rest;
    wire [COUNT*SLOTS-1:0]  a4;
    wire [COUNT*SLOTS-1:0]  gate;
    wire [COUNT*SLOTS-1:0]  high;
    reg  [COUNT*PROD_W-1:0] product_q;

    genvar k;
    generate
        for (k = 0; k < COUNT; k = k + 1) begin : gen_input
            wire [ACT_W-1:0] value = act[k*ACT_W+:ACT_W];
            wire             top;
            wire [ROW_W-1:0] row;

            rws_row #(
                .SCHEME(SCHEME),
                .ACT_W(ACT_W)
            ) u_row (
                .act(value),
                .triple(triple[k*ROW_W+:ROW_W]),
                .code(code[4*k+:3]),
                .row(row),
                .gate(top)
            );

            assign rest[k*SLOTS+:SLOTS] = {1'b0, row[ROW_W-1:2]};
            assign a4[k*SLOTS+:SLOTS] = {1'b0, value};
            assign gate[k*SLOTS+:SLOTS] = {SLOTS{top}};

            always @(posedge clk) product_q[k*PROD_W+:PROD_W] <= {high[k*SLOTS+:SLOTS], row[1:0]};
        end
    endgenerate

    rws_alu_chain #(
        .CELLS(CELLS),
        .KIND("gate"),
        .SLOTS(COUNT * SLOTS)
    ) u_chain (
        .x(rest),
        .y(a4),
        .c(gate),
        .sum(high)
    );

    assign product = product_q;
endmodule
`default_nettype wire
