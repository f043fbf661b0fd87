// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Constants of Q values behind leaky rectifiers: set(t) is the second set of SET_W bits where acc(t - 1) < below, else the first one; acc_d
// belongs to it. A value's parameters are, lowest first, both sets and below, signed as acc is. Throughput 1.
`default_nettype none
module rws_bend #(
    parameter Q = 2,
    parameter ACC_W = 16,
    parameter SET_W = 23
) (
    input  wire                         clk,
    input  wire [Q*ACC_W-1:0]           acc,
    input  wire [Q*(2*SET_W+ACC_W)-1:0] param,
    output wire [Q*ACC_W-1:0]           acc_d,
    output wire [Q*SET_W-1:0]           set
);
    localparam VALUE_W = 2*SET_W + ACC_W;

    genvar q;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            wire [SET_W-1:0]        first = param[q*VALUE_W+:SET_W];
            wire [SET_W-1:0]        second = param[q*VALUE_W+SET_W+:SET_W];
            wire signed [ACC_W-1:0] below = param[q*VALUE_W+2*SET_W+:ACC_W];
            wire signed [ACC_W-1:0] own = acc[q*ACC_W+:ACC_W];
            reg  [ACC_W-1:0]        acc_q;
            reg  [SET_W-1:0]        set_q;

            always @(posedge clk) begin
                acc_q <= own;
                set_q <= (own < below) ? second : first;
            end

            assign acc_d[q*ACC_W+:ACC_W] = acc_q;
            assign set[q*SET_W+:SET_W] = set_q;
        end
    endgenerate
endmodule
`default_nettype wire
