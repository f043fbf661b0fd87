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

    wire [4*COUNT-1:0] s_padded;
    wire [4*COUNT-1:0] d_padded;
    wire [4*COUNT-1:0] sum;
    wire [4*COUNT-1:0] carry;

    genvar i;
    generate
        for (i = 0; i < 4 * COUNT; i = i + 1) begin : gen_bit
            if (i < WIDTH) begin : gen_used
                assign s_padded[i] = s[i];
                assign d_padded[i] = d[i];
                assign total[i] = sum[i];
            end else begin : gen_spare
                wire unused = &{1'b0, sum[i], carry[i]};
                assign s_padded[i] = 1'b0;
                assign d_padded[i] = 1'b0;
            end
        end

        for (i = 0; i < COUNT; i = i + 1) begin : gen_carry
            wire carry_in;

            if (i == 0) begin : gen_first
                assign carry_in = 1'b0;
            end else begin : gen_next
                assign carry_in = carry[4*i-1];
            end

            CARRY4 u_carry (
                .CO(carry[4*i+:4]),
                .O(sum[4*i+:4]),
                .CI(carry_in),
                .CYINIT(1'b0),
                .DI(d_padded[4*i+:4]),
                .S(s_padded[4*i+:4])
            );
        end
    endgenerate

    assign total[WIDTH] = carry[WIDTH-1];
endmodule
`default_nettype wire
