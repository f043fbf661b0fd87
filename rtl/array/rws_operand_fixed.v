// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Operand of an unsigned activation and a fixed code {sign, magnitude}, combinational and exact:
//   operand = sign ? ~(magnitude * act) : magnitude * act.
// Written as shifted additions: no multiplier, so none is inferred.
`default_nettype none
module rws_operand_fixed #(
    parameter ACT_W = 4,
    parameter BITS = 4
) (
    input  wire [ACT_W-1:0]      act,
    input  wire [BITS-1:0]       code,
    output wire [ACT_W+BITS-2:0] operand
);
    localparam MAG_W = BITS - 1;
    localparam WIDTH = ACT_W + MAG_W;

    wire [WIDTH-1:0]           a = {{MAG_W{1'b0}}, act};
    wire [(MAG_W+1)*WIDTH-1:0] partial;

    assign partial[0+:WIDTH] = {WIDTH{1'b0}};

    genvar i;
    generate
        for (i = 0; i < MAG_W; i = i + 1) begin : gen_bit
            assign partial[(i+1)*WIDTH+:WIDTH] = partial[i*WIDTH+:WIDTH] + (code[i] ? a << i : {WIDTH{1'b0}});
        end
    endgenerate

    assign operand = partial[MAG_W*WIDTH+:WIDTH] ^ {WIDTH{code[MAG_W]}};
endmodule
`default_nettype wire
