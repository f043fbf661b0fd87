// SPDX-License-Identifier: MIT OR Apache-2.0
// Simulated top of the toy core. Registers: 0x00 control (bit 0 soft reset), 0x04 beats taken, 0x08 cycles.
`default_nettype none
module toy_sim #(
    parameter LANES = 4
) (
    input  wire                clk,
    input  wire                rst,
    input  wire [8*LANES-1:0]  s_axis_tdata,
    input  wire [LANES-1:0]    s_axis_tkeep,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    input  wire                s_axis_tlast,
    output wire [8*LANES-1:0]  m_axis_tdata,
    output wire [LANES-1:0]    m_axis_tkeep,
    output wire                m_axis_tvalid,
    input  wire                m_axis_tready,
    output wire                m_axis_tlast,
    input  wire [7:0]          s_axil_awaddr,
    input  wire [2:0]          s_axil_awprot,
    input  wire                s_axil_awvalid,
    output wire                s_axil_awready,
    input  wire [31:0]         s_axil_wdata,
    input  wire [3:0]          s_axil_wstrb,
    input  wire                s_axil_wvalid,
    output wire                s_axil_wready,
    output wire [1:0]          s_axil_bresp,
    output wire                s_axil_bvalid,
    input  wire                s_axil_bready,
    input  wire [7:0]          s_axil_araddr,
    input  wire [2:0]          s_axil_arprot,
    input  wire                s_axil_arvalid,
    output wire                s_axil_arready,
    output wire [31:0]         s_axil_rdata,
    output wire [1:0]          s_axil_rresp,
    output wire                s_axil_rvalid,
    input  wire                s_axil_rready,
    output wire                trace_valid,
    output wire [7:0]          trace_layer,
    output wire [32*LANES-1:0] trace_data
);
    reg         soft_q;
    reg         bvalid_q;
    reg         rvalid_q;
    reg [31:0]  rdata_q;
    reg [31:0]  beats_q;
    reg [31:0]  cycles_q;
    wire        write = s_axil_awvalid && s_axil_wvalid && !bvalid_q;
    wire        read  = s_axil_arvalid && !rvalid_q;
    wire        unused = &{1'b0, s_axil_awprot, s_axil_arprot, s_axil_wstrb, s_axil_wdata[31:1], s_axis_tkeep};

    assign s_axil_awready = write;
    assign s_axil_wready  = write;
    assign s_axil_bresp   = {unused, 1'b0};
    assign s_axil_bvalid  = bvalid_q;
    assign s_axil_arready = read;
    assign s_axil_rdata   = rdata_q;
    assign s_axil_rresp   = 2'b00;
    assign s_axil_rvalid  = rvalid_q;
    assign trace_valid    = m_axis_tvalid && m_axis_tready;
    assign trace_layer    = 8'd3;
    assign m_axis_tkeep   = {LANES{1'b1}};

    always @(posedge clk) begin
        if (read)
            case (s_axil_araddr)
                8'h04:   rdata_q <= beats_q;
                8'h08:   rdata_q <= cycles_q;
                default: rdata_q <= {31'd0, soft_q};
            endcase
        if (rst) begin
            soft_q   <= 1'b0;
            bvalid_q <= 1'b0;
            rvalid_q <= 1'b0;
            beats_q  <= 32'd0;
            cycles_q <= 32'd0;
        end else begin
            if (write) bvalid_q <= 1'b1;
            else if (s_axil_bready) bvalid_q <= 1'b0;
            if (read) rvalid_q <= 1'b1;
            else if (s_axil_rready) rvalid_q <= 1'b0;
            if (write && s_axil_awaddr == 8'h00) soft_q <= s_axil_wdata[0];
            cycles_q <= cycles_q + 32'd1;
            if (soft_q) beats_q <= 32'd0;
            else if (s_axis_tvalid && s_axis_tready) beats_q <= beats_q + 32'd1;
        end
    end

    toy_core #(
        .LANES (LANES)
    ) u_core (
        .clk           (clk),
        .rst           (rst || soft_q),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .s_axis_tlast  (s_axis_tlast),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .m_axis_tlast  (m_axis_tlast),
        .product       (trace_data)
    );
endmodule
`default_nettype wire
