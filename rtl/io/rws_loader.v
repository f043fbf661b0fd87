// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Fills the memories of a program, 32 bits at a time. A place is a memory's number (bits 31 to 24) and a word of it (bits 23 to 0).
// The words that follow fill the memory from there on: each COLUMNS of its words, lowest bits first, make one of the memory's. The
// write comes a cycle after the word. COLUMNS has 16 bits for each memory. What the core reads meanwhile may be either word: stop it.
`default_nettype none
module rws_loader #(
    parameter MEMORIES = 4,
    parameter [16*MEMORIES-1:0] COLUMNS = {MEMORIES{16'd1}}
) (
    input  wire                clk,
    input  wire                place,
    input  wire                data,
    input  wire [31:0]         word,
    output wire [MEMORIES-1:0] we,
    output wire [15:0]         column,
    output wire [23:0]         addr,
    output wire [31:0]         wdata
);
    reg [7:0]          memory_q;
    reg [23:0]         addr_q;
    reg [15:0]         column_q;
    reg [MEMORIES-1:0] we_q;
    reg [15:0]         at_column_q;
    reg [23:0]         at_addr_q;
    reg [31:0]         wdata_q;

    wire [MEMORIES-1:0]        selected;
    wire [16*(MEMORIES+1)-1:0] last;
    wire                       full = column_q == last[16*MEMORIES+:16];

    genvar m;
    generate
        assign last[15:0] = 16'd0;
        for (m = 0; m < MEMORIES; m = m + 1) begin : gen_memory
            localparam [7:0] NUMBER = m;
            assign selected[m] = memory_q == NUMBER;
            assign last[16*(m+1)+:16] = last[16*m+:16] | (selected[m] ? COLUMNS[16*m+:16] - 16'd1 : 16'd0);
        end
    endgenerate

    always @(posedge clk) begin
        if (place) begin
            memory_q <= word[31:24];
            addr_q <= word[23:0];
            column_q <= 16'd0;
        end else if (data) begin
            column_q <= full ? 16'd0 : column_q + 16'd1;
            addr_q <= addr_q + {23'd0, full};
        end
        we_q <= data ? selected : {MEMORIES{1'b0}};
        at_column_q <= column_q;
        at_addr_q <= addr_q;
        wdata_q <= word;
    end

    assign we = we_q;
    assign column = at_column_q;
    assign addr = at_addr_q;
    assign wdata = wdata_q;
endmodule
`default_nettype wire
