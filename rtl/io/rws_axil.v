// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// AXI4-Lite control and status, one outstanding access per direction. Address and data of a write come in any order. Every
// output is a register or a function of registers; in reset and in the cycle after it all are low.
//   0x00 identity (read only)        0x04 control: bit 0 run (1 after reset), bit 1 soft reset (self-clearing)
//   0x08 status: bit 0 active, bit 1 input framing error        0x0C images sent
//   0x10 cycles while active         0x14 cycles stalled         0x20 + 4a busy cycles of array a
`default_nettype none
module rws_axil #(
    parameter ARRAYS = 2,
    parameter IDENTITY = 32'h52575301
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
    input  wire              active,
    input  wire              stalled,
    input  wire [ARRAYS-1:0] array_busy,
    input  wire              image_sent,
    input  wire              framing_error
);
    reg        enable_q;
    reg        awready_q;
    reg        wready_q;
    reg        bvalid_q;
    reg        arready_q;
    reg        rvalid_q;
    reg        write_q;
    reg        control_q;
    reg        strobe_q;
    reg [1:0]  wdata_q;
    reg [31:0] rdata_q;
    reg [31:0] images_q;
    reg [31:0] cycles_q;
    reg [31:0] stalls_q;
    wire [ARRAYS*32-1:0] busy;
    wire [(ARRAYS+1)*32-1:0] busy_pick;
    wire       has_address = s_axil_awvalid || !awready_q;
    wire       has_data = s_axil_wvalid || !wready_q;
    // One of the two is still awaited: ready is low for what has come.
    wire       write_open = awready_q || wready_q;
    wire       write_done = write_open && has_address && has_data;
    wire       write_next = !write_open && (!bvalid_q || s_axil_bready);
    wire       read_next = !arready_q && (!rvalid_q || s_axil_rready);
    wire       control = write_q && control_q && strobe_q;
    wire       unused_bits = &{1'b0, s_axil_awprot, s_axil_arprot, s_axil_awaddr[1:0], s_axil_araddr[1:0],
                               s_axil_wdata[31:2], s_axil_wstrb[3:1]};

    genvar a;
    generate
        assign busy_pick[31:0] = 32'd0;
        for (a = 0; a < ARRAYS; a = a + 1) begin : gen_busy
            localparam [5:0] INDEX = 8 + a;
            reg [31:0] count_q;
            always @(posedge clk) begin
                if (rst || core_rst) count_q <= 32'd0;
                else count_q <= count_q + {31'd0, array_busy[a]};
            end
            assign busy[a*32+:32] = count_q;
            assign busy_pick[(a+1)*32+:32] =
                busy_pick[a*32+:32] | ((s_axil_araddr[7:2] == INDEX) ? busy[a*32+:32] : 32'd0);
        end
    endgenerate

    always @(posedge clk) begin
        if (rst || core_rst) begin
            images_q <= 32'd0;
            cycles_q <= 32'd0;
            stalls_q <= 32'd0;
        end else begin
            images_q <= images_q + {31'd0, image_sent};
            cycles_q <= cycles_q + {31'd0, active};
            stalls_q <= stalls_q + {31'd0, stalled};
        end
    end

    always @(posedge clk) begin
        if (rst) begin
            enable_q <= 1'b1;
            awready_q <= 1'b0;
            wready_q <= 1'b0;
            bvalid_q <= 1'b0;
            arready_q <= 1'b0;
            rvalid_q <= 1'b0;
            write_q <= 1'b0;
        end else begin
            if (control) enable_q <= wdata_q[0];
            awready_q <= write_next || (awready_q && !s_axil_awvalid);
            wready_q <= write_next || (wready_q && !s_axil_wvalid);
            bvalid_q <= write_done || (bvalid_q && !s_axil_bready);
            arready_q <= read_next || (arready_q && !s_axil_arvalid);
            rvalid_q <= (arready_q && s_axil_arvalid) || (rvalid_q && !s_axil_rready);
            write_q <= write_done;
        end
    end

    always @(posedge clk) begin
        if (awready_q) control_q <= s_axil_awaddr[7:2] == 6'd1;
        if (wready_q) begin
            strobe_q <= s_axil_wstrb[0];
            wdata_q <= s_axil_wdata[1:0];
        end
    end

    always @(posedge clk) begin
        if (arready_q) begin
            case (s_axil_araddr[7:2])
                6'd0: rdata_q <= IDENTITY;
                6'd1: rdata_q <= {31'd0, enable_q};
                6'd2: rdata_q <= {30'd0, framing_error, active};
                6'd3: rdata_q <= images_q;
                6'd4: rdata_q <= cycles_q;
                6'd5: rdata_q <= stalls_q;
                default: rdata_q <= busy_pick[ARRAYS*32+:32];
            endcase
        end
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
endmodule
`default_nettype wire
