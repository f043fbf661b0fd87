// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Accumulator on 7-series cells, one LUT per bit: when valid, acc <= (first ? 0 : acc) + sum of COUNT (1 or 2) unsigned
// numbers, modulo 2^ACC_W. Latency 1, throughput 1.
`default_nettype none
module rws_xc7_acc #(
    parameter COUNT = 2,
    parameter WIDTH = 11,
    parameter ACC_W = 24
) (
    input  wire                   clk,
    input  wire                   valid,
    input  wire                   first,
    input  wire [COUNT*WIDTH-1:0] din,
    output wire [ACC_W-1:0]       acc
);
    generate
        if (COUNT < 1 || COUNT > 2) begin : gen_error
            rws_error_count_must_be_one_or_two u_refused ();
        end
    endgenerate

    localparam WIDE = WIDTH + ACC_W;

    wire [WIDE-1:0]  x = {{ACC_W{1'b0}}, din[0+:WIDTH]};
    wire [WIDE-1:0]  y = (COUNT > 1) ? {{ACC_W{1'b0}}, din[(COUNT-1)*WIDTH+:WIDTH]} : {WIDE{1'b0}};
    wire [ACC_W:0]   total;
    reg  [ACC_W-1:0] acc_q;

    rws_xc7_add3 #(
        .WIDTH(ACC_W)
    ) u_add (
        .x(x[ACC_W-1:0]),
        .y(y[ACC_W-1:0]),
        .z(acc_q),
        .clear(first),
        .total(total)
    );

    wire unused_high = &{1'b0, total[ACC_W], x[WIDE-1:ACC_W], y[WIDE-1:ACC_W]};

    always @(posedge clk) begin
        if (valid) acc_q <= total[ACC_W-1:0];
    end

    assign acc = acc_q;
endmodule
`default_nettype wire
