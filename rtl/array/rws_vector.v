// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Pooling unit: sums or maxima over steps, one per pixel and channel, beside the arrays.
//   acc = sum ? acc + act : max(acc, act); where last: hold = that, acc = 0, and captured pulses, LEAD cycles before hold changes. Operands
// and control are registered first, control for each channel: two cycles to hold. Activations are unsigned. SUM, MAX: what the core's
// layers need; only the first SUM_PX pixels are summed. hold is channel-major, pixel-minor, signed, VEC_W wide, which is enough by the
// width algebra. Throughput 1.
`default_nettype none
module rws_vector #(
    parameter INPUTS = 4,
    parameter PX = 1,
    parameter ACT_W = 4,
    parameter VEC_W = 8,
    parameter SUM = 1,
    parameter MAX = 1,
    parameter SUM_PX = PX,
    parameter LEAD = 0
) (
    input  wire                       clk,
    input  wire                       rst,
    input  wire                       valid,
    input  wire                       last,
    input  wire                       sum,
    input  wire [PX*INPUTS*ACT_W-1:0] act,
    output wire [INPUTS*PX*VEC_W-1:0] hold,
    output wire                       captured
);
    generate
        if (SUM == 0 && MAX == 0) begin : gen_error_0
            rws_error_pooling_must_be_sum_or_max u_refused ();
        end
        if (LEAD > 2) begin : gen_error_1
            rws_error_lead_must_be_at_most_two u_refused ();
        end
        if (VEC_W <= ACT_W) begin : gen_error_2
            rws_error_vec_w_must_hold_act_w u_refused ();
        end
    endgenerate

    wire close = valid && last;

    genvar c;
    genvar p;
    generate
        for (c = 0; c < INPUTS; c = c + 1) begin : gen_channel
            wire take_d;
            wire close_d;
            wire clear_d;
            wire sum_d;
            wire sums = (SUM != 0) && (sum_d || (MAX == 0));

            rws_copy #(
                .WIDTH(4),
                .CYCLES(1)
            ) u_control (
                .clk(clk),
                .din({valid, close, rst || close, sum}),
                .dout({take_d, close_d, clear_d, sum_d})
            );

            for (p = 0; p < PX; p = p + 1) begin : gen_pixel
                localparam SUMMED = (p < SUM_PX) ? SUM : 0;
                localparam KEPT_W = (SUMMED != 0) ? VEC_W : ACT_W;
                wire [KEPT_W-1:0] kept;

                if (SUMMED != 0 || MAX != 0) begin : gen_lane
                    reg  [KEPT_W-1:0] acc_q;
                    reg  [KEPT_W-1:0] hold_q;
                    reg  [ACT_W-1:0]  value_q;
                    wire [ACT_W-1:0]  most = value_q > acc_q[ACT_W-1:0] ? value_q : acc_q[ACT_W-1:0];
                    wire [KEPT_W-1:0] next;

                    always @(posedge clk) begin
                        value_q <= act[(p*INPUTS+c)*ACT_W+:ACT_W];
                        if (clear_d) acc_q <= {KEPT_W{1'b0}};
                        else if (take_d) acc_q <= next;
                        if (close_d) hold_q <= next;
                    end

                    if (SUMMED != 0) begin : gen_sum
                        wire [VEC_W-1:0] total = acc_q + {{(VEC_W-ACT_W){1'b0}}, value_q};
                        assign next = sums ? total : {{(VEC_W-ACT_W){1'b0}}, most};
                    end else begin : gen_max
                        wire unused_sums = sums;
                        assign next = most;
                    end
                    assign kept = hold_q;
                end else begin : gen_none
                    wire unused_act = &{1'b0, act[(p*INPUTS+c)*ACT_W+:ACT_W]};
                    assign kept = {KEPT_W{1'b0}};
                end

                if (KEPT_W < VEC_W) begin : gen_narrow
                    assign hold[(c*PX+p)*VEC_W+:VEC_W] = {{(VEC_W-KEPT_W){1'b0}}, kept};
                end else begin : gen_wide
                    assign hold[(c*PX+p)*VEC_W+:VEC_W] = kept;
                end
            end
        end
    endgenerate

    rws_delay #(
        .WIDTH(1),
        .CYCLES(2 - LEAD)
    ) u_captured (
        .clk(clk),
        .din(close),
        .dout(captured)
    );
endmodule
`default_nettype wire
