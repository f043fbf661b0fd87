// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Beats of images, of whose bytes the low IN_W bits are kept: two halves of a buffer are filled in turns and left in the same order. An
// image is beat_last + 1 beats of which the last alone has tlast. What an earlier tlast ends, or a beat with a null byte before the
// last one, is dropped. A last beat without tlast is kept as the first of an image instead, or dropped too where an image is one beat.
// With hold no beat is accepted.
//   bad says that such a beat is accepted, fault comes a cycle behind it. held: a half has a beat, until it is left (leaves, half), or the
// image is done, or a fault drops it. An image begins in half next_half, that of the beat that is kept if one is. No beat of the next
// image is accepted before done. tready waits for nothing outside. Throughput a beat a cycle.
`default_nettype none
module rws_beats #(
    parameter BYTES = 4,
    parameter IN_W = 4,
    parameter BEAT_W = 3
) (
    input  wire                clk,
    input  wire                rst,
    input  wire                single,
    input  wire [BEAT_W-1:0]   beat_last,
    input  wire [8*BYTES-1:0]  s_axis_tdata,
    input  wire [BYTES-1:0]    s_axis_tkeep,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    input  wire                s_axis_tlast,
    input  wire                leaves,
    input  wire                half,
    input  wire                done,
    input  wire                hold,
    output wire [2*BYTES*IN_W-1:0] elements,
    output wire [1:0]          held,
    output wire                next_half,
    output wire                bad,
    output wire                fault
);
    reg [BYTES*IN_W-1:0] low_q;
    reg [BYTES*IN_W-1:0] high_q;
    reg [BEAT_W-1:0]     count_q;
    reg [1:0]            held_q;
    reg                  write_q;
    reg                  whole_q;
    reg                  ready_q;
    reg                  fault_q;
    reg                  stays_q;

    wire [BYTES*IN_W-1:0] beat;
    genvar b;
    generate
        for (b = 0; b < BYTES; b = b + 1) begin : gen_byte
            assign beat[b*IN_W+:IN_W] = s_axis_tdata[8*b+:IN_W];
            if (IN_W < 8) begin : gen_narrow
                wire unused_high = &{1'b0, s_axis_tdata[8*b+IN_W+:8-IN_W]};
            end
        end
    endgenerate

    wire accept = s_axis_tvalid && ready_q;
    wire last = count_q == beat_last;
    wire full = &s_axis_tkeep;
    assign bad = accept && (s_axis_tlast != last || (!last && !full));
    wire stays = fault_q && stays_q;
    wire next_write = write_q ^ accept;
    wire dropped = done || fault_q;
    wire whole_next = (accept && last) || (whole_q && !dropped);
    // But for done, which comes late and only when an image is whole.
    wire ready_next = !(accept && last) && !bad && (fault_q || (!whole_q && (!held_q[next_write] || leaves)));
    wire low_next = (accept && !write_q) || (stays && write_q) || (held_q[0] && !dropped && !(leaves && !half));
    wire high_next = (accept && write_q) || (stays && !write_q) || (held_q[1] && !dropped && !(leaves && half));

    always @(posedge clk) begin
        if (accept && !write_q) low_q <= beat;
        if (accept && write_q) high_q <= beat;
        stays_q <= last && full && !single;
    end

    always @(posedge clk) begin
        if (rst) begin
            count_q <= {BEAT_W{1'b0}};
            held_q <= 2'd0;
            write_q <= 1'b0;
            whole_q <= 1'b0;
            ready_q <= 1'b0;
            fault_q <= 1'b0;
        end else begin
            if (fault_q) count_q <= {{(BEAT_W-1){1'b0}}, stays_q};
            else if (accept) count_q <= last ? {BEAT_W{1'b0}} : count_q + {{(BEAT_W-1){1'b0}}, 1'b1};
            held_q <= {high_next, low_next};
            write_q <= next_write;
            whole_q <= whole_next;
            ready_q <= !hold && (ready_next || done);
            fault_q <= bad;
        end
    end

    assign s_axis_tready = ready_q && !rst;
    assign elements = {high_q, low_q};
    assign held = held_q;
    assign next_half = write_q ^ stays;
    assign fault = fault_q;
endmodule
`default_nettype wire
