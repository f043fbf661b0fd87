// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// iCE40: registered sum of two products p = t + (g ? a << 2 : 0), each inverted in PROD_W bits where its sign s is set:
//   sum = (p0 ^ s0) + (p1 ^ s1), PROD_W + 1 bits; p < 2^PROD_W. Latency 2, throughput 1, exact.
// p1 is inverted by s0 ^ s1 and the sum by s0; the carry s0 makes that exact: ~(p0 + ~p1 + 1) = ~p0 + p1, modulo one wrap.
// The chain of p0 takes the plain row where g is off, needs no gate, and hands the carry to the sum above it.
`default_nettype none
module rws_ice40_pair #(
    parameter ACT_W = 4
) (
    input  wire               clk,
    input  wire [ACT_W-1:0]   a0,
    input  wire [ACT_W+1:0]   t0,
    input  wire               g0,
    input  wire               s0,
    input  wire [ACT_W-1:0]   a1,
    input  wire [ACT_W+1:0]   t1,
    input  wire               g1,
    input  wire               s1,
    output wire [ACT_W+3:0]   sum
);
    localparam PROD_W = ACT_W + 3;
    localparam HIGH_W = ACT_W + 1;

    wire                invert = s0 ^ s1;
    wire [HIGH_W-1:0]   high0;
    wire [HIGH_W-1:0]   high1;
    wire [PROD_W:0]     total;
    reg                 sign_q;
    reg  [PROD_W-1:0]   p0_q;
    reg  [PROD_W-1:0]   p1_q;
    reg  [PROD_W:0]     sum_q;

    rws_ice40_chain #(
        .SLOTS(HIGH_W + PROD_W + 1),
        // Sum: i0 ^ x ^ y ^ carry. Product: top i0 & carry, then i0 ? x ^ y ^ carry : x.
        .INITS({{(PROD_W+1){16'h6996}}, 16'hAA00, {ACT_W{16'hC66C}}})
    ) u_even (
        .i0({{(PROD_W+1){sign_q}}, {HIGH_W{g0}}}),
        .x({1'b0, p0_q, sign_q, t0[ACT_W+1:2]}),
        .y({1'b0, p1_q, sign_q, a0}),
        .out({total, high0})
    );

    rws_ice40_chain #(
        .SLOTS(HIGH_W),
        .INITS({HIGH_W{16'h6996}})
    ) u_odd (
        .i0({HIGH_W{invert}}),
        .x({1'b0, t1[ACT_W+1:2]}),
        .y({1'b0, a1 & {ACT_W{g1}}}),
        .out(high1)
    );

    always @(posedge clk) begin
        sign_q <= s0;
        p0_q <= {high0, t0[1:0]};
        p1_q <= {high1, t1[1:0] ^ {2{invert}}};
        sum_q <= total;
    end

    assign sum = sum_q;
endmodule
`default_nettype wire
