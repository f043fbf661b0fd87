// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Two image buffers in turns: buffer `fill` is filled, `select` read. ended: the one that is filled is full; free: the one that is
// read is not needed any more. open says that the buffer to fill is free, ready that the one to read is full; all change a cycle
// behind what changes them.
`default_nettype none
module rws_buffers (
    input  wire clk,
    input  wire rst,
    input  wire ended,
    input  wire free,
    output wire fill,
    output wire select,
    output wire open,
    output wire ready
);
    reg [1:0] full_q;
    reg       fill_q;
    reg       select_q;
    reg       open_q;

    wire       fill_next = fill_q ^ ended;
    wire [1:0] full_next = (full_q | {ended && fill_q, ended && !fill_q}) & ~{free && select_q, free && !select_q};

    always @(posedge clk) begin
        if (rst) begin
            full_q <= 2'b00;
            fill_q <= 1'b0;
            select_q <= 1'b0;
            open_q <= 1'b0;
        end else begin
            full_q <= full_next;
            fill_q <= fill_next;
            select_q <= select_q ^ free;
            open_q <= !full_next[fill_next];
        end
    end

    assign fill = fill_q;
    assign select = select_q;
    assign open = open_q;
    assign ready = full_q[select_q];
endmodule
`default_nettype wire
