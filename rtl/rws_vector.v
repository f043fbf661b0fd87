// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Pooling unit: sums or maxima over steps, one per pixel and channel, beside the arrays.
//   acc = (first ? start : acc) op act, op = max (masked pixels never win) or + (masked pixels are zero);
//   where last: hold = acc, and captured pulses. hold is channel-major, pixel-minor, signed, VEC_W wide.
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
    localparam [VEC_W-1:0] LOWEST = ACT_SIGNED ? {1'b1, {(VEC_W-1){1'b0}}} : {VEC_W{1'b0}};

    reg captured_q;

    genvar c;
    genvar p;
    generate
        for (c = 0; c < INPUTS; c = c + 1) begin : gen_channel
            for (p = 0; p < PX; p = p + 1) begin : gen_pixel
                wire             top = ACT_SIGNED ? act[(p*INPUTS+c+1)*ACT_W-1] : 1'b0;
                wire [VEC_W-1:0] value = {{(VEC_W-ACT_W){top}}, act[(p*INPUTS+c)*ACT_W+:ACT_W]};
                reg  [VEC_W-1:0] acc_q;
                reg  [VEC_W-1:0] hold_q;
                wire [VEC_W-1:0] prior = !first ? acc_q : sum ? {VEC_W{1'b0}} : LOWEST;
                wire             wins = in_image[p] && ($signed(value) > $signed(prior));
                wire [VEC_W-1:0] next = sum ? prior + value : wins ? value : prior;

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
