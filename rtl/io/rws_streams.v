// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Both streams: images in (rws_axis_in), which share the write port of activation memory with the drain, and results out
// (rws_axis_out). input_form and output_form are rws_header's. drain_write is {we, bank, slice, address}, for the values y;
// mem_write is {we, bank, slice, address, data}, in the same cycle.
`default_nettype none
module rws_streams #(
    parameter PX = 2,
    parameter CI = 4,
    parameter Q = 2,
    parameter ACT_W = 4,
    parameter Y_W = 9,
    parameter OUT_W = 8,
    parameter OUT_WORDS = 16,
    parameter BLOCK_MOST = 2,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter COUNT_W = 1,
    parameter PIXEL_W = 3,
    parameter BEAT_W = 3,
    parameter BLOCK_W = 2
) (
    input  wire                    clk,
    input  wire                    in_rst,
    input  wire                    out_rst,
    input  wire [2+COUNT_W+PIXEL_W+2*ADDR_W-1:0] input_form,
    input  wire [BEAT_W+BLOCK_W-1:0]             output_form,
    input  wire [Q*8-1:0]          s_axis_tdata,
    input  wire                    s_axis_tvalid,
    output wire                    s_axis_tready,
    input  wire                    s_axis_tlast,
    output wire [Q*OUT_W-1:0]      m_axis_tdata,
    output wire                    m_axis_tvalid,
    input  wire                    m_axis_tready,
    output wire                    m_axis_tlast,
    // control
    output wire                    in_ready,
    output wire                    in_select,
    input  wire                    in_free,
    output wire                    out_room,
    input  wire                    out_reserve,
    output wire                    image_sent,
    output wire                    framing_error,
    // drain, activation memory
    input  wire [BANK_W+SLICE_W+ADDR_W:0]         drain_write,
    input  wire [Q*Y_W-1:0]        y,
    input  wire                    out_push,
    input  wire                    out_skip,
    output wire [BANK_W+SLICE_W+ADDR_W+Q*ACT_W:0] mem_write
);
    localparam OUT_ADDR_W = (OUT_WORDS > 1) ? $clog2(OUT_WORDS) : 1;

    wire               is_signed;
    wire               single;
    wire [COUNT_W-1:0] slice_last;
    wire [PIXEL_W-1:0] pixels;
    wire [ADDR_W-1:0]  rows;
    wire [ADDR_W-1:0]  stride;
    wire [BEAT_W-1:0]  beat_last;
    wire [BLOCK_W-1:0] block;

    assign {stride, rows, pixels, slice_last, single, is_signed} = input_form;
    assign {block, beat_last} = output_form;

    wire               drain_we;
    wire [BANK_W-1:0]  drain_wbank;
    wire [SLICE_W-1:0] drain_wslice;
    wire [ADDR_W-1:0]  drain_waddr;
    wire               mem_we;
    wire [BANK_W-1:0]  mem_wbank;
    wire [SLICE_W-1:0] mem_wslice;
    wire [ADDR_W-1:0]  mem_waddr;
    wire [Q*ACT_W-1:0] mem_wdata;

    assign {drain_we, drain_wbank, drain_wslice, drain_waddr} = drain_write;
    assign mem_write = {mem_we, mem_wbank, mem_wslice, mem_waddr, mem_wdata};

    rws_axis_in #(
        .Q(Q),
        .ACT_W(ACT_W),
        .Y_W(Y_W),
        .PX(PX),
        .CI_SLICES(CI / Q),
        .PIXEL_W(PIXEL_W),
        .COUNT_W(COUNT_W),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .SLICE_W(SLICE_W)
    ) u_axis_in (
        .clk(clk),
        .rst(in_rst),
        .is_signed(is_signed),
        .single(single),
        .slice_last(slice_last),
        .pixels(pixels),
        .rows(rows),
        .stride(stride),
        .s_axis_tdata(s_axis_tdata),
        .s_axis_tvalid(s_axis_tvalid),
        .s_axis_tready(s_axis_tready),
        .s_axis_tlast(s_axis_tlast),
        .ready(in_ready),
        .select(in_select),
        .free(in_free),
        .framing_error(framing_error),
        .drain_we(drain_we),
        .drain_wbank(drain_wbank),
        .drain_wslice(drain_wslice),
        .drain_waddr(drain_waddr),
        .drain_wdata(y),
        .mem_we(mem_we),
        .mem_wbank(mem_wbank),
        .mem_wslice(mem_wslice),
        .mem_waddr(mem_waddr),
        .mem_wdata(mem_wdata)
    );

    rws_axis_out #(
        .Q(Q),
        .Y_W(Y_W),
        .OUT_W(OUT_W),
        .DEPTH(OUT_WORDS),
        .ADDR_W(OUT_ADDR_W),
        .BEAT_W(BEAT_W),
        .BLOCK_W(BLOCK_W),
        .BLOCK_MOST(BLOCK_MOST)
    ) u_axis_out (
        .clk(clk),
        .rst(out_rst),
        .beat_last(beat_last),
        .block(block),
        .room(out_room),
        .reserve(out_reserve),
        .skip(out_skip),
        .push(out_push),
        .din(y),
        .m_axis_tdata(m_axis_tdata),
        .m_axis_tvalid(m_axis_tvalid),
        .m_axis_tready(m_axis_tready),
        .m_axis_tlast(m_axis_tlast)
    );

    assign image_sent = m_axis_tvalid && m_axis_tready && m_axis_tlast;
endmodule
`default_nettype wire
