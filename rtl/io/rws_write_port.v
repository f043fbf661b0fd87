// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// A write of activation memory: what the drain writes goes first, the stream's comes where STREAM = 1. Of the drain's values the low
// ACT_W bits are stored; elements of the stream have IN_W bits. write is {we, place, data}. Latency 0.
`default_nettype none
module rws_write_port #(
    parameter Q = 2,
    parameter STREAM = 1,
    parameter IN_W = 4,
    parameter ACT_W = 4,
    parameter Y_W = 9,
    parameter PLACE_W = 8
) (
    input  wire               drain_we,
    input  wire [PLACE_W-1:0] drain_place,
    input  wire [Q*Y_W-1:0]   drain_values,
    input  wire               stream_we,
    input  wire [PLACE_W-1:0] stream_place,
    input  wire [Q*IN_W-1:0]  stream_elements,
    output wire [PLACE_W+Q*ACT_W:0] write
);
    wire               from_drain = drain_we || STREAM == 0;
    wire [PLACE_W-1:0] place = from_drain ? drain_place : stream_place;
    wire [Q*ACT_W-1:0] data;

    assign write = {drain_we || (STREAM != 0 && stream_we), place, data};

    genvar e;
    generate
        for (e = 0; e < Q; e = e + 1) begin : gen_element
            wire [ACT_W-1:0] value = drain_values[e*Y_W+:ACT_W];
            wire [ACT_W-1:0] element;

            if (ACT_W > IN_W) begin : gen_extend
                assign element = {{(ACT_W-IN_W){1'b0}}, stream_elements[e*IN_W+:IN_W]};
            end else begin : gen_same
                assign element = stream_elements[e*IN_W+:IN_W];
            end
            if (ACT_W < Y_W) begin : gen_clamped
                wire unused_values = &{1'b0, drain_values[e*Y_W+ACT_W+:Y_W-ACT_W]};
            end
            assign data[e*ACT_W+:ACT_W] = from_drain ? value : element;
        end
    endgenerate
endmodule
`default_nettype wire
