// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What rws_axil promises for every order and pace of its channels, with resets at any time. The script connects the wires
// `inner_*` to registers of the module, so that induction knows them equal to their expectation.
`default_nettype none
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
    input wire        active,
    input wire        stalled,
    input wire [1:0]  array_busy,
    input wire        image_sent,
    input wire        framing_error
);
    localparam [31:0] IDENTITY = 32'h52575301;

    reg        begun_q = 1'b0;
    reg        past_rst_q;
    reg        has_address_q;
    reg        has_data_q;
    reg        waits_b_q;
    reg        is_control_q;
    reg        strobe_q;
    reg [1:0]  bits_q;
    reg        answered_q;
    reg        enable_q;
    reg        has_read_q;
    reg        waits_r_q;
    reg [31:0] value_q;
    reg [31:0] images_q;
    reg [31:0] cycles_q;
    reg [31:0] stalls_q;
    reg [31:0] busy0_q;
    reg [31:0] busy1_q;

    wire        inner_control;
    wire        inner_strobe;
    wire [1:0]  inner_bits;
    wire [31:0] inner_images;
    wire [31:0] inner_cycles;
    wire [31:0] inner_stalls;
    wire [63:0] inner_busy;
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
        .IDENTITY(IDENTITY)
    ) u_axil (
        .clk(clk),
        .rst(rst),
        .core_rst(core_rst),
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
        .active(active),
        .stalled(stalled),
        .array_busy(array_busy),
        .image_sent(image_sent),
        .framing_error(framing_error)
    );

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
        end else begin
            has_address_q <= (has_address_q || aw) && !b;
            has_data_q <= (has_data_q || w) && !b;
            has_read_q <= (has_read_q || ar) && !r;
            if (answered_q && is_control_q && strobe_q) enable_q <= bits_q[0];
        end
        if (aw) is_control_q <= awaddr[7:2] == 6'd1;
        if (w) begin
            strobe_q <= wstrb[0];
            bits_q <= wdata[1:0];
        end
        if (core_rst) begin
            images_q <= 32'd0;
            cycles_q <= 32'd0;
            stalls_q <= 32'd0;
            busy0_q <= 32'd0;
            busy1_q <= 32'd0;
        end else begin
            images_q <= images_q + image_sent;
            cycles_q <= cycles_q + active;
            stalls_q <= stalls_q + stalled;
            busy0_q <= busy0_q + array_busy[0];
            busy1_q <= busy1_q + array_busy[1];
        end
        if (ar) begin
            case (araddr[7:2])
                6'd0: value_q <= IDENTITY;
                6'd1: value_q <= {31'd0, enable};
                6'd2: value_q <= {30'd0, framing_error, active};
                6'd3: value_q <= images_q;
                6'd4: value_q <= cycles_q;
                6'd5: value_q <= stalls_q;
                6'd8: value_q <= busy0_q;
                6'd9: value_q <= busy1_q;
                default: value_q <= 32'd0;
            endcase
        end
    end

    always @(*) begin
        if (begun_q && past_rst_q) assert (!awready && !wready && !bvalid && !arready && !rvalid && !soft_rst && enable);
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
            assert (rvalid == has_read_q);
            assert (!waits_r_q || rvalid);
            assert (arready == !has_read_q);
            assert (!rvalid || rdata == value_q);
            assert (enable == enable_q);
            assert (!has_address_q || inner_control == is_control_q);
            assert (!has_data_q || (inner_strobe == strobe_q && inner_bits == bits_q));
            assert (inner_images == images_q && inner_cycles == cycles_q && inner_stalls == stalls_q);
            assert (inner_busy == {busy1_q, busy0_q});
            assert (soft_rst == (answered_q && is_control_q && strobe_q && bits_q[1]));
        end
    end
endmodule
`default_nettype wire
