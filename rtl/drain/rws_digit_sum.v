// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Sums of the digits of activations, Q accumulators per cycle, the highest digit's pass first:
//   sum[index] = acc + (head ? 0 : sum[index] << SHIFT)
// where index and head, of a slice where run, come WAIT cycles before their accumulators, and the sum on the right is that of the pass
// before, whose slice of this index is at least three cycles older. Latency 1, throughput 1; SUM_W is wide enough by the width algebra.
`default_nettype none
module rws_digit_sum #(
    parameter Q = 2,
    parameter ACC_W = 12,
    parameter SUM_W = 16,
    parameter SHIFT = 4,
    parameter DEPTH = 4,
    parameter INDEX_W = 2,
    parameter WAIT = 1
) (
    input  wire               clk,
    input  wire               run,
    input  wire [INDEX_W-1:0] index,
    input  wire               head,
    input  wire [Q*ACC_W-1:0] acc,
    output wire [Q*SUM_W-1:0] sum
);
    generate
        if (SUM_W < ACC_W || SUM_W <= SHIFT || WAIT < 1) begin : gen_error
            rws_error_sum_w_must_hold_acc_w u_refused ();
        end
    endgenerate

    wire [INDEX_W-1:0] index_read;
    wire [INDEX_W-1:0] index_write;
    wire               is_slice;
    wire               is_head;
    reg                write_q;
    wire [Q*SUM_W-1:0] kept;
    reg  [Q*SUM_W-1:0] sum_q;

    rws_delay #(
        .WIDTH(INDEX_W),
        .CYCLES(WAIT - 1)
    ) u_read (
        .clk(clk),
        .din(index),
        .dout(index_read)
    );

    rws_delay #(
        .WIDTH(INDEX_W),
        .CYCLES(2)
    ) u_write (
        .clk(clk),
        .din(index_read),
        .dout(index_write)
    );

    rws_delay #(
        .WIDTH(2),
        .CYCLES(WAIT)
    ) u_flags (
        .clk(clk),
        .din({run, head}),
        .dout({is_slice, is_head})
    );

    rws_ram #(
        .WIDTH(Q*SUM_W),
        .DEPTH(DEPTH),
        .ADDR_W(INDEX_W),
        .INIT(""),
        .LOGIC(0),
        .LATENCY(1)
    ) u_ram (
        .clk(clk),
        .we(write_q),
        .waddr(index_write),
        .wdata(sum_q),
        .re(1'b1),
        .raddr(index_read),
        .rdata(kept)
    );

    always @(posedge clk) write_q <= is_slice;

    genvar q;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            wire [SUM_W-1:0] value = {{(SUM_W-ACC_W){acc[(q+1)*ACC_W-1]}}, acc[q*ACC_W+:ACC_W]};
            wire [SUM_W-1:0] higher = kept[q*SUM_W+:SUM_W] << SHIFT;

            always @(posedge clk) sum_q[q*SUM_W+:SUM_W] <= value + (is_head ? {SUM_W{1'b0}} : higher);
        end
    endgenerate

    assign sum = sum_q;
endmodule
`default_nettype wire
