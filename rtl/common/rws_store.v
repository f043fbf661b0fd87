// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Memory of a program that a loader fills, 32 bits (a column of its words) at a time; else like rws_ram.
//   rdata(t+LATENCY) = mem[raddr(t)]
// Writes beyond DEPTH and beyond the columns of a word are dropped. INIT as in rws_ram; where it is empty a simulator with unknown
// values starts with 0, as devices do.
`default_nettype none
module rws_store #(
    parameter WIDTH = 40,
    parameter DEPTH = 16,
    parameter ADDR_W = 4,
    parameter INIT = "",
    parameter LATENCY = 1
) (
    input  wire              clk,
    input  wire              we,
    input  wire [15:0]       column,
    input  wire [23:0]       waddr,
    input  wire [31:0]       wdata,
    input  wire [ADDR_W-1:0] raddr,
    output wire [WIDTH-1:0]  rdata
);
    localparam INDEX_W = (DEPTH > 1) ? $clog2(DEPTH) : 1;
    localparam FULL = WIDTH / 32;
    localparam REST = WIDTH - 32*FULL;
    localparam [24:0] END = DEPTH;

    (* no_rw_check *) reg [WIDTH-1:0] mem [0:DEPTH-1];
    reg [WIDTH-1:0] rdata_q;

    wire [INDEX_W-1:0] windex = waddr[INDEX_W-1:0];
    wire [INDEX_W-1:0] rindex = raddr[INDEX_W-1:0];
    wire               in_range = we && {1'b0, waddr} < END;

`ifndef SYNTHESIS
    rws_image_check #(
        .WIDTH(WIDTH),
        .DEPTH(DEPTH),
        .FILE(INIT)
    ) u_image_check ();
`endif

    always @(posedge clk) rdata_q <= mem[rindex];

    genvar c;
    generate
        if (ADDR_W > INDEX_W) begin : gen_spare
            wire unused_high = &{1'b0, raddr[ADDR_W-1:INDEX_W]};
        end
        if (INIT != "") begin : gen_init
            initial $readmemh(INIT, mem, 0, DEPTH - 1);
`ifndef SYNTHESIS
        end else begin : gen_clear
            integer word;
            initial for (word = 0; word < DEPTH; word = word + 1) mem[word] = {WIDTH{1'b0}};
`endif
        end
        for (c = 0; c < FULL; c = c + 1) begin : gen_column
            localparam [15:0] NUMBER = c;
            always @(posedge clk) if (in_range && column == NUMBER) mem[windex][32*c+:32] <= wdata;
        end
        if (FULL == 0) begin : gen_narrow
            wire unused_wdata = &{1'b0, wdata[31:REST]};
        end
        if (REST > 0) begin : gen_rest
            localparam [15:0] NUMBER = FULL;
            always @(posedge clk) if (in_range && column == NUMBER) mem[windex][WIDTH-1:32*FULL] <= wdata[REST-1:0];
        end
    endgenerate

    rws_delay #(
        .WIDTH(WIDTH),
        .CYCLES(LATENCY - 1)
    ) u_delay (
        .clk(clk),
        .din(rdata_q),
        .dout(rdata)
    );
endmodule
`default_nettype wire
