// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Image output: the dense array [pixel][channel] on AXI4-Stream, elements of OUT_W bits in beats of STREAM_W, of which only an image's last
// (tlast) may be shorter (tkeep). A ring of 2^RING_W pixels of 2^WORD_W words of Q elements holds what is drained: blocks of pixels,
// of each block first the words of the first row group (pass) for every pixel, then those of the next. A pass whose last pixel has
// all its words ends the block. lane ends a pixel, which counts if it is real; a pixel that is not is overwritten. The reader takes a unit a cycle: an
// element, where order (word, then lane, of each channel; rdata(t+1) of raddr(t)) says it is; or with ORDERED = 1 a word, the next. LATENCY is
// that of the ring; the reader stands still as a whole.
// Room for a block is reserved before its first pass: room says that there is, but not in this cycle and the next after a reservation.
`default_nettype none
module rws_axis_out #(
    parameter Q = 2,
    parameter Y_W = 9,
    parameter OUT_W = 8,
    parameter STREAM_W = 32,
    parameter ORDERED = 0,
    parameter RING_W = 1,
    parameter WORD_W = 2,
    parameter LANE_W = 1,
    parameter UNIT_W = 4,
    parameter PIXEL_W = 1,
    parameter BLOCK_W = 1,
    parameter LATENCY = 1
) (
    input  wire                     clk,
    input  wire                     rst,
    // of rws_header, stable but in reset: units, pixels and words of a pixel but one; pixels of a block
    input  wire [UNIT_W-1:0]        unit_last,
    input  wire [PIXEL_W-1:0]       pixel_last,
    input  wire [WORD_W-1:0]        word_last,
    input  wire [BLOCK_W-1:0]       block,
    output wire                     room,
    input  wire                     reserve,
    input  wire                     push,
    input  wire                     lane,
    input  wire                     real_lane,
    input  wire                     pass_end,
    input  wire [Q*Y_W-1:0]         din,
    output wire [UNIT_W-1:0]        order_raddr,
    input  wire [WORD_W+LANE_W-1:0] order_rdata,
    output wire [STREAM_W-1:0]      m_axis_tdata,
    output wire [STREAM_W/8-1:0]    m_axis_tkeep,
    output wire                     m_axis_tvalid,
    input  wire                     m_axis_tready,
    output wire                     m_axis_tlast
);
    localparam UNIT_BITS = (ORDERED != 0) ? Q * OUT_W : OUT_W;
    localparam UNITS = STREAM_W / UNIT_BITS;
    localparam FREE_W = RING_W + 1;
    localparam [FREE_W-1:0] FREE_ALL = 1 << RING_W;
    localparam DEPTH = 1 << (RING_W + WORD_W);

    generate
        if (UNITS * UNIT_BITS != STREAM_W) begin : gen_error_0
            rws_error_units_must_fill_the_stream u_refused ();
        end
        if (BLOCK_W > FREE_W) begin : gen_error_1
            rws_error_ring_must_hold_a_block u_refused ();
        end
        if (LATENCY < 1 || LATENCY > 2) begin : gen_error_2
            rws_error_latency_must_be_1_or_2 u_refused ();
        end
    endgenerate

    // What is written: the pixel, the block's first, the word, and the pass's first.
    reg [RING_W:0]   write_q;
    reg [RING_W:0]   base_q;
    reg [WORD_W-1:0] word_q;
    reg [WORD_W-1:0] pass_q;

    wire [WORD_W-1:0] word_more = (word_q == word_last) ? {WORD_W{1'b0}} : word_q + {{(WORD_W-1){1'b0}}, 1'b1};
    wire [WORD_W-1:0] word_next = push ? word_more : word_q;
    wire              whole = word_next == {WORD_W{1'b0}};
    wire [RING_W:0]   write_next = write_q + {{RING_W{1'b0}}, lane && real_lane};

    always @(posedge clk) begin
        if (rst) begin
            write_q <= {FREE_W{1'b0}};
            base_q <= {FREE_W{1'b0}};
            word_q <= {WORD_W{1'b0}};
            pass_q <= {WORD_W{1'b0}};
        end else begin
            write_q <= (pass_end && !whole) ? base_q : write_next;
            word_q <= (lane && !pass_end) ? pass_q : word_next;
            if (pass_end) pass_q <= word_next;
            if (pass_end && whole) base_q <= write_next;
        end
    end

    // What is free, counted in pixels.
    reg [FREE_W-1:0] free_q;
    reg              fit_q;
    reg              reserve_q;
    reg [1:0]        back_q;
    wire             pixel_sent;

    always @(posedge clk) begin
        if (rst) begin
            free_q <= FREE_ALL;
            fit_q <= 1'b0;
            reserve_q <= 1'b0;
            back_q <= 2'd0;
        end else begin
            reserve_q <= reserve;
            back_q <= {1'b0, pixel_sent} + {1'b0, lane && !real_lane && whole};
            free_q <= free_q - (reserve ? {{(FREE_W-BLOCK_W){1'b0}}, block} : {FREE_W{1'b0}}) + {{(FREE_W-2){1'b0}}, back_q};
            fit_q <= free_q >= {{(FREE_W-BLOCK_W){1'b0}}, block};
        end
    end

    assign room = fit_q && !reserve && !reserve_q;

    // What is read: a unit, then its word, LATENCY cycles in which the reader moves later.
    reg [RING_W:0]    read_q;
    reg [UNIT_W-1:0]  unit_q;
    reg [PIXEL_W-1:0] pixel_q;
    reg [LATENCY-1:0] found_q;
    reg [LATENCY-1:0] last_q;
    reg               valid_q;
    reg               tlast_q;
    reg [UNITS-1:0]   keep_q;

    wire              move = !valid_q || m_axis_tready;
    wire              read = move && read_q != base_q;
    wire              found = found_q[LATENCY-1];
    wire              last = last_q[LATENCY-1];
    wire [LATENCY:0]  found_more = {found_q, read};
    wire              unit_end = unit_q == unit_last;
    wire              pixel_end = pixel_q == pixel_last;
    wire [LATENCY:0]  last_more = {last_q, unit_end && pixel_end};
    wire              unused_more = &{1'b0, found_more[LATENCY], last_more[LATENCY]};
    wire [UNIT_W-1:0] unit_more = unit_end ? {UNIT_W{1'b0}} : unit_q + {{(UNIT_W-1){1'b0}}, 1'b1};
    wire [UNIT_W-1:0] unit_next = read ? unit_more : unit_q;
    // Units of the beat, with this one.
    wire [UNITS:0]    kept = {valid_q ? {UNITS{1'b0}} : keep_q, 1'b1};
    wire [Q*OUT_W-1:0] rdata;
    wire [WORD_W-1:0]  word;
    wire [UNIT_BITS-1:0] unit;

    assign pixel_sent = read && unit_end;

    always @(posedge clk) begin
        if (rst) begin
            read_q <= {FREE_W{1'b0}};
            unit_q <= {UNIT_W{1'b0}};
            pixel_q <= {PIXEL_W{1'b0}};
            found_q <= {LATENCY{1'b0}};
            valid_q <= 1'b0;
            keep_q <= {UNITS{1'b0}};
        end else begin
            unit_q <= unit_next;
            if (pixel_sent) begin
                read_q <= read_q + {{RING_W{1'b0}}, 1'b1};
                pixel_q <= pixel_end ? {PIXEL_W{1'b0}} : pixel_q + {{(PIXEL_W-1){1'b0}}, 1'b1};
            end
            if (move) begin
                found_q <= found_more[LATENCY-1:0];
                valid_q <= found && (kept[UNITS-1] || last);
                keep_q <= found ? kept[UNITS-1:0] : kept[UNITS:1];
            end
        end
    end

    always @(posedge clk) begin
        if (move) begin
            last_q <= last_more[LATENCY-1:0];
            tlast_q <= last;
        end
    end

    // Elements.
    wire [Q*OUT_W-1:0] elements;
    wire [Q*OUT_W-1:0] read_word;
    genvar q;
    generate
        if (LATENCY > 1) begin : gen_register
            reg [Q*OUT_W-1:0] rdata_q;
            always @(posedge clk) if (move) rdata_q <= read_word;
            assign rdata = rdata_q;
        end else begin : gen_plain
            assign rdata = read_word;
        end
        for (q = 0; q < Q; q = q + 1) begin : gen_element
            if (Y_W < OUT_W) begin : gen_extend
                assign elements[q*OUT_W+:OUT_W] = {{(OUT_W-Y_W){din[(q+1)*Y_W-1]}}, din[q*Y_W+:Y_W]};
            end else begin : gen_same
                assign elements[q*OUT_W+:OUT_W] = din[q*Y_W+:OUT_W];
            end
            if (Y_W > OUT_W) begin : gen_truncate
                wire unused_high = &{1'b0, din[q*Y_W+OUT_W+:Y_W-OUT_W]};
            end
        end

        if (ORDERED != 0) begin : gen_words
            wire unused_order = &{1'b0, order_rdata};
            assign word = unit_q[WORD_W-1:0];
            assign unit = rdata;
        end else begin : gen_elements
            reg  [LATENCY*LANE_W-1:0] lane_q;
            wire [(LATENCY+1)*LANE_W-1:0] lane_more = {lane_q, order_rdata[WORD_W+:LANE_W]};
            wire [LANE_W-1:0]         picked = lane_q[LATENCY*LANE_W-1-:LANE_W];
            wire                      unused_lane = &{1'b0, lane_more[LATENCY*LANE_W+:LANE_W]};
            always @(posedge clk) if (move) lane_q <= lane_more[LATENCY*LANE_W-1:0];
            assign word = order_rdata[WORD_W-1:0];
            assign unit = rdata[picked*OUT_W+:OUT_W];
        end
    endgenerate

    rws_ram #(
        .WIDTH(Q*OUT_W),
        .DEPTH(DEPTH),
        .ADDR_W(RING_W+WORD_W),
        .INIT(""),
        .LOGIC(0)
    ) u_ram (
        .clk(clk),
        .we(push),
        .waddr({write_q[RING_W-1:0], word_q}),
        .wdata(elements),
        .re(move),
        .raddr({read_q[RING_W-1:0], word}),
        .rdata(read_word)
    );

    // A beat: its first unit waits in place, the others are empty until they come.
    reg [STREAM_W-1:0] beat_q;
    genvar u;
    generate
        for (u = 0; u < UNITS; u = u + 1) begin : gen_unit
            if (u == 0) begin : gen_first
                always @(posedge clk) if (move && (valid_q || !keep_q[0])) beat_q[0+:UNIT_BITS] <= unit;
            end else begin : gen_other
                always @(posedge clk) begin
                    if (move && (valid_q || (keep_q[u-1] && !keep_q[u])))
                        beat_q[u*UNIT_BITS+:UNIT_BITS] <= valid_q ? {UNIT_BITS{1'b0}} : unit;
                end
            end
            assign m_axis_tkeep[u*UNIT_BITS/8+:UNIT_BITS/8] = {(UNIT_BITS/8){keep_q[u]}};
        end
    endgenerate

    assign order_raddr = unit_next;
    assign m_axis_tdata = beat_q;
    assign m_axis_tvalid = valid_q;
    assign m_axis_tlast = tlast_q;
endmodule
`default_nettype wire
