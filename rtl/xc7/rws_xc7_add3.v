// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Ternary adder on 7-series cells, one LUT per bit, combinational: total = (x + y + (clear ? 0 : z)) of WIDTH + 1 bits,
// exact when the result fits. O5 is the majority, which weighs two and goes to the next bit; O6 is the sum of all.
`default_nettype none
module rws_xc7_add3 #(
    parameter WIDTH = 8
) (
    input  wire [WIDTH-1:0] x,
    input  wire [WIDTH-1:0] y,
    input  wire [WIDTH-1:0] z,
    input  wire             clear,
    output wire [WIDTH:0]   total
);
    // Inputs {1, clear, majority of the bit below, z, y, x}: O5 is the majority of x, y and z, O6 the sum of all.
    localparam [63:0] INIT = 64'h9966_6996_8888_E8E8;

    wire [WIDTH-1:0] s;
    wire [WIDTH:0]   majority;

    assign majority[0] = 1'b0;

    genvar j;
    generate
        for (j = 0; j < WIDTH; j = j + 1) begin : gen_bit
            LUT6_2 #(
                .INIT(INIT)
            ) u_lut (
                .O6(s[j]),
                .O5(majority[j+1]),
                .I0(x[j]),
                .I1(y[j]),
                .I2(z[j]),
                .I3(majority[j]),
                .I4(clear),
                .I5(1'b1)
            );
        end
    endgenerate

    wire unused_majority = &{1'b0, majority[WIDTH]};

    rws_xc7_chain #(
        .WIDTH(WIDTH)
    ) u_chain (
        .s(s),
        .d(majority[WIDTH-1:0]),
        .total(total)
    );
endmodule
`default_nettype wire
