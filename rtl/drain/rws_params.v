// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Memories of requantization parameters: Q values of VALUE_W bits a word and above them the write flag. Each holds VALUES of them, the
// last one what is left and the flag, and has WAY registers of the address of its own, so that no wire leads to all.
//   word(t + WAY + 1) = mem[raddr(t)]
// INIT names the images: INIT.hex of one memory, INIT_0.hex and so on of several; empty is none. Throughput a word per cycle.
`default_nettype none
module rws_params #(
    parameter Q = 2,
    parameter VALUE_W = 20,
    parameter VALUES = 2,
    parameter LOADER = 0,
    parameter WORDS = 8,
    parameter ADDR_W = 4,
    parameter INIT = "",
    parameter WAY = 0
) (
    input  wire                          clk,
    input  wire [(Q+VALUES-1)/VALUES-1:0] load_we,
    input  wire [71:0]                   load,
    input  wire [ADDR_W-1:0]             raddr,
    output wire [Q*VALUE_W:0]            word
);
    localparam PARTS = (Q + VALUES - 1) / VALUES;

    generate
        if (PARTS > 10) begin : gen_error
            rws_error_at_most_ten_parameter_memories u_refused ();
        end
    endgenerate

    genvar p;
    generate
        for (p = 0; p < PARTS; p = p + 1) begin : gen_part
            localparam FIRST = p * VALUES;
            localparam WIDTH = (p < PARTS - 1) ? VALUES * VALUE_W : (Q - FIRST) * VALUE_W + 1;
            localparam [7:0] DIGIT_0 = "0";
            localparam [7:0] NUMBER = p;
            localparam [7:0] DIGIT = DIGIT_0 + NUMBER;
            localparam FILE = (INIT == "") ? "" : (PARTS == 1) ? {16'd0, INIT, ".hex"} : {INIT, "_", DIGIT, ".hex"};

            wire [ADDR_W-1:0] near_raddr;

            rws_delay #(
                .WIDTH(ADDR_W),
                .CYCLES(WAY)
            ) u_raddr (
                .clk(clk),
                .din(raddr),
                .dout(near_raddr)
            );

            rws_memory #(
                .LOADER(LOADER),
                .WIDTH(WIDTH),
                .DEPTH(WORDS),
                .ADDR_W(ADDR_W),
                .INIT(FILE),
                .LOGIC(0),
                .LATENCY(1)
            ) u_memory (
                .clk(clk),
                .we(load_we[p]),
                .load(load),
                .raddr(near_raddr),
                .rdata(word[FIRST*VALUE_W+:WIDTH])
            );
        end
    endgenerate
endmodule
`default_nettype wire
