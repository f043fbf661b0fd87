// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Activation memory: PX banks, bank b holds the pixels with (flat index mod PX) = b, CI channels per word.
// Every bank is read each cycle at an address of its own, LATENCY as in rws_ram; one slice (Q channels of one bank) is
// written per cycle.
`default_nettype none
module rws_act_mem #(
    parameter PX = 2,
    parameter CI = 4,
    parameter Q = 2,
    parameter ACT_W = 4,
    parameter DEPTH = 16,
    parameter ADDR_W = 4,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter LATENCY = 1
) (
    input  wire                   clk,
    input  wire                   we,
    input  wire [BANK_W-1:0]      wbank,
    input  wire [SLICE_W-1:0]     wslice,
    input  wire [ADDR_W-1:0]      waddr,
    input  wire [Q*ACT_W-1:0]     wdata,
    input  wire [PX*ADDR_W-1:0]   raddr,
    output wire [PX*CI*ACT_W-1:0] rdata
);
    localparam SLICES = CI / Q;

    genvar b;
    genvar s;
    generate
        for (b = 0; b < PX; b = b + 1) begin : gen_bank
            for (s = 0; s < SLICES; s = s + 1) begin : gen_slice
                localparam [BANK_W-1:0] BANK = b;
                localparam [SLICE_W-1:0] SLICE = s;

                rws_ram #(
                    .WIDTH(Q*ACT_W),
                    .DEPTH(DEPTH),
                    .ADDR_W(ADDR_W),
                    .INIT(""),
                    .LOGIC(0),
                    .LATENCY(LATENCY)
                ) u_ram (
                    .clk(clk),
                    .we(we && wbank == BANK && wslice == SLICE),
                    .waddr(waddr),
                    .wdata(wdata),
                    .re(1'b1),
                    .raddr(raddr[b*ADDR_W+:ADDR_W]),
                    .rdata(rdata[(b*CI+s*Q)*ACT_W+:Q*ACT_W])
                );
            end
        end
    endgenerate
endmodule
`default_nettype wire
