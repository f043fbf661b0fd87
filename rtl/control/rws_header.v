// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// The program's header: WORDS 32-bit words (fields below, least significant first), shifted in once after a reset. It tells the
// streams what images and results look like. A digest of 0 stands for no program: the core then waits, and is not configured.
`default_nettype none
module rws_header #(
    parameter WORDS = 3,
    parameter ADDR_W = 6,
    parameter PIXEL_W = 7,
    parameter COUNT_W = 2,
    parameter BEAT_W = 3,
    parameter BLOCK_W = 2
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               shift,
    input  wire [31:0]        word,
    output wire               configured,
    output wire [31:0]        digest,
    // elements are two's complement; an image is a single beat
    output wire               input_signed,
    output wire               input_single,
    // slices of a pixel but one; pixels of an image but two, negative where it has one
    output wire [COUNT_W-1:0] input_slice_last,
    output wire [PIXEL_W-1:0] input_pixels,
    // memory rows of an image, and of its channel blocks
    output wire [ADDR_W-1:0]  input_rows,
    output wire [ADDR_W-1:0]  input_stride,
    // beats of a result but one; words that a block of it is drained in
    output wire [BEAT_W-1:0]  output_beat_last,
    output wire [BLOCK_W-1:0] output_block
);
    localparam FIELDS_W = 34 + COUNT_W + PIXEL_W + 2*ADDR_W + BEAT_W + BLOCK_W;
    localparam HEADER_W = 32 * WORDS;
    localparam LEFT_W = $clog2(WORDS + 1);
    localparam [LEFT_W-1:0] ALL = WORDS;

    reg [HEADER_W-1:0] header_q;
    reg [LEFT_W-1:0]   left_q;
    reg                configured_q;

    always @(posedge clk) begin
        if (shift) header_q <= {word, header_q[HEADER_W-1:32]};
    end

    always @(posedge clk) begin
        if (rst) begin
            left_q <= ALL;
            configured_q <= 1'b0;
        end else begin
            if (shift) left_q <= left_q - {{(LEFT_W-1){1'b0}}, 1'b1};
            configured_q <= left_q == {LEFT_W{1'b0}} && digest != 32'd0;
        end
    end

    assign {output_block, output_beat_last, input_stride, input_rows, input_pixels, input_slice_last, input_single, input_signed,
            digest} = header_q[FIELDS_W-1:0];
    assign configured = configured_q;

    generate
        if (HEADER_W > FIELDS_W) begin : gen_spare
            wire unused_spare = &{1'b0, header_q[HEADER_W-1:FIELDS_W]};
        end
    endgenerate
endmodule
`default_nettype wire
