// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Takes the beats of rws_beats apart: offers the next `count` units of GRAIN elements, at most TAKE elements, from half next_half on at start.
// Without STRADDLE counts of all takes but an image's last are such that none reaches from one half into the other. leaves: this take
// has the half's last unit. Latency 0, one take a cycle.
`default_nettype none
module rws_gear #(
    parameter BYTES = 4,
    parameter GRAIN = 1,
    parameter IN_W = 4,
    parameter TAKE = 3,
    parameter STRADDLE = 1,
    parameter COUNT_W = $clog2(TAKE / GRAIN + 1)
) (
    input  wire                clk,
    input  wire                start,
    input  wire                next_half,
    input  wire [2*BYTES*IN_W-1:0] beats,
    input  wire [1:0]          held,
    input  wire                take,
    input  wire [COUNT_W-1:0]  count,
    output wire                available,
    output wire                leaves,
    output wire                half,
    output wire [TAKE*IN_W-1:0]   elements
);
    localparam UNITS = BYTES / GRAIN;
    localparam UNIT_W = GRAIN * IN_W;
    localparam SUM_W = $clog2(UNITS + 1) + 1;
    localparam ALL_I = UNITS;
    localparam [SUM_W-1:0] ALL = ALL_I[SUM_W-1:0];

    reg  half_q;
    wire empties;
    wire [2*BYTES*IN_W-1:0] both;

    always @(posedge clk) begin
        if (start) half_q <= next_half;
        else half_q <= half_q ^ leaves;
    end

    generate
        if (UNITS == 1) begin : gen_whole
            wire unused_count = &{1'b0, count, both, ALL};
            assign empties = 1'b1;
            assign elements = half_q ? beats[BYTES*IN_W+:TAKE*IN_W] : beats[0+:TAKE*IN_W];
            assign available = held[half_q];
        end else begin : gen_parts
            localparam AT_W = $clog2(UNITS);
            reg [AT_W-1:0] at_q;

            wire [SUM_W-1:0] end_at = {{(SUM_W-AT_W){1'b0}}, at_q} + {{(SUM_W-COUNT_W){1'b0}}, count};
            wire [SUM_W-1:0] beyond = end_at - ALL;
            wire             unused_high = &{1'b0, beyond[SUM_W-1:AT_W]};

            always @(posedge clk) begin
                if (start) at_q <= {AT_W{1'b0}};
                else if (take) at_q <= empties ? beyond[AT_W-1:0] : end_at[AT_W-1:0];
            end

            assign empties = end_at >= ALL;
            if (STRADDLE) begin : gen_both
                assign elements = both[at_q*UNIT_W+:TAKE*IN_W];
                assign available = held[half_q] && (end_at <= ALL || held[!half_q]);
            end else begin : gen_one
                // Behind the half nothing is wanted.
                wire [(BYTES+TAKE)*IN_W-1:0] one = {{TAKE*IN_W{1'b0}}, both[0+:BYTES*IN_W]};
                wire unused_other = &{1'b0, both[BYTES*IN_W+:BYTES*IN_W]};
                assign elements = one[at_q*UNIT_W+:TAKE*IN_W];
                assign available = held[half_q];
            end
        end
    endgenerate

    assign both = half_q ? {beats[0+:BYTES*IN_W], beats[BYTES*IN_W+:BYTES*IN_W]} : beats;
    assign leaves = take && empties;
    assign half = half_q;
endmodule
`default_nettype wire
