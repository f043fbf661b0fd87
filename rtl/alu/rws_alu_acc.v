// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Accumulator in one carry chain: when valid, acc <= (first ? 0 : acc) + sum modulo 2^ACC_W, sum unsigned, SUM_W <= ACC_W.
// The restart gates the fed-back operand inside the adder. Latency 1, throughput 1.
`default_nettype none
module rws_alu_acc #(
    parameter [39:0] CELLS = "gowin",
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

    rws_alu_chain #(
        .CELLS(CELLS),
        .KIND("gate"),
        .SLOTS(ACC_W)
    ) u_chain (
        .x({{(ACC_W-SUM_W){1'b0}}, sum}),
        .y(acc_q),
        .c({ACC_W{~first}}),
        .sum(next)
    );

    always @(posedge clk) if (valid) acc_q <= next;

    assign acc = acc_q;
endmodule
`default_nettype wire
