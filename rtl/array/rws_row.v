// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Row of a product: what two bits of a code choose, before the gated term that an adder puts on top of it.
//   SCHEME "sp2" (2, 1): 0, 4a, 2a or a by f1;   "fixed" 4: 0, a, 2a or 3a by the magnitude's low bits, with triple = 3 * a.
// gate is the bit for that term: f2 of sp2, the top bit of the magnitude. Combinational, exact.
`default_nettype none
module rws_row #(
    parameter [39:0] SCHEME = "sp2",
    parameter ACT_W = 4
) (
    input  wire [ACT_W-1:0] act,
    input  wire [ACT_W+1:0] triple,
    input  wire [2:0]       code,
    output wire [ACT_W+1:0] row,
    output wire             gate
);
    generate
        if (SCHEME != "sp2" && SCHEME != "fixed") begin : gen_error
            rws_error_unknown_scheme u_refused ();
        end
    endgenerate

    localparam ROW_W = ACT_W + 2;

    wire [1:0]       choice = (SCHEME == "sp2") ? code[2:1] : code[1:0];
    wire [ROW_W-1:0] once = {2'b00, act};
    wire [ROW_W-1:0] twice = {1'b0, act, 1'b0};
    wire [ROW_W-1:0] one = (SCHEME == "sp2") ? {act, 2'b00} : once;
    wire [ROW_W-1:0] three = (SCHEME == "sp2") ? once : triple;
    wire             unused_triple = &{1'b0, triple};

    assign gate = (SCHEME == "sp2") ? code[0] : code[2];
    assign row = ({ROW_W{choice == 2'b11}} & three) | ({ROW_W{choice == 2'b10}} & twice) | ({ROW_W{choice == 2'b01}} & one);
endmodule
`default_nettype wire
