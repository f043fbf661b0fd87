// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Pooling unit: sums or maxima over steps, one per pixel and channel, beside the arrays.
//   acc = first ? act : acc op act, op = max or +; where last: hold = acc, and captured pulses.
// A pixel outside the image comes as zero, and counts as the lowest value in a maximum. hold is channel-major,
// pixel-minor, signed, VEC_W wide.
`default_nettype none
module rws_vector #(
    parameter INPUTS = 4,
    parameter PX = 1,
    parameter ACT_W = 4,
    parameter ACT_SIGNED = 0,
    parameter VEC_W = 8
) (
    input  wire                       clk,
    input  wire                       valid,
    input  wire                       first,
    input  wire                       last,
    input  wire                       sum,
    input  wire [PX-1:0]              in_image,
    input  wire [PX*INPUTS*ACT_W-1:0] act,
    output wire [INPUTS*PX*VEC_W-1:0] hold,
    output wire                       captured
);
    reg captured_q;

    genvar c;
    genvar p;
    generate
        for (c = 0; c < INPUTS; c = c + 1) begin : gen_channel
            for (p = 0; p < PX; p = p + 1) begin : gen_pixel
                wire             top = ACT_SIGNED ? act[(p*INPUTS+c+1)*ACT_W-1] : 1'b0;
                wire             lowest = ACT_SIGNED ? !sum && !in_image[p] : 1'b0;
                wire [VEC_W-1:0] extended = {{(VEC_W-ACT_W){top}}, act[(p*INPUTS+c)*ACT_W+:ACT_W]};
                wire [VEC_W-1:0] value = extended | {lowest, {(VEC_W-1){1'b0}}};
                reg  [VEC_W-1:0] acc_q;
                reg  [VEC_W-1:0] hold_q;
                wire             wins = $signed(value) > $signed(acc_q);
                wire [VEC_W-1:0] next = first ? value : sum ? acc_q + value : wins ? value : acc_q;

                always @(posedge clk) begin
                    if (valid) acc_q <= next;
                    if (valid && last) hold_q <= next;
                end

                assign hold[(c*PX+p)*VEC_W+:VEC_W] = hold_q;
            end
        end
    endgenerate

    always @(posedge clk) captured_q <= valid && last;

    assign captured = captured_q;
endmodule
`default_nettype wire
