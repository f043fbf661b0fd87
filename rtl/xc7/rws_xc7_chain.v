// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// 7-series carry chain, combinational, carry-in 0: total = {carry out, sum}; per bit the carry is s ? carry : d and the
// sum s ^ carry. With s = x ^ y and d = x or y where they agree, total = x + y.
`default_nettype none
module rws_xc7_chain #(
    parameter WIDTH = 4
) (
    input  wire [WIDTH-1:0] s,
    input  wire [WIDTH-1:0] d,
    output wire [WIDTH:0]   total
);
    localparam COUNT = (WIDTH + 3) / 4;

    // Bits above the last are zeros; a loop over bits would cost simulators more than all the rest.
    wire [4*COUNT-1:0] s_padded = {{(4*COUNT-WIDTH){1'b0}}, s};
    wire [4*COUNT-1:0] d_padded = {{(4*COUNT-WIDTH){1'b0}}, d};
    wire [4*COUNT-1:0] sum;
    wire [4*COUNT-1:0] carry;
    wire [COUNT:0]     link;
    wire               unused = &{1'b0, sum, carry, link[COUNT]};

    assign link[0] = 1'b0;
    assign total = {carry[WIDTH-1], sum[WIDTH-1:0]};

    genvar i;
    generate
        for (i = 0; i < COUNT; i = i + 1) begin : gen_carry
            assign link[i+1] = carry[4*i+3];

            CARRY4 u_carry (
                .CO(carry[4*i+:4]),
                .O(sum[4*i+:4]),
                .CI(link[i]),
                .CYINIT(1'b0),
                .DI(d_padded[4*i+:4]),
                .S(s_padded[4*i+:4])
            );
        end
    endgenerate
endmodule
`default_nettype wire
