// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Memory with one write port and one read port.
//   rdata(t+LATENCY) = mem[raddr(t)] where re(t); otherwise rdata keeps its value. LATENCY - 1 registers
// come after the memory.
// Reading and writing one address in the same cycle is not allowed: the result is the old word in simulation
// and undefined in hardware. INIT names a $readmemh file of exactly DEPTH words of as many digits as WIDTH takes; a simulation
// ends where it is anything else. Empty means no initial contents, in simulators with unknown values 0: words that are read
// beside weights of 0 need not be written. CLEAR = 1: 0 in every simulator, as in devices. LOGIC = 1 is a small read-only table
// kept out of block RAM. we has a bit for every COLUMN_W bits of a word, by default one for all of them.
`default_nettype none
module rws_ram #(
    parameter WIDTH = 8,
    parameter DEPTH = 16,
    parameter ADDR_W = 4,
    parameter INIT = "",
    parameter LOGIC = 0,
    parameter LATENCY = 1,
    parameter COLUMN_W = WIDTH,
    parameter CLEAR = 0
) (
    input  wire              clk,
    input  wire [(WIDTH+COLUMN_W-1)/COLUMN_W-1:0] we,
    input  wire [ADDR_W-1:0] waddr,
    input  wire [WIDTH-1:0]  wdata,
    input  wire              re,
    input  wire [ADDR_W-1:0] raddr,
    output wire [WIDTH-1:0]  rdata
);
    localparam INDEX_W = (DEPTH > 1) ? $clog2(DEPTH) : 1;
    localparam COLUMNS = (WIDTH + COLUMN_W - 1) / COLUMN_W;

    wire [INDEX_W-1:0] windex = waddr[INDEX_W-1:0];
    wire [INDEX_W-1:0] rindex = raddr[INDEX_W-1:0];
    reg [WIDTH-1:0] rdata_q;

`ifndef SYNTHESIS
    rws_image_check #(
        .WIDTH(WIDTH),
        .DEPTH(DEPTH),
        .FILE(INIT)
    ) u_image_check ();
`endif

    genvar c;
    generate
        if (ADDR_W > INDEX_W) begin : gen_spare
            wire unused_high = &{1'b0, waddr[ADDR_W-1:INDEX_W], raddr[ADDR_W-1:INDEX_W]};
        end

        if (LOGIC) begin : gen_logic
            (* rom_style = "logic", ram_style = "logic" *) reg [WIDTH-1:0] mem [0:DEPTH-1];
            wire unused_write = &{1'b0, we, windex, wdata};
            initial $readmemh(INIT, mem, 0, DEPTH - 1);
            always @(posedge clk) if (re) rdata_q <= mem[rindex];
        end else begin : gen_block
            (* no_rw_check *) reg [WIDTH-1:0] mem [0:DEPTH-1];
            if (INIT != "") begin : gen_init
                initial $readmemh(INIT, mem, 0, DEPTH - 1);
            end
`ifndef SYNTHESIS
`ifdef VERILATOR
            if (INIT == "" && CLEAR != 0) begin : gen_clear
`else
            if (INIT == "") begin : gen_clear
`endif
                integer word;
                initial for (word = 0; word < DEPTH; word = word + 1) mem[word] = {WIDTH{1'b0}};
            end
`endif
            for (c = 0; c < COLUMNS; c = c + 1) begin : gen_column
                localparam W = (COLUMN_W*(c+1) < WIDTH) ? COLUMN_W : WIDTH - COLUMN_W*c;
                always @(posedge clk) if (we[c]) mem[windex][COLUMN_W*c+:W] <= wdata[COLUMN_W*c+:W];
            end
            always @(posedge clk) if (re) rdata_q <= mem[rindex];
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
