// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Array of ROWS x PX dot products of INPUTS activations per cycle, accumulated over steps.
//   acc = (first ? 0 : acc) + dot product;   where last: hold = acc, and captured pulses.
// LANE selects the lane kind: "sp2" (P1 = m1, P2 = m2), "ausn" (P1 = main bits, P2 = superposition bits),
// "fixed" (P1 = bits) and "dsp" (P1 = bits, P2 = 1 for two rows per multiplier; a last odd row leaves half of it idle).
// hold is row-major, pixel-minor, each value sign-extended to HOLD_W. ACC_W is wide enough by the width algebra.
`default_nettype none
module rws_array #(
    parameter [39:0] LANE = "sp2",
    parameter ROWS = 2,
    parameter INPUTS = 4,
    parameter PX = 1,
    parameter ACT_W = 4,
    parameter ACT_SIGNED = 0,
    parameter P1 = 2,
    parameter P2 = 1,
    parameter CODE_W = 4,
    parameter ACC_W = 16,
    parameter HOLD_W = 16
) (
    input  wire                          clk,
    input  wire                          valid,
    input  wire                          first,
    input  wire                          last,
    input  wire [PX*INPUTS*ACT_W-1:0]    act,
    input  wire [ROWS*INPUTS*CODE_W-1:0] code,
    output wire [ROWS*PX*HOLD_W-1:0]     hold,
    output wire                          captured
);
    localparam EXT_W = ACT_W + (ACT_SIGNED ? 0 : 1);
    localparam TREE = $clog2(INPUTS);
    localparam LATENCY = 1 + TREE + ((LANE == "dsp") ? 1 : 0);
    localparam PROD_W = (LANE == "sp2") ? EXT_W + (1 << P1) - 1
                      : (LANE == "ausn") ? EXT_W + P2 + (1 << P1)
                      : EXT_W + P1 - 1;
    localparam SUM_W = PROD_W + TREE;

    wire [ROWS*PX*SUM_W-1:0] sums;
    wire                     valid_d;
    wire                     first_d;
    wire                     last_d;
    reg                      captured_q;

    rws_delay #(
        .WIDTH(3),
        .CYCLES(LATENCY)
    ) u_control (
        .clk(clk),
        .din({valid, first, last}),
        .dout({valid_d, first_d, last_d})
    );

    genvar r;
    genvar p;
    generate
        for (r = 0; r < ROWS; r = r + 1) begin : gen_row
            for (p = 0; p < PX; p = p + 1) begin : gen_pixel
                if (LANE == "sp2") begin : gen_sp2
                    rws_lane_sp2 #(
                        .INPUTS(INPUTS),
                        .ACT_W(ACT_W),
                        .ACT_SIGNED(ACT_SIGNED),
                        .M1(P1),
                        .M2(P2),
                        .SUM_W(SUM_W)
                    ) u_lane (
                        .clk(clk),
                        .act(act[p*INPUTS*ACT_W+:INPUTS*ACT_W]),
                        .code(code[r*INPUTS*CODE_W+:INPUTS*CODE_W]),
                        .sum(sums[(r*PX+p)*SUM_W+:SUM_W])
                    );
                end else if (LANE == "ausn") begin : gen_ausn
                    rws_lane_ausn #(
                        .INPUTS(INPUTS),
                        .ACT_W(ACT_W),
                        .ACT_SIGNED(ACT_SIGNED),
                        .MAIN(P1),
                        .SUP(P2),
                        .SUM_W(SUM_W)
                    ) u_lane (
                        .clk(clk),
                        .act(act[p*INPUTS*ACT_W+:INPUTS*ACT_W]),
                        .code(code[r*INPUTS*CODE_W+:INPUTS*CODE_W]),
                        .sum(sums[(r*PX+p)*SUM_W+:SUM_W])
                    );
                end else if (LANE == "fixed") begin : gen_fixed
                    rws_lane_fixed #(
                        .INPUTS(INPUTS),
                        .ACT_W(ACT_W),
                        .ACT_SIGNED(ACT_SIGNED),
                        .BITS(P1),
                        .SUM_W(SUM_W)
                    ) u_lane (
                        .clk(clk),
                        .act(act[p*INPUTS*ACT_W+:INPUTS*ACT_W]),
                        .code(code[r*INPUTS*CODE_W+:INPUTS*CODE_W]),
                        .sum(sums[(r*PX+p)*SUM_W+:SUM_W])
                    );
                end else if (LANE == "dsp" && P2 == 1 && r % 2 == 0) begin : gen_dsp
                    wire [INPUTS*CODE_W-1:0] code1;
                    wire [SUM_W-1:0]         sum1;

                    if (r + 1 < ROWS) begin : gen_partner
                        assign code1 = code[(r+1)*INPUTS*CODE_W+:INPUTS*CODE_W];
                        assign sums[((r+1)*PX+p)*SUM_W+:SUM_W] = sum1;
                    end else begin : gen_alone
                        wire unused_sum1 = &{1'b0, sum1};
                        assign code1 = {(INPUTS*CODE_W){1'b0}};
                    end

                    rws_lane_dsp #(
                        .INPUTS(INPUTS),
                        .ACT_W(ACT_W),
                        .ACT_SIGNED(ACT_SIGNED),
                        .BITS(P1),
                        .PAIR(1),
                        .SUM_W(SUM_W)
                    ) u_lane (
                        .clk(clk),
                        .act(act[p*INPUTS*ACT_W+:INPUTS*ACT_W]),
                        .code0(code[r*INPUTS*CODE_W+:INPUTS*CODE_W]),
                        .code1(code1),
                        .sum0(sums[(r*PX+p)*SUM_W+:SUM_W]),
                        .sum1(sum1)
                    );
                end else if (LANE == "dsp" && P2 == 0) begin : gen_dsp_single
                    wire [SUM_W-1:0] unused_sum1;

                    rws_lane_dsp #(
                        .INPUTS(INPUTS),
                        .ACT_W(ACT_W),
                        .ACT_SIGNED(ACT_SIGNED),
                        .BITS(P1),
                        .PAIR(0),
                        .SUM_W(SUM_W)
                    ) u_lane (
                        .clk(clk),
                        .act(act[p*INPUTS*ACT_W+:INPUTS*ACT_W]),
                        .code0(code[r*INPUTS*CODE_W+:INPUTS*CODE_W]),
                        .code1({(INPUTS*CODE_W){1'b0}}),
                        .sum0(sums[(r*PX+p)*SUM_W+:SUM_W]),
                        .sum1(unused_sum1)
                    );
                end

                wire [SUM_W-1:0] sum = sums[(r*PX+p)*SUM_W+:SUM_W];
                reg  [ACC_W-1:0] acc_q;
                reg  [ACC_W-1:0] hold_q;
                wire [ACC_W-1:0] next = (first_d ? {ACC_W{1'b0}} : acc_q) + {{(ACC_W-SUM_W){sum[SUM_W-1]}}, sum};

                always @(posedge clk) begin
                    if (valid_d) acc_q <= next;
                    if (valid_d && last_d) hold_q <= next;
                end

                assign hold[(r*PX+p)*HOLD_W+:HOLD_W] = {{(HOLD_W-ACC_W){hold_q[ACC_W-1]}}, hold_q};
            end
        end
    endgenerate

    always @(posedge clk) captured_q <= valid_d && last_d;

    assign captured = captured_q;
endmodule
`default_nettype wire
