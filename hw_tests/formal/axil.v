// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What rws_axil promises for every order and pace of its channels, with resets at any time. The script connects the wires
// `inner_*` to registers of the module, so that induction knows them equal to their expectation.
`default_nettype none

// Stands for rws_counters, which has a proof of its own: answers each read after any number of cycles, with any value.
module rws_counters #(
    parameter COUNT = 4,
    parameter WIDTH = 32
) (
    input  wire                     clk,
    input  wire                     rst,
    input  wire                     clear,
    input  wire [COUNT-1:0]         increment,
    input  wire                     read,
    input  wire [$clog2(COUNT)-1:0] index,
    output wire                     done,
    output wire [WIDTH-1:0]         value
);
    (* anyseq *) reg             done_any;
    (* anyseq *) reg [WIDTH-1:0] value_any;
    reg wanted_q;

    always @(posedge clk) wanted_q <= !rst && (read || (wanted_q && !done));

    assign done = wanted_q && done_any;
    assign value = value_any;
endmodule

module axil (
    input wire        clk,
    input wire        rst_any,
    input wire        core_rst_any,
    input wire [7:0]  awaddr,
    input wire        awvalid,
    input wire [31:0] wdata,
    input wire [3:0]  wstrb,
    input wire        wvalid,
    input wire        bready,
    input wire [7:0]  araddr,
    input wire        arvalid,
    input wire        rready,
    input wire        configured,
    input wire        active,
    input wire        stalled,
    input wire [1:0]  array_busy,
    input wire        image_sent,
    input wire        framing_error,
    input wire [31:0] program_digest
);
    localparam [31:0] IDENTITY = 32'h52575302;
    localparam [31:0] VERSION = 32'h00010002;
    localparam [31:0] CORE = 32'hC0DEC0DE;

    reg        begun_q = 1'b0;
    reg        past_rst_q;
    reg        has_address_q;
    reg        has_data_q;
    reg        waits_b_q;
    reg [5:0]  address_q;
    reg [3:0]  strobe_q;
    reg [31:0] bits_q;
    reg        counting_q;
    reg        irq_enable_q;
    reg        irq_q;
    reg        answered_q;
    reg        enable_q;
    reg        has_read_q;
    reg        waits_r_q;
    reg [31:0] value_q;

    wire [5:0]  inner_address;
    wire [3:0]  inner_strobe;
    wire [31:0] inner_bits;
    wire        inner_counting;
    wire        inner_wanted;
    wire        inner_done;
    wire [31:0] inner_value;
    wire        inner_irq_enable;
    wire        irq;
    wire        load_place;
    wire        load_data;
    wire [31:0] load_word;
    wire        awready;
    wire        wready;
    wire        bvalid;
    wire [1:0]  bresp;
    wire        arready;
    wire        rvalid;
    wire [1:0]  rresp;
    wire [31:0] rdata;
    wire        enable;
    wire        soft_rst;
    wire        rst = rst_any || !begun_q;
    wire        core_rst = core_rst_any || rst;
    wire        aw = awvalid && awready;
    wire        w = wvalid && wready;
    wire        b = bvalid && bready;
    wire        ar = arvalid && arready;
    wire        r = rvalid && rready;

    rws_axil #(
        .ARRAYS(2),
        .VERSION(VERSION),
        .CORE(CORE)
    ) u_axil (
        .clk(clk),
        .rst(rst),
        .core_rst(core_rst),
        .stream_error(1'b0),
        .s_axil_awaddr(awaddr),
        .s_axil_awprot(3'd0),
        .s_axil_awvalid(awvalid),
        .s_axil_awready(awready),
        .s_axil_wdata(wdata),
        .s_axil_wstrb(wstrb),
        .s_axil_wvalid(wvalid),
        .s_axil_wready(wready),
        .s_axil_bresp(bresp),
        .s_axil_bvalid(bvalid),
        .s_axil_bready(bready),
        .s_axil_araddr(araddr),
        .s_axil_arprot(3'd0),
        .s_axil_arvalid(arvalid),
        .s_axil_arready(arready),
        .s_axil_rdata(rdata),
        .s_axil_rresp(rresp),
        .s_axil_rvalid(rvalid),
        .s_axil_rready(rready),
        .enable(enable),
        .soft_rst(soft_rst),
        .irq(irq),
        .load_place(load_place),
        .load_data(load_data),
        .load_word(load_word),
        .configured(configured),
        .program_digest(program_digest),
        .active(active),
        .stalled(stalled),
        .array_busy(array_busy),
        .image_sent(image_sent),
        .framing_error(framing_error)
    );

    wire [5:0]  at = araddr[7:2];
    wire        is_counter = at >= 6'd8 && at < 6'd18;
    wire        count = ar && is_counter && !at[0];
    wire        written = answered_q && !past_rst_q;
    wire        control = written && address_q == 6'd1 && strobe_q[0];

    // What was taken and not yet answered, and what the registers must hold.
    wire both = (has_address_q || aw) && (has_data_q || w) && !(has_address_q && has_data_q);

    always @(posedge clk) begin
        begun_q <= 1'b1;
        past_rst_q <= rst;
        answered_q <= both && !rst;
        waits_b_q <= bvalid && !bready && !rst;
        waits_r_q <= rvalid && !rready && !rst;
        if (rst) begin
            has_address_q <= 1'b0;
            has_data_q <= 1'b0;
            has_read_q <= 1'b0;
            enable_q <= 1'b1;
            irq_enable_q <= 1'b0;
            irq_q <= 1'b0;
            counting_q <= 1'b0;
        end else begin
            counting_q <= count || (counting_q && !inner_done);
            irq_q <= (image_sent && irq_enable_q)
                || (irq_q && !core_rst && !(written && address_q == 6'd2 && strobe_q[0] && bits_q[2]));
            has_address_q <= (has_address_q || aw) && !b;
            has_data_q <= (has_data_q || w) && !b;
            has_read_q <= (has_read_q || ar) && !r;
            if (control) begin
                enable_q <= bits_q[0];
                irq_enable_q <= bits_q[2];
            end
        end
        if (aw) address_q <= awaddr[7:2];
        if (w) begin
            strobe_q <= wstrb;
            bits_q <= wdata;
        end
        if (counting_q) value_q <= inner_value;
        else if (ar) begin
            case (at)
                6'd0: value_q <= IDENTITY;
                6'd1: value_q <= {29'd0, irq_enable_q, 1'b0, enable};
                6'd2: value_q <= {28'd0, configured, irq, framing_error, active};
                6'd3: value_q <= VERSION;
                6'd4: value_q <= CORE;
                6'd5: value_q <= program_digest;
                default: value_q <= is_counter ? inner_value : 32'd0;
            endcase
        end
    end

    always @(*) begin
        if (begun_q && past_rst_q) assert (!awready && !wready && !bvalid && !arready && !rvalid && !soft_rst && enable && !irq
            && !load_place && !load_data);
        if (begun_q && !past_rst_q) begin
            // An answer comes as soon as address and data are in, once, and stays until it is taken; nothing else is taken
            // meanwhile, and everything is awaited at once where nothing is.
            assert (bvalid == (has_address_q && has_data_q));
            assert (!waits_b_q || bvalid);
            assert (!(awready && has_address_q) && !(wready && has_data_q));
            assert (awready || wready || bvalid);
            assert (has_address_q || awready);
            assert (has_data_q || wready);
            assert (bresp == 2'b00 && rresp == 2'b00);
            assert (rvalid == (has_read_q && !counting_q));
            assert (!counting_q || has_read_q);
            assert (inner_counting == counting_q && inner_wanted == counting_q);
            assert (!waits_r_q || rvalid);
            assert (arready == !has_read_q);
            assert (!rvalid || rdata == value_q);
            assert (enable == enable_q);
            assert (!has_address_q || inner_address == address_q);
            assert (!has_data_q || (inner_strobe == strobe_q && inner_bits == bits_q));
            assert (inner_irq_enable == irq_enable_q && irq == irq_q);
            assert (soft_rst == (control && bits_q[1]));
            assert (load_place == (written && address_q == 6'd6 && (&strobe_q)));
            assert (load_data == (written && address_q == 6'd7 && (&strobe_q)));
            assert (!(load_place || load_data) || load_word == bits_q);
        end
    end
endmodule
`default_nettype wire
