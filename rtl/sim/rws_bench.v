// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation only: sends the images of input.bin, IMAGE_IN each, with random pauses and compares the results with expected.bin, both in the working
// directory; an unknown bit is a fault. A fault stops the simulation ($stop), a good end finishes it. For any simulator with delays.
`default_nettype none
module rws_bench #(
    parameter BYTES_IN = 2,
    parameter BYTES_OUT = 2,
    parameter IMAGES = 1,
    parameter IMAGE_IN = 8,
    parameter IMAGE_OUT = 4,
    parameter MAX_IDLE = 100000,
    parameter SEED = 1
) (
    output reg                    clk,
    output reg                    rst,
    output reg  [8*BYTES_IN-1:0]  s_axis_tdata,
    output reg  [BYTES_IN-1:0]    s_axis_tkeep,
    output reg                    s_axis_tvalid,
    input  wire                   s_axis_tready,
    output reg                    s_axis_tlast,
    input  wire [8*BYTES_OUT-1:0] m_axis_tdata,
    input  wire [BYTES_OUT-1:0]   m_axis_tkeep,
    input  wire                   m_axis_tvalid,
    output reg                    m_axis_tready,
    input  wire                   m_axis_tlast,
    output reg  [7:0]             s_axil_araddr,
    output reg                    s_axil_arvalid,
    input  wire                   s_axil_arready,
    input  wire [31:0]            s_axil_rdata,
    input  wire                   s_axil_rvalid
);
    localparam IMAGES_SENT = 8'h20;
    localparam BEATS_IN = (IMAGE_IN + BYTES_IN - 1) / BYTES_IN;

    integer                   source;
    integer                   wanted;
    integer                   state;
    integer                   sent;
    integer                   received;
    integer                   idle;
    integer                   draw;
    integer                   at;
    integer                   left;
    reg                       asked;
    reg     [8*BYTES_IN-1:0]  beat;
    reg     [BYTES_IN-1:0]    kept;
    reg     [7:0]             want;

    task fault(input [8*40-1:0] what);
        begin
            $display("FAULT: %0s: byte %0d of the results, %0d beats sent", what, received, sent);
            $stop;
            $finish;
        end
    endtask

    initial begin
        clk = 1'b0;
        rst = 1'b1;
        s_axis_tvalid = 1'b0;
        s_axis_tlast = 1'b0;
        s_axis_tdata = {8*BYTES_IN{1'b0}};
        s_axis_tkeep = {BYTES_IN{1'b0}};
        m_axis_tready = 1'b0;
        s_axil_araddr = IMAGES_SENT;
        s_axil_arvalid = 1'b0;
        state = SEED;
        sent = 0;
        received = 0;
        idle = 0;
        asked = 1'b0;
        source = $fopen("input.bin", "rb");
        wanted = $fopen("expected.bin", "rb");
        if (source == 0 || wanted == 0) fault("input.bin or expected.bin cannot be read");
        // One edge in reset is enough.
        #5 clk = 1'b1;
        #5 clk = 1'b0;
        #1 rst = 1'b0;
        forever #5 clk = ~clk;
    end

    always @(posedge clk) if (!rst) begin
        idle = idle + 1;
        if (s_axis_tvalid !== 1'b1 || s_axis_tready === 1'b1) begin
            draw = $random(state);
            s_axis_tvalid <= #1 1'b0;
            if (sent < IMAGES * BEATS_IN && draw[9:8] != 2'd0) begin
                // First byte lowest.
                // Null bytes behind the image's end.
                for (at = 0; at < BYTES_IN; at = at + 1) begin
                    kept[at] = (sent % BEATS_IN) * BYTES_IN + at < IMAGE_IN;
                    beat[8*at+:8] = kept[at] ? $fgetc(source) : 8'hxx;
                end
                s_axis_tdata <= #1 beat;
                s_axis_tkeep <= #1 kept;
                s_axis_tlast <= #1 sent % BEATS_IN == BEATS_IN - 1;
                s_axis_tvalid <= #1 1'b1;
                sent = sent + 1;
                idle = 0;
            end
        end

        if (m_axis_tvalid === 1'bx || s_axis_tready === 1'bx) fault("a handshake is unknown");
        if (m_axis_tvalid && m_axis_tready) begin
            if (received == IMAGES * IMAGE_OUT) fault("a beat too many");
            left = IMAGE_OUT - received % IMAGE_OUT;
            for (at = 0; at < BYTES_OUT; at = at + 1) begin
                if (m_axis_tkeep[at] !== at < left) fault("wrong tkeep");
                if (at < left) want = $fgetc(wanted);
                if (at < left && m_axis_tdata[8*at+:8] !== want) begin
                    $display("byte %0d of the beat: found %h, expected %h", at, m_axis_tdata[8*at+:8], want);
                    fault("wrong result");
                end
            end
            if (m_axis_tlast !== left <= BYTES_OUT) fault("wrong tlast");
            received = received + ((left < BYTES_OUT) ? left : BYTES_OUT);
            idle = 0;
        end
        draw = $random(state);
        m_axis_tready <= #1 draw[9:8] != 2'd0;

        // Last the counter of images is read.
        if (s_axil_arvalid && s_axil_arready) s_axil_arvalid <= #1 1'b0;
        if (received == IMAGES * IMAGE_OUT && !asked) begin
            asked <= 1'b1;
            s_axil_arvalid <= #1 1'b1;
        end
        if (s_axil_rvalid) begin
            if (s_axil_rdata !== IMAGES) fault("wrong count of images");
            $display("PASS: %0d images", IMAGES);
            $finish;
        end
        if (idle > MAX_IDLE) fault("no progress");
    end
endmodule
`default_nettype wire
