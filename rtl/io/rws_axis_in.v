// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Image input: AXI4-Stream beats of Q elements (one byte each: its low ACT_W bits, or extended as is_signed says), pixel after pixel, all channel slices of
// a pixel together. Two image buffers: one is filled while the core reads the other. The drain's writes go first; a beat
// waits for a free cycle of the memory's write port.
// An image is pixels * slices beats of which the last alone has tlast. What an earlier tlast ends is dropped. A last beat
// without tlast is taken as the first of an image instead, once the beats before it are dropped: so the image behind a lost last
// beat is whole, and the rest of an image in which a reset fell is dropped like any that is too short. Both set framing_error.
`default_nettype none
module rws_axis_in #(
    parameter Q = 2,
    parameter ACT_W = 4,
    parameter Y_W = 9,
    parameter PX = 2,
    parameter CI_SLICES = 2,
    parameter PIXEL_W = 3,
    parameter COUNT_W = 1,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter SLICE_W = 1
) (
    input  wire               clk,
    input  wire               rst,
    // of rws_header, stable but in reset
    input  wire               is_signed,
    input  wire               single,
    input  wire [COUNT_W-1:0] slice_last,
    input  wire [PIXEL_W-1:0] pixels,
    input  wire [ADDR_W-1:0]  rows,
    input  wire [ADDR_W-1:0]  stride,
    input  wire [Q*8-1:0]     s_axis_tdata,
    input  wire               s_axis_tvalid,
    output wire               s_axis_tready,
    input  wire               s_axis_tlast,
    output wire               ready,
    output wire               select,
    input  wire               free,
    output wire               framing_error,
    input  wire               drain_we,
    input  wire [BANK_W-1:0]  drain_wbank,
    input  wire [SLICE_W-1:0] drain_wslice,
    input  wire [ADDR_W-1:0]  drain_waddr,
    input  wire [Q*Y_W-1:0]   drain_wdata,
    output wire               mem_we,
    output wire [BANK_W-1:0]  mem_wbank,
    output wire [SLICE_W-1:0] mem_wslice,
    output wire [ADDR_W-1:0]  mem_waddr,
    output wire [Q*ACT_W-1:0] mem_wdata
);
    localparam WORD_LAST_I = CI_SLICES - 1;
    localparam [SLICE_W-1:0] WORD_LAST = WORD_LAST_I[SLICE_W-1:0];
    localparam BANK_LAST_I = PX - 1;
    localparam [BANK_W-1:0] BANK_LAST = BANK_LAST_I[BANK_W-1:0];

    reg [1:0]         full_q;
    reg               fill_q;
    reg               select_q;
    reg               error_q;
    reg [COUNT_W-1:0] count_q;
    reg [SLICE_W-1:0] word_q;
    reg [ADDR_W-1:0]  off_q;
    reg [BANK_W-1:0]  bank_q;
    reg [ADDR_W-1:0]  row_q;
    // Pixels of the image behind this one and the next: negative in the last.
    reg [PIXEL_W-1:0]  left_q;

    wire room = !full_q[fill_q] && !drain_we && !rst;
    wire offered = s_axis_tvalid && room;
    wire slice_end = count_q == slice_last;
    wire image_end = slice_end && left_q[PIXEL_W-1];
    wire restart = rst || (offered && (image_end || s_axis_tlast));
    wire bank_end = bank_q == BANK_LAST;
    wire [Q*ACT_W-1:0] stream_data;
    wire [Q*ACT_W-1:0] drain_data;

    genvar q;
    generate
        if (ACT_W <= 8) begin : gen_as_it_is
            wire unused_sign = is_signed;
        end
        for (q = 0; q < Q; q = q + 1) begin : gen_element
            assign drain_data[q*ACT_W+:ACT_W] = drain_wdata[q*Y_W+:ACT_W];
            if (ACT_W < 8) begin : gen_narrow
                wire unused_tdata = &{1'b0, s_axis_tdata[q*8+ACT_W+:8-ACT_W]};
                assign stream_data[q*ACT_W+:ACT_W] = s_axis_tdata[q*8+:ACT_W];
            end else if (ACT_W == 8) begin : gen_same
                assign stream_data[q*8+:8] = s_axis_tdata[q*8+:8];
            end else begin : gen_extend
                wire top = is_signed && s_axis_tdata[q*8+7];
                assign stream_data[q*ACT_W+:ACT_W] = {{(ACT_W-8){top}}, s_axis_tdata[q*8+:8]};
            end
            if (ACT_W < Y_W) begin : gen_clamped
                wire unused_wdata = &{1'b0, drain_wdata[q*Y_W+ACT_W+:Y_W-ACT_W]};
            end
        end
    endgenerate

    always @(posedge clk) begin
        if (rst) begin
            full_q <= 2'b00;
            fill_q <= 1'b0;
            select_q <= 1'b0;
            error_q <= 1'b0;
        end else begin
            if (free) begin
                full_q[select_q] <= 1'b0;
                select_q <= !select_q;
            end
            if (offered && image_end && s_axis_tlast) begin
                full_q[fill_q] <= 1'b1;
                fill_q <= !fill_q;
            end
            error_q <= error_q || (offered && s_axis_tlast != image_end);
        end
    end

    always @(posedge clk) begin
        if (restart) begin
            count_q <= {COUNT_W{1'b0}};
            word_q <= {SLICE_W{1'b0}};
            off_q <= {ADDR_W{1'b0}};
            bank_q <= {BANK_W{1'b0}};
            row_q <= {ADDR_W{1'b0}};
            left_q <= pixels;
        end else if (offered) begin
            count_q <= slice_end ? {COUNT_W{1'b0}} : count_q + {{(COUNT_W-1){1'b0}}, 1'b1};
            if (slice_end || word_q == WORD_LAST) word_q <= {SLICE_W{1'b0}};
            else word_q <= word_q + {{(SLICE_W-1){1'b0}}, 1'b1};
            if (slice_end) off_q <= {ADDR_W{1'b0}};
            else if (word_q == WORD_LAST) off_q <= off_q + stride;
            if (slice_end) begin
                bank_q <= bank_end ? {BANK_W{1'b0}} : bank_q + {{(BANK_W-1){1'b0}}, 1'b1};
                row_q <= row_q + {{(ADDR_W-1){1'b0}}, bank_end};
                left_q <= left_q - {{(PIXEL_W-1){1'b0}}, 1'b1};
            end
        end
    end

    // Where one beat is an image, one without tlast is dropped.
    assign s_axis_tready = room && (single || !image_end || s_axis_tlast);
    assign ready = full_q[select_q];
    assign select = select_q;
    assign framing_error = error_q;
    assign mem_we = drain_we || offered;
    assign mem_wbank = drain_we ? drain_wbank : bank_q;
    assign mem_wslice = drain_we ? drain_wslice : word_q;
    assign mem_waddr = drain_we ? drain_waddr : (fill_q ? rows : {ADDR_W{1'b0}}) + off_q + row_q;
    assign mem_wdata = drain_we ? drain_data : stream_data;
endmodule
`default_nettype wire
