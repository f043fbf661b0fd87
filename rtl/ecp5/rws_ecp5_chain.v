// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5 carry chain of SLOTS bits, two per CCU2C. Bit i is a full adder of two gated operands:
//   sum[i] = t ^ carry[i], carry[i+1] = t ? carry[i] : g, with t = INITS[16*i +: 16] at {d, c, b, a}[i]
//   and g = the same table at {0, 0, b, a}: INITS is x(a, b) ^ y(a, b, c, d) with y = 0 where c = d = 0.
// A slot with all inputs zero (and a table that is zero there) ends one sum and starts the next. Combinational.
`default_nettype none
module rws_ecp5_chain #(
    parameter SLOTS = 2,
    parameter [16*SLOTS-1:0] INITS = {SLOTS{16'h6996}}
) (
    input  wire [SLOTS-1:0] a,
    input  wire [SLOTS-1:0] b,
    input  wire [SLOTS-1:0] c,
    input  wire [SLOTS-1:0] d,
    output wire [SLOTS-1:0] sum
);
    localparam PAIRS = SLOTS / 2;

    wire [PAIRS:0] carry;

    assign carry[0] = 1'b0;

    genvar i;
    generate
        for (i = 0; i < PAIRS; i = i + 1) begin : gen_pair
            CCU2C #(
                .INIT0(INITS[32*i+:16]),
                .INIT1(INITS[32*i+16+:16]),
                .INJECT1_0("NO"),
                .INJECT1_1("NO")
            ) u_cell (
                .CIN(carry[i]),
                .A0(a[2*i]),
                .B0(b[2*i]),
                .C0(c[2*i]),
                .D0(d[2*i]),
                .A1(a[2*i+1]),
                .B1(b[2*i+1]),
                .C1(c[2*i+1]),
                .D1(d[2*i+1]),
                .S0(sum[2*i]),
                .S1(sum[2*i+1]),
                .COUT(carry[i+1])
            );
        end
        if (SLOTS % 2 == 1) begin : gen_last
            wire [1:0] unused;

            CCU2C #(
                .INIT0(INITS[16*SLOTS-16+:16]),
                .INIT1(16'h0000),
                .INJECT1_0("NO"),
                .INJECT1_1("NO")
            ) u_cell (
                .CIN(carry[PAIRS]),
                .A0(a[SLOTS-1]),
                .B0(b[SLOTS-1]),
                .C0(c[SLOTS-1]),
                .D0(d[SLOTS-1]),
                .A1(1'b0),
                .B1(1'b0),
                .C1(1'b0),
                .D1(1'b0),
                .S0(sum[SLOTS-1]),
                .S1(unused[0]),
                .COUT(unused[1])
            );
        end else begin : gen_even
            wire unused_carry = &{1'b0, carry[PAIRS]};
        end
    endgenerate
endmodule
`default_nettype wire
