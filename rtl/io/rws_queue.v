// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// A queue of 2^DEPTH_W words: dout is the oldest one where valid, and leaves with pop. room says that there is room for a push in this cycle
// and another in the next. A word is there in the cycle behind its push; throughput 1.
`default_nettype none
module rws_queue #(
    parameter WIDTH = 8,
    parameter DEPTH_W = 2
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             push,
    input  wire [WIDTH-1:0] din,
    input  wire             pop,
    output wire             valid,
    output wire             single,
    output wire             room,
    output wire [WIDTH-1:0] dout
);
    localparam COUNT_W = DEPTH_W + 1;
    localparam [COUNT_W-1:0] FULL = (1 << DEPTH_W) - 2;

    reg [WIDTH-1:0]   words [0:(1<<DEPTH_W)-1];
    reg [DEPTH_W-1:0] first_q;
    reg [DEPTH_W-1:0] behind_q;
    reg [COUNT_W-1:0] count_q;
    reg               valid_q;
    reg               single_q;
    reg               room_q;

    wire [COUNT_W-1:0] count_next = count_q + {{(COUNT_W-1){1'b0}}, push} - {{(COUNT_W-1){1'b0}}, pop};

    always @(posedge clk) if (push) words[behind_q] <= din;

    always @(posedge clk) begin
        if (rst) begin
            first_q <= {DEPTH_W{1'b0}};
            behind_q <= {DEPTH_W{1'b0}};
            count_q <= {COUNT_W{1'b0}};
            valid_q <= 1'b0;
            single_q <= 1'b0;
            room_q <= 1'b1;
        end else begin
            first_q <= first_q + {{(DEPTH_W-1){1'b0}}, pop};
            behind_q <= behind_q + {{(DEPTH_W-1){1'b0}}, push};
            count_q <= count_next;
            valid_q <= count_next != {COUNT_W{1'b0}};
            single_q <= count_next == {{(COUNT_W-1){1'b0}}, 1'b1};
            room_q <= count_next <= FULL;
        end
    end

    assign valid = valid_q;
    assign single = single_q;
    assign room = room_q;
    assign dout = words[first_q];
endmodule
`default_nettype wire
