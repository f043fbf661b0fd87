// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// A value and its residual operand: y = clamp((x + ((res * RM + RB) >>> RS)) >>> SS, lo, hi), the constants of a layer.
// SUM = 1: there is a shift SS; SUM_EVEN = 1: sum_even rounds its halves to even. SPLIT and NEAR as in rws_requant, LEVELS one more
// than those of the product, which is made in LUTs. Latency from x 2 + SUM + SPLIT, from res LEVELS + 2 more; throughput 1. Sums are
// wide enough by the width algebra, and the clamp saturates.
`default_nettype none
module rws_requant_sum #(
    parameter SPLIT = 0,
    parameter NEAR = 0,
    parameter Y_W = 9,
    parameter RES_W = 4,
    parameter RMUL_W = 4,
    parameter RADD_W = 8,
    parameter RSHIFT_W = 3,
    parameter RTOTAL_W = 11,
    parameter LEVELS = 2,
    parameter SUM = 0,
    parameter SUM_EVEN = 0,
    parameter SSHIFT_W = 1
) (
    input  wire                clk,
    input  wire [Y_W-1:0]      x,
    input  wire [RES_W-1:0]    res,
    input  wire [RMUL_W-1:0]   res_mul,
    input  wire [RADD_W-1:0]   res_add,
    input  wire [RSHIFT_W-1:0] res_shift,
    input  wire [Y_W-1:0]      lo,
    input  wire [Y_W-1:0]      hi,
    input  wire [SSHIFT_W-1:0] sum_shift,
    input  wire                sum_even,
    output wire [Y_W-1:0]      y
);
    localparam SUM_W = ((RTOTAL_W > Y_W) ? RTOTAL_W : Y_W) + 1;
    wire [RTOTAL_W-1:0] operand;
    wire [Y_W-1:0]      near_lo;
    wire [Y_W-1:0]      near_hi;
    wire [RMUL_W-1:0]   near_mul;
    wire [RADD_W-1:0]   near_add;
    wire [RSHIFT_W-1:0] near_shift;
    reg  [SUM_W-1:0]    sum_q;
    wire [SUM_W-1:0]    shifted;

    rws_copy #(
        .WIDTH(2 * Y_W + RMUL_W + RADD_W + RSHIFT_W),
        .CYCLES(NEAR)
    ) u_near (
        .clk(clk),
        .din({lo, hi, res_mul, res_add, res_shift}),
        .dout({near_lo, near_hi, near_mul, near_add, near_shift})
    );

    rws_scale #(
        .CELLS("none"),
        .X_W(RES_W + 1),
        .MUL_W(RMUL_W),
        .ADD_W(RADD_W),
        .SHIFT_W(RSHIFT_W),
        .SHIFT_MIN(0),
        .TOTAL_W(RTOTAL_W),
        .LEVELS(LEVELS - 1),
        .MULTIPLIER(0),
        .EVEN(0),
        .GUARD_W(1)
    ) u_scale (
        .clk(clk),
        .even(1'b0),
        .guard(1'b0),
        .x({1'b0, res}),
        .mul(near_mul),
        .add(near_add),
        .shift(near_shift),
        .y(operand)
    );

    always @(posedge clk) begin
        sum_q <= {{(SUM_W-Y_W){x[Y_W-1]}}, x}
               + {{(SUM_W-RTOTAL_W){operand[RTOTAL_W-1]}}, operand};
    end

    generate
        if (SUM) begin : gen_shift
            wire [SSHIFT_W-1:0]     near_sum;
            wire                    near_sum_even;
            wire signed [SUM_W-1:0] sum = sum_q;
            reg  signed [SUM_W-1:0] shifted_q;

            rws_copy #(
                .WIDTH(SSHIFT_W + 1),
                .CYCLES(NEAR)
            ) u_near (
                .clk(clk),
                .din({sum_shift, sum_even}),
                .dout({near_sum, near_sum_even})
            );

            always @(posedge clk) shifted_q <= sum >>> near_sum;

            if (SUM_EVEN) begin : gen_even
                wire keep;

                rws_even #(
                    .WIDTH(SUM_W),
                    .SHIFT_W(SSHIFT_W),
                    .GUARD_W(1),
                    .DROPPED(0)
                ) u_even (
                    .clk(clk),
                    .even(near_sum_even),
                    .guard(1'b0),
                    .x(sum_q),
                    .rest(1'b0),
                    .shift(near_sum),
                    .keep(keep)
                );

                assign shifted = {shifted_q[SUM_W-1:1], shifted_q[0] && keep};
            end else begin : gen_floor
                wire unused_even = near_sum_even;
                assign shifted = shifted_q;
            end
        end else begin : gen_whole
            wire unused_sum = &{1'b0, sum_shift, sum_even};
            assign shifted = sum_q;
        end
    endgenerate

    rws_clamp #(
        .X_W(SUM_W),
        .Y_W(Y_W),
        .SPLIT(SPLIT)
    ) u_clamp (
        .clk(clk),
        .x(shifted),
        .lo(near_lo),
        .hi(near_hi),
        .y(y)
    );
endmodule
`default_nettype wire
