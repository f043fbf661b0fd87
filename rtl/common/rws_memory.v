// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Memory of a program, filled by the bitstream (INIT, as in rws_ram) or, with LOADER = 1, by the loader too, 32 bits (a column of its
// words) at a time:
//   rdata(t+LATENCY) = mem[raddr(t)]
// load is {column (16 bits), address (24), data (32)}. Writes beyond DEPTH and beyond the columns of a word are dropped. LOGIC, of
// a memory without a loader, as in rws_ram. Throughput a word per cycle.
`default_nettype none
module rws_memory #(
    parameter LOADER = 1,
    parameter WIDTH = 40,
    parameter DEPTH = 16,
    parameter ADDR_W = 4,
    parameter INIT = "",
    parameter LOGIC = 0,
    parameter LATENCY = 1
) (
    input  wire              clk,
    input  wire              we,
    input  wire [71:0]       load,
    input  wire [ADDR_W-1:0] raddr,
    output wire [WIDTH-1:0]  rdata
);
    generate
        if (ADDR_W > 24) begin : gen_error_0
            rws_error_addr_w_must_be_at_most_24 u_refused ();
        end
        if (LOADER != 0 && LOGIC != 0) begin : gen_error_1
            rws_error_no_loader_for_tables_in_logic u_refused ();
        end
    endgenerate

    localparam COLUMN_W = (WIDTH < 32) ? WIDTH : 32;
    localparam COLUMNS = (WIDTH + 31) / 32;
    localparam [24:0] END = DEPTH;

    genvar c;
    generate
        if (LOADER) begin : gen_loader
            wire [31:0]           data = load[31:0];
            wire [23:0]           address = load[55:32];
            wire [15:0]           column = load[71:56];
            wire                  in_range = we && {1'b0, address} < END;
            wire [COLUMNS-1:0]    write;
            wire [32*COLUMNS-1:0] word = {COLUMNS{data}};

            for (c = 0; c < COLUMNS; c = c + 1) begin : gen_column
                localparam [15:0] NUMBER = c;
                assign write[c] = in_range && column == NUMBER;
            end
            if (WIDTH < 32*COLUMNS) begin : gen_narrow
                wire unused_word = &{1'b0, word[32*COLUMNS-1:WIDTH]};
            end

            rws_ram #(
                .WIDTH(WIDTH),
                .DEPTH(DEPTH),
                .ADDR_W(ADDR_W),
                .INIT(INIT),
                .LOGIC(0),
                .LATENCY(LATENCY),
                .COLUMN_W(COLUMN_W),
                .CLEAR(1)
            ) u_ram (
                .clk(clk),
                .we(write),
                .waddr(address[ADDR_W-1:0]),
                .wdata(word[WIDTH-1:0]),
                .re(1'b1),
                .raddr(raddr),
                .rdata(rdata)
            );
        end else begin : gen_fixed
            wire unused_load = &{1'b0, we, load};

            rws_ram #(
                .WIDTH(WIDTH),
                .DEPTH(DEPTH),
                .ADDR_W(ADDR_W),
                .INIT(INIT),
                .LOGIC(LOGIC),
                .LATENCY(LATENCY)
            ) u_ram (
                .clk(clk),
                .we(1'b0),
                .waddr({ADDR_W{1'b0}}),
                .wdata({WIDTH{1'b0}}),
                .re(1'b1),
                .raddr(raddr),
                .rdata(rdata)
            );
        end
    endgenerate
endmodule
`default_nettype wire
