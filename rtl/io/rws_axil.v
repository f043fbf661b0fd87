// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// AXI4-Lite control and status, one outstanding access per direction. Address and data of a write come in any order. Every
// output is a register or a function of registers; in reset and in the cycle after it all are low. docs/core.md has the registers.
// Counters are read low word first: the high word is then that of the same moment.
`default_nettype none
module rws_axil #(
    parameter ARRAYS = 2,
    parameter [31:0] VERSION = 32'd0,
    parameter [31:0] CORE = 32'd0,
    parameter PORTS = 0
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              core_rst,
    input  wire [7:0]        s_axil_awaddr,
    input  wire [2:0]        s_axil_awprot,
    input  wire              s_axil_awvalid,
    output wire              s_axil_awready,
    input  wire [31:0]       s_axil_wdata,
    input  wire [3:0]        s_axil_wstrb,
    input  wire              s_axil_wvalid,
    output wire              s_axil_wready,
    output wire [1:0]        s_axil_bresp,
    output wire              s_axil_bvalid,
    input  wire              s_axil_bready,
    input  wire [7:0]        s_axil_araddr,
    input  wire [2:0]        s_axil_arprot,
    input  wire              s_axil_arvalid,
    output wire              s_axil_arready,
    output wire [31:0]       s_axil_rdata,
    output wire [1:0]        s_axil_rresp,
    output wire              s_axil_rvalid,
    input  wire              s_axil_rready,
    output wire              enable,
    output wire              soft_rst,
    output wire              irq,
    // a memory's place, or a word for it
    output wire              load_place,
    output wire              load_data,
    output wire [31:0]       load_word,
    // registers of weights from DRAM: the base of each port, and their length
    output wire [PORTS:0]    stream_set,
    input  wire              stream_error,
    input  wire              configured,
    input  wire [31:0]       program_digest,
    input  wire              active,
    input  wire              stalled,
    input  wire [ARRAYS-1:0] array_busy,
    input  wire              image_sent,
    input  wire              framing_error
);
    // Registers, by word address.
    localparam [5:0] IDENTITY_AT = 6'h00;
    localparam [5:0] CONTROL_AT = 6'h01;
    localparam [5:0] STATUS_AT = 6'h02;
    localparam [5:0] VERSION_AT = 6'h03;
    localparam [5:0] CORE_AT = 6'h04;
    localparam [5:0] PROGRAM_AT = 6'h05;
    localparam [5:0] PLACE_AT = 6'h06;
    localparam [5:0] DATA_AT = 6'h07;
    localparam [5:0] STREAM_AT = 6'h30;
    // Counters of two words: images, cycles, stalls, busy cycles of each array.
    localparam [5:0] COUNTERS_AT = 6'h08;
    localparam [31:0] IDENTITY = 32'h52575302;
    localparam COUNTERS = 3 + ARRAYS;
    localparam INDEX_W = $clog2(COUNTERS);
    localparam [4:0] COUNTERS_END = COUNTERS_AT[5:1] + COUNTERS;

    reg        enable_q;
    reg        irq_enable_q;
    reg        irq_q;
    reg        awready_q;
    reg        wready_q;
    reg        bvalid_q;
    reg        arready_q;
    reg        rvalid_q;
    reg        counting_q;
    reg        write_q;
    reg [5:0]  address_q;
    reg [3:0]  strobe_q;
    reg [31:0] wdata_q;
    reg [31:0] rdata_q;
    wire        count_done;
    wire [31:0] count_value;
    wire [5:0]  read_at = s_axil_araddr[7:2];
    wire [4:0]  counter = read_at[5:1] - COUNTERS_AT[5:1];
    wire        is_counter = read_at[5:1] >= COUNTERS_AT[5:1] && read_at[5:1] < COUNTERS_END;
    wire        taken = arready_q && s_axil_arvalid;
    wire        count = taken && is_counter && !read_at[0];
    wire       has_address = s_axil_awvalid || !awready_q;
    wire       has_data = s_axil_wvalid || !wready_q;
    // One of the two is still awaited: ready is low for what has come.
    wire       write_open = awready_q || wready_q;
    wire       write_done = write_open && has_address && has_data;
    wire       write_next = !write_open && (!bvalid_q || s_axil_bready);
    wire       read_next = !arready_q && !counting_q && (!rvalid_q || s_axil_rready);
    wire       control = write_q && address_q == CONTROL_AT && strobe_q[0];
    wire       clears_irq = write_q && address_q == STATUS_AT && strobe_q[0] && wdata_q[2];
    wire       unused_bits = &{1'b0, s_axil_awprot, s_axil_arprot, s_axil_awaddr[1:0], s_axil_araddr[1:0], counter};

    rws_counters #(
        .COUNT(COUNTERS),
        .WIDTH(16)
    ) u_counters (
        .clk(clk),
        .rst(rst),
        .clear(rst || core_rst),
        .increment({array_busy, stalled, active, image_sent}),
        .read(count),
        .index(counter[INDEX_W-1:0]),
        .done(count_done),
        .value(count_value)
    );

    always @(posedge clk) begin
        if (rst) begin
            enable_q <= 1'b1;
            irq_enable_q <= 1'b0;
            irq_q <= 1'b0;
            awready_q <= 1'b0;
            wready_q <= 1'b0;
            bvalid_q <= 1'b0;
            arready_q <= 1'b0;
            rvalid_q <= 1'b0;
            counting_q <= 1'b0;
            write_q <= 1'b0;
        end else begin
            if (control) begin
                enable_q <= wdata_q[0];
                irq_enable_q <= wdata_q[2];
            end
            irq_q <= (image_sent && irq_enable_q) || (irq_q && !clears_irq && !core_rst);
            awready_q <= write_next || (awready_q && !s_axil_awvalid);
            wready_q <= write_next || (wready_q && !s_axil_wvalid);
            bvalid_q <= write_done || (bvalid_q && !s_axil_bready);
            arready_q <= read_next || (arready_q && !s_axil_arvalid);
            rvalid_q <= (taken && !count) || count_done || (rvalid_q && !s_axil_rready);
            counting_q <= count || (counting_q && !count_done);
            write_q <= write_done;
        end
    end

    always @(posedge clk) begin
        if (awready_q) address_q <= s_axil_awaddr[7:2];
        if (wready_q) begin
            strobe_q <= s_axil_wstrb;
            wdata_q <= s_axil_wdata;
        end
    end

    // Two LUTs a bit: what varies, and what a few of all bits are.
    wire        reads_count = counting_q || is_counter;
    wire        reads_program = !counting_q && read_at == PROGRAM_AT;
    wire [31:0] varying = ({32{reads_count}} & count_value) | ({32{reads_program}} & program_digest);
    reg  [31:0] known;
    always @(*) begin
        case (read_at)
            IDENTITY_AT: known = IDENTITY;
            CONTROL_AT: known = {29'd0, irq_enable_q, 1'b0, enable_q};
            STATUS_AT: known = {27'd0, stream_error, configured, irq_q, framing_error, active};
            VERSION_AT: known = VERSION;
            CORE_AT: known = CORE;
            default: known = 32'd0;
        endcase
    end

    always @(posedge clk) begin
        if (counting_q || arready_q) rdata_q <= varying | (counting_q ? 32'd0 : known);
    end

    assign s_axil_awready = awready_q;
    assign s_axil_wready = wready_q;
    assign s_axil_bresp = 2'b00;
    assign s_axil_bvalid = bvalid_q;
    assign s_axil_arready = arready_q;
    assign s_axil_rdata = rdata_q;
    assign s_axil_rresp = 2'b00;
    assign s_axil_rvalid = rvalid_q;
    assign enable = enable_q;
    assign soft_rst = control && wdata_q[1];
    assign irq = irq_q;
    assign load_place = write_q && address_q == PLACE_AT && (&strobe_q);
    assign load_data = write_q && address_q == DATA_AT && (&strobe_q);
    assign load_word = wdata_q;

    genvar p;
    generate
        if (PORTS > 0) begin : gen_stream
            for (p = 0; p <= PORTS; p = p + 1) begin : gen_register
                localparam [5:0] AT = STREAM_AT + p;
                assign stream_set[p] = write_q && address_q == AT && (&strobe_q);
            end
        end else begin : gen_resident
            assign stream_set = 1'b0;
        end
    endgenerate
endmodule
`default_nettype wire
