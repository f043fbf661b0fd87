// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// A memory's part of the ring of weights: columns of 64 bits, from column FIRST of the ring's words on, which read ports write as they
// come (rws_stream_in: PER columns for each of PORTS) and the arrays read whole:
//   rdata(t+LATENCY) = mem[raddr(t)]
// Throughput a word per cycle; a word is read when all its columns are there.
`default_nettype none
module rws_ring #(
    parameter WIDTH = 128,
    parameter FIRST = 0,
    parameter PORTS = 1,
    parameter PER = 4,
    parameter RING_W = 9,
    parameter COLUMN_W = 2,
    parameter LATENCY = 1
) (
    input  wire              clk,
    input  wire [PORTS*(65+COLUMN_W+RING_W)-1:0] write,
    input  wire [RING_W-1:0] raddr,
    output wire [WIDTH-1:0]  rdata
);
    localparam WRITE_W = 65 + COLUMN_W + RING_W;
    localparam COLUMNS = (WIDTH + 63) / 64;

    wire unused_write = &{1'b0, write};

    genvar c;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : gen_column
            localparam PORT = (FIRST + c) / PER;
            localparam NUMBER_I = (FIRST + c) % PER;
            localparam [COLUMN_W-1:0] NUMBER = NUMBER_I[COLUMN_W-1:0];
            localparam PART_W = (WIDTH - 64*c < 64) ? WIDTH - 64*c : 64;
            wire [WRITE_W-1:0] own = write[PORT*WRITE_W+:WRITE_W];
            wire               unused_own = &{1'b0, own};

            rws_ram #(
                .WIDTH(PART_W),
                .DEPTH(1 << RING_W),
                .ADDR_W(RING_W),
                .INIT(""),
                .LOGIC(0),
                .LATENCY(LATENCY)
            ) u_ram (
                .clk(clk),
                .we(own[WRITE_W-1] && own[64+RING_W+:COLUMN_W] == NUMBER),
                .waddr(own[64+:RING_W]),
                .wdata(own[PART_W-1:0]),
                .re(1'b1),
                .raddr(raddr),
                .rdata(rdata[64*c+:PART_W])
            );
        end
    endgenerate
endmodule
`default_nettype wire
