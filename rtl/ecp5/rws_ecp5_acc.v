// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5 accumulator: when valid, acc <= (first ? 0 : acc) + sum modulo 2^ACC_W, sum unsigned, SUM_W <= ACC_W.
// One slot of the carry chain per bit: the restart gates the fed-back operand inside the adder. Latency 1, throughput 1.
`default_nettype none
module rws_ecp5_acc #(
    parameter SUM_W = 12,
    parameter ACC_W = 24
) (
    input  wire             clk,
    input  wire             valid,
    input  wire             first,
    input  wire [SUM_W-1:0] sum,
    output wire [ACC_W-1:0] acc
);
    generate
        if (SUM_W > ACC_W) begin : gen_error
            rws_error_acc_w_must_hold_sum_w u_refused ();
        end
    endgenerate

    wire [ACC_W-1:0] next;
    reg  [ACC_W-1:0] acc_q;

    rws_ecp5_chain #(
        .SLOTS(ACC_W),
        // (a & ~b) ^ (c & d)
        .INITS({ACC_W{16'hD222}})
    ) u_chain (
        .a(acc_q),
        .b({ACC_W{first}}),
        .c({{(ACC_W-SUM_W){1'b0}}, sum}),
        .d({ACC_W{1'b1}}),
        .sum(next)
    );

    always @(posedge clk) if (valid) acc_q <= next;

    assign acc = acc_q;
endmodule
`default_nettype wire
