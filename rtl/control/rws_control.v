// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Control of a core: resets, registers (AXI4-Lite), the loader of the program's memories with LOADER = 1, and the program, which
// drives all else. MEMORIES is how many memories a loader fills, the program's first; COLUMNS as in rws_loader. The other
// parameters are those of rws_program; with PORTS > 0 weights come from DRAM (rws_stream_in). A reset of any length keeps core_rst up for as long as rws_reset says.
`default_nettype none
module rws_control #(
    parameter PX = 2,
    parameter ARRAYS = 2,
    parameter [31:0] VERSION = 32'd0,
    parameter [31:0] CORE = 32'd0,
    parameter LOADER = 1,
    parameter MEMORIES = 4,
    parameter [16*MEMORIES-1:0] COLUMNS = {MEMORIES{16'd1}},
    parameter PROGRAM_WORDS = 40,
    parameter PROGRAM_INIT = "",
    parameter PROGRAM_LOGIC = 0,
    parameter LATENCY = 1,
    parameter ADDR_W = 6,
    parameter CB_W = 3,
    parameter TAP_W = 4,
    parameter GROUP_W = 3,
    parameter XW = 5,
    parameter DRAIN_W = 4,
    parameter WADDR_W = 8,
    parameter INPUT_W = 40,
    parameter OUTPUT_W = 8,
    parameter PAD = 0,
    parameter DIGIT_W = 0,
    parameter DIGIT_WORDS = 0,
    parameter BACK_W = 133,
    parameter BY_BLOCK = 0,
    parameter STRIP_W = 0,
    parameter PORTS = 0
) (
    input  wire                     clk,
    input  wire                     rst,
    input  wire [7:0]               s_axil_awaddr,
    input  wire [2:0]               s_axil_awprot,
    input  wire                     s_axil_awvalid,
    output wire                     s_axil_awready,
    input  wire [31:0]              s_axil_wdata,
    input  wire [3:0]               s_axil_wstrb,
    input  wire                     s_axil_wvalid,
    output wire                     s_axil_wready,
    output wire [1:0]               s_axil_bresp,
    output wire                     s_axil_bvalid,
    input  wire                     s_axil_bready,
    input  wire [7:0]               s_axil_araddr,
    input  wire [2:0]               s_axil_arprot,
    input  wire                     s_axil_arvalid,
    output wire                     s_axil_arready,
    output wire [31:0]              s_axil_rdata,
    output wire [1:0]               s_axil_rresp,
    output wire                     s_axil_rvalid,
    input  wire                     s_axil_rready,
    output wire                     irq,
    output wire                     core_rst,
    // streams: resets, forms of image and result, state
    output wire                     in_rst,
    output wire                     out_rst,
    output wire [INPUT_W-1:0] input_form,
    output wire [OUTPUT_W-1:0]              output_form,
    input  wire                     in_ready,
    input  wire                     in_select,
    output wire                     in_free,
    input  wire                     in_rows,
    input  wire                     in_whole,
    output wire                     in_start,
    output wire                     in_tail,
    input  wire                     out_room,
    output wire                     out_reserve,
    input  wire                     image_sent,
    input  wire                     framing_error,
    // loader, of the memories elsewhere
    output wire [MEMORIES-1:1]      load_we,
    output wire [71:0]              load,
    // window feed and arrays
    output wire                     init,
    output wire [((STRIP_W > 0) ? 1 : 0)+PAD+5*XW+1:0] feed,
    output wire [DIGIT_W+4+ADDR_W:0] step,
    output wire [TAP_W-1:0]         tap_raddr,
    output wire [WADDR_W-1:0]       weight_raddr,
    // weights from DRAM: registers (a bit for each port and for the length), words that are there and that were used
    output wire [PORTS:0]           stream_set,
    output wire [31:0]              stream_word,
    input  wire                     stream_error,
    input  wire                     weight_ready,
    output wire                     weight_used,
    output wire                     weight_freed,
    // drain
    output wire                     layer_load,
    output wire                     image_load,
    output wire [BACK_W-1:0]        back,
    input  wire                     pass_done,
    output wire [7:0]               layer
);
    wire              enable;
    wire              soft_rst;
    wire              configured;
    wire [31:0]       digest;
    wire              active;
    wire              stalled;
    wire [ARRAYS-1:0] array_busy;
    wire              load_place;
    wire              load_data;
    wire [31:0]       load_word;
    wire              program_we;

    assign in_rst = core_rst || !configured;
    assign stream_word = load_word;

    rws_reset u_reset (
        .clk(clk),
        .rst(rst),
        .soft_rst(soft_rst),
        .core_rst(core_rst),
        .io_rst(out_rst)
    );

    rws_axil #(
        .ARRAYS(ARRAYS),
        .VERSION(VERSION),
        .CORE(CORE),
        .PORTS(PORTS)
    ) u_axil (
        .clk(clk),
        .rst(rst),
        .core_rst(core_rst),
        .s_axil_awaddr(s_axil_awaddr),
        .s_axil_awprot(s_axil_awprot),
        .s_axil_awvalid(s_axil_awvalid),
        .s_axil_awready(s_axil_awready),
        .s_axil_wdata(s_axil_wdata),
        .s_axil_wstrb(s_axil_wstrb),
        .s_axil_wvalid(s_axil_wvalid),
        .s_axil_wready(s_axil_wready),
        .s_axil_bresp(s_axil_bresp),
        .s_axil_bvalid(s_axil_bvalid),
        .s_axil_bready(s_axil_bready),
        .s_axil_araddr(s_axil_araddr),
        .s_axil_arprot(s_axil_arprot),
        .s_axil_arvalid(s_axil_arvalid),
        .s_axil_arready(s_axil_arready),
        .s_axil_rdata(s_axil_rdata),
        .s_axil_rresp(s_axil_rresp),
        .s_axil_rvalid(s_axil_rvalid),
        .s_axil_rready(s_axil_rready),
        .enable(enable),
        .soft_rst(soft_rst),
        .irq(irq),
        .load_place(load_place),
        .load_data(load_data),
        .load_word(load_word),
        .stream_set(stream_set),
        .stream_error(stream_error),
        .configured(configured),
        .program_digest(digest),
        .active(active),
        .stalled(stalled),
        .array_busy(array_busy),
        .image_sent(image_sent),
        .framing_error(framing_error)
    );

    generate
        if (LOADER) begin : gen_loader
            rws_loader #(
                .MEMORIES(MEMORIES),
                .COLUMNS(COLUMNS)
            ) u_loader (
                .clk(clk),
                .place(load_place),
                .data(load_data),
                .word(load_word),
                .we({load_we, program_we}),
                .column(load[71:56]),
                .addr(load[55:32]),
                .wdata(load[31:0])
            );
        end else begin : gen_bitstream
            wire unused_load = &{1'b0, load_place, load_data, load_word};
            wire unused_columns = COLUMNS == {16*MEMORIES{1'b0}};
            assign {load_we, program_we} = {MEMORIES{1'b0}};
            assign load = 72'd0;
        end
    endgenerate

    rws_program #(
        .PX(PX),
        .ARRAYS(ARRAYS),
        .LOADER(LOADER),
        .WORDS(PROGRAM_WORDS),
        .INIT(PROGRAM_INIT),
        .LOGIC(PROGRAM_LOGIC),
        .LATENCY(LATENCY),
        .ADDR_W(ADDR_W),
        .CB_W(CB_W),
        .TAP_W(TAP_W),
        .GROUP_W(GROUP_W),
        .XW(XW),
        .DRAIN_W(DRAIN_W),
        .WADDR_W(WADDR_W),
        .INPUT_W(INPUT_W),
        .OUTPUT_W(OUTPUT_W),
        .PAD(PAD),
        .DIGIT_W(DIGIT_W),
        .DIGIT_WORDS(DIGIT_WORDS),
        .BACK_W(BACK_W),
        .BY_BLOCK(BY_BLOCK),
        .STRIP_W(STRIP_W),
        .STREAM((PORTS > 0) ? 1 : 0)
    ) u_program (
        .clk(clk),
        .rst(core_rst),
        .enable(enable),
        .load_we(program_we),
        .load(load),
        .configured(configured),
        .digest(digest),
        .input_form(input_form),
        .output_form(output_form),
        .in_ready(in_ready),
        .in_select(in_select),
        .in_free(in_free),
        .in_rows(in_rows),
        .in_whole(in_whole),
        .in_start(in_start),
        .in_tail(in_tail),
        .out_room(out_room),
        .out_reserve(out_reserve),
        .init(init),
        .feed(feed),
        .step(step),
        .tap_raddr(tap_raddr),
        .weight_raddr(weight_raddr),
        .weight_ready(weight_ready),
        .weight_used(weight_used),
        .weight_freed(weight_freed),
        .layer_load(layer_load),
        .image_load(image_load),
        .back(back),
        .pass_done(pass_done),
        .layer(layer),
        .active(active),
        .stalled(stalled),
        .array_busy(array_busy)
    );
endmodule
`default_nettype wire
