// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// The program's header: WORDS 32-bit words, shifted in once after a reset: digest, input, output. It tells the streams what images
// and results look like; rws_streams takes input and output apart. A digest of 0 stands for no program: the core then waits, and is
// not configured.
//   input: memory rows of an image; rows of each of its channel blocks; two's complement; a single beat; windows are folded into
// pixels; beats of an image but one; slices of a stored pixel but one; elements of its last slice, or of a window's pixel; first row of the
// image within its padding, first row behind it, last row with the padding, rows from window to window but one; likewise columns; of cores
// with them: used bits of an element and those that are inverted; padding; rows of a digit's words, digits but one
//   output: units of a result's pixel but one (as rws_axis_out counts them); words of a pixel but one; pixels but one; pixels of a block
// Fields stand in the order of their names, the first one lowest.
`default_nettype none
module rws_header #(
    parameter WORDS = 3,
    parameter ADDR_W = 6,
    parameter INPUT_W = 40,
    parameter OUTPUT_W = 8
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               shift,
    input  wire [31:0]        word,
    output wire               configured,
    output wire [31:0]        digest,
    output wire [INPUT_W-1:0] input_form,
    output wire [OUTPUT_W-1:0] output_form,
    // of input_form
    output wire [ADDR_W-1:0]  input_rows
);
    localparam FIELDS_W = 32 + INPUT_W + OUTPUT_W;
    localparam HEADER_W = 32 * WORDS;
    localparam LEFT_W = $clog2(WORDS + 1);
    localparam [LEFT_W-1:0] ALL = WORDS[LEFT_W-1:0];

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

    assign {output_form, input_form, digest} = header_q[FIELDS_W-1:0];
    assign input_rows = input_form[ADDR_W-1:0];
    assign configured = configured_q;

    generate
        if (HEADER_W > FIELDS_W) begin : gen_spare
            wire unused_spare = &{1'b0, header_q[HEADER_W-1:FIELDS_W]};
        end
    endgenerate
endmodule
`default_nettype wire
