// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Residual memory: one tensor slice (Q channels of one pixel) per word, written and read by the drain in its own order.
// A tensor may be rewritten in place while it is being read: each read precedes the write of the same word.
`default_nettype none
module rws_residual #(
    parameter Q = 2,
    parameter ACT_W = 4,
    parameter DEPTH = 16,
    parameter ADDR_W = 4,
    parameter LATENCY = 1
) (
    input  wire               clk,
    input  wire               we,
    input  wire [ADDR_W-1:0]  waddr,
    input  wire [Q*ACT_W-1:0] wdata,
    input  wire               gate,
    input  wire [ADDR_W-1:0]  raddr,
    output wire [Q*ACT_W-1:0] rdata
);
    wire [Q*ACT_W-1:0] word;

    rws_ram #(
        .WIDTH(Q*ACT_W),
        .DEPTH(DEPTH),
        .ADDR_W(ADDR_W),
        .INIT(""),
        .LOGIC(0),
        .LATENCY(LATENCY)
    ) u_ram (
        .clk(clk),
        .we(we),
        .waddr(waddr),
        .wdata(wdata),
        .re(1'b1),
        .raddr(raddr),
        .rdata(word)
    );

    // A layer without residual operand adds zero: its RM and RB are zero, and gate keeps stale words out. Each value has registers
    // of it; it does not change while values are on their way.
    genvar q;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_value
            wire near;

            rws_delay #(
                .WIDTH(1),
                .CYCLES(LATENCY - 1)
            ) u_near (
                .clk(clk),
                .din(gate),
                .dout(near)
            );

            assign rdata[q*ACT_W+:ACT_W] = word[q*ACT_W+:ACT_W] & {ACT_W{near}};
        end
    endgenerate
endmodule
`default_nettype wire
