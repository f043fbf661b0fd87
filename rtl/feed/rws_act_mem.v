// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Activation memory: PX banks, bank b holds the pixels with (flat index mod PX) = b, CI channels per word.
// Every bank is read each cycle at an address of its own, LATENCY as in rws_ram. A slice of Q channels is written per cycle in each of at
// most D banks: write has D times {we, bank, slice, address, data}.
`default_nettype none
module rws_act_mem #(
    parameter PX = 2,
    parameter CI = 4,
    parameter Q = 2,
    parameter D = 1,
    parameter ACT_W = 4,
    parameter DEPTH = 16,
    parameter ADDR_W = 4,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter LATENCY = 1,
    parameter WRITE_W = 1 + BANK_W + SLICE_W + ADDR_W + Q*ACT_W
) (
    input  wire                   clk,
    input  wire [D*WRITE_W-1:0]   write,
    input  wire [PX*ADDR_W-1:0]   raddr,
    output wire [PX*CI*ACT_W-1:0] rdata
);
    localparam SLICES = CI / Q;
    localparam PLACED_W = ADDR_W + Q*ACT_W;

    genvar b;
    genvar d;
    genvar s;
    generate
        for (b = 0; b < PX; b = b + 1) begin : gen_bank
            for (s = 0; s < SLICES; s = s + 1) begin : gen_slice
                localparam [BANK_W-1:0] BANK = b;
                localparam [SLICE_W-1:0] SLICE = s;
                wire [D-1:0]        hits;
                wire [PLACED_W-1:0] placed;

                for (d = 0; d < D; d = d + 1) begin : gen_hit
                    assign hits[d] = write[d*WRITE_W+PLACED_W+:1+BANK_W+SLICE_W] == {1'b1, BANK, SLICE};
                end
                if (D > 1) begin : gen_choose
                    reg [$clog2(D)-1:0] lane;
                    integer             i;

                    // At most one of them by the plan.
                    always @* begin
                        lane = {$clog2(D){1'b0}};
                        for (i = 1; i < D; i = i + 1) if (hits[i]) lane = i[$clog2(D)-1:0];
                    end
                    assign placed = write[lane*WRITE_W+:PLACED_W];
                end else begin : gen_one
                    assign placed = write[PLACED_W-1:0];
                end

                rws_ram #(
                    .WIDTH(Q*ACT_W),
                    .DEPTH(DEPTH),
                    .ADDR_W(ADDR_W),
                    .INIT(""),
                    .LOGIC(0),
                    .LATENCY(LATENCY)
                ) u_ram (
                    .clk(clk),
                    .we(|hits),
                    .waddr(placed[Q*ACT_W+:ADDR_W]),
                    .wdata(placed[Q*ACT_W-1:0]),
                    .re(1'b1),
                    .raddr(raddr[b*ADDR_W+:ADDR_W]),
                    .rdata(rdata[(b*CI+s*Q)*ACT_W+:Q*ACT_W])
                );
            end
        end
    endgenerate
endmodule
`default_nettype wire
