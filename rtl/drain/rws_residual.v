// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Residual memory: one tensor slice (Q channels of one pixel) per word, the low WIDTH bits of the drain's values, written and read by
// the drain in its own order.
// A tensor may be rewritten in place while it is being read: each read precedes the write of the same word. Latency of a read LATENCY,
// throughput 1; values fit WIDTH bits by the width algebra.
`default_nettype none
module rws_residual #(
    parameter Q = 2,
    parameter Y_W = 9,
    parameter WIDTH = 4,
    parameter DEPTH = 16,
    parameter ADDR_W = 4,
    parameter LATENCY = 1
) (
    input  wire               clk,
    input  wire               we,
    input  wire [ADDR_W-1:0]  waddr,
    input  wire [Q*Y_W-1:0]   wdata,
    input  wire               gate,
    input  wire [ADDR_W-1:0]  raddr,
    output wire [Q*WIDTH-1:0] rdata
);
    generate
        if (WIDTH > Y_W) begin : gen_error_0
            rws_error_y_w_must_hold_width u_refused ();
        end
        if (LATENCY < 1) begin : gen_error_1
            rws_error_latency_must_be_positive u_refused ();
        end
    endgenerate

    wire [Q*WIDTH-1:0] kept;
    wire [Q*WIDTH-1:0] word;

    rws_ram #(
        .WIDTH(Q*WIDTH),
        .DEPTH(DEPTH),
        .ADDR_W(ADDR_W),
        .INIT(""),
        .LOGIC(0),
        .LATENCY(LATENCY)
    ) u_ram (
        .clk(clk),
        .we(we),
        .waddr(waddr),
        .wdata(kept),
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

            assign kept[q*WIDTH+:WIDTH] = wdata[q*Y_W+:WIDTH];
            if (WIDTH < Y_W) begin : gen_clamped
                wire unused_wdata = &{1'b0, wdata[q*Y_W+WIDTH+:Y_W-WIDTH]};
            end

            rws_copy #(
                .WIDTH(1),
                .CYCLES(LATENCY - 1)
            ) u_near (
                .clk(clk),
                .din(gate),
                .dout(near)
            );

            assign rdata[q*WIDTH+:WIDTH] = word[q*WIDTH+:WIDTH] & {WIDTH{near}};
        end
    endgenerate
endmodule
`default_nettype wire
