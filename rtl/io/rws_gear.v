// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Takes a stream of beats of BYTES bytes apart: offers the next `count` units of GRAIN bytes, at most TAKE bytes. Counts of all takes but an
// image's last are such that, without STRADDLE, none reaches from one beat into the next: units come out of the beat that is offered, which
// is accepted with its last unit, or at the end of an image (done). With STRADDLE a beat is kept in a register and the next one
// is behind it; the first beat of an image takes a cycle to come in. Latency 0, one take a cycle.
`default_nettype none
module rws_gear #(
    parameter BYTES = 4,
    parameter GRAIN = 1,
    parameter TAKE = 3,
    parameter STRADDLE = 1,
    parameter COUNT_W = $clog2(TAKE / GRAIN + 1)
) (
    input  wire               clk,
    input  wire               rst,
    input  wire [8*BYTES-1:0] beat,
    input  wire               valid,
    output wire               accept,
    input  wire               take,
    input  wire               done,
    input  wire [COUNT_W-1:0] count,
    output wire               available,
    output wire [8*TAKE-1:0]  bytes
);
    localparam UNITS = BYTES / GRAIN;
    localparam UNIT_W = 8 * GRAIN;
    localparam AT_W = (UNITS > 1) ? $clog2(UNITS) : 1;
    localparam SUM_W = $clog2(UNITS + 1) + 1;
    localparam ALL_I = UNITS;
    localparam [SUM_W-1:0] ALL = ALL_I[SUM_W-1:0];

    reg [AT_W-1:0] at_q;

    wire [SUM_W-1:0] end_at = {{(SUM_W-AT_W){1'b0}}, at_q} + {{(SUM_W-COUNT_W){1'b0}}, count};
    wire             empties = end_at >= ALL;
    wire [SUM_W-1:0] beyond = end_at - ALL;

    generate
        if (UNITS == 1) begin : gen_whole
            wire unused_state = &{1'b0, clk, rst, beyond, empties, at_q};
            initial at_q = 1'b0;
            assign bytes = beat[8*TAKE-1:0];
            assign available = valid;
            assign accept = valid && (take || done);
        end else if (STRADDLE == 0) begin : gen_offered
            wire unused_high = &{1'b0, beyond[SUM_W-1:AT_W]};
            always @(posedge clk) begin
                if (rst) at_q <= {AT_W{1'b0}};
                else if (take) at_q <= empties ? beyond[AT_W-1:0] : end_at[AT_W-1:0];
            end
            // Behind the beat nothing is wanted.
            wire [8*(BYTES+TAKE)-1:0] window = {{8*TAKE{1'b0}}, beat};
            assign bytes = window[at_q*UNIT_W+:8*TAKE];
            assign available = valid;
            assign accept = valid && ((take && empties) || done);
        end else begin : gen_kept
            reg [8*BYTES-1:0] beat_q;
            reg               held_q;
            wire [16*BYTES-1:0] window = {beat, beat_q};
            wire load = valid && (!held_q || (take && empties));
            wire unused_high = &{1'b0, beyond[SUM_W-1:AT_W], done};
            always @(posedge clk) begin
                if (rst) begin
                    at_q <= {AT_W{1'b0}};
                    held_q <= 1'b0;
                end else begin
                    if (take) at_q <= empties ? beyond[AT_W-1:0] : end_at[AT_W-1:0];
                    held_q <= load || (held_q && !(take && empties));
                end
                if (load) beat_q <= beat;
            end
            assign bytes = window[at_q*UNIT_W+:8*TAKE];
            assign available = held_q && (end_at <= ALL || valid);
            assign accept = load;
        end
    endgenerate
endmodule
`default_nettype wire
