// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// From Q accumulators of D pixels to their results in each cycle: the rows' parameters, the operands of adds (RES = 1), requantization.
// numbers are the layer's, from the descriptor, lowest first: lo1, hi1, lo2, hi2, res_mul, res_add, res_shift, and where the core has
// them even (EVEN = 1), guard (GUARD bits), sum_shift (SSHIFT bits), sum_even (SUM_EVEN = 1).
// POOLED_W > 0: results of so many bits may be maxima over windows (rws_maxima, with windows = {mark, back, valid, line, x_head, x_over, y_head, y_over}
// and shared = {y, x}); that takes two cycles.
// BENT = 1: a row has a second set of parameters for small accumulators (rws_bend); that takes a cycle.
// raddr is that of accumulators which come WAIT + WAY + 1 cycles later; param_write comes WAY + LATENCY cycles after raddr. Latency as
// in rws_requant, throughput 1.
`default_nettype none
module rws_results #(
    parameter [39:0] CELLS = "none",
    parameter Q = 2,
    parameter D = 1,
    parameter LOADER = 0,
    parameter PARAM_VALUES = 2,
    parameter PARAM_WORDS = 8,
    parameter PARAM_ADDR_W = 4,
    parameter PARAM_INIT = "",
    parameter LATENCY = 1,
    parameter SPLIT = 0,
    parameter WAY = 0,
    parameter WAIT = 0,
    parameter ACC_W = 16,
    parameter MUL_W = 4,
    parameter ADD_W = 16,
    parameter SHIFT_W = 3,
    parameter SHIFT_MIN = 2,
    parameter TOTAL_W = 20,
    parameter LEVELS = 2,
    parameter MULTIPLIER = 0,
    parameter Y_W = 9,
    parameter RES = 1,
    parameter RES_WORDS = 16,
    parameter RES_ADDR_W = 5,
    parameter RES_W = 4,
    parameter RMUL_W = 4,
    parameter RADD_W = 8,
    parameter RSHIFT_W = 3,
    parameter RTOTAL_W = 11,
    parameter EVEN = 0,
    parameter GUARD = 0,
    parameter SSHIFT = 0,
    parameter SUM_EVEN = 0,
    parameter BENT = 0,
    parameter POOLED_W = 0,
    parameter POOLED_WORDS = 1,
    parameter POOLED_GROUPS = 1,
    parameter SLICES = 2
) (
    input  wire                    clk,
    input  wire [(Q+PARAM_VALUES-1)/PARAM_VALUES-1:0] load_we,
    input  wire [71:0]             load,
    input  wire [4*Y_W+RMUL_W+RADD_W+RSHIFT_W+EVEN+GUARD+SSHIFT+SUM_EVEN-1:0] numbers,
    input  wire                    from_res,
    input  wire [PARAM_ADDR_W-1:0] raddr,
    output wire                    param_write,
    input  wire [D*Q*ACC_W-1:0]    acc,
    input  wire [D-1:0]            res_we,
    input  wire [RES_ADDR_W-1:0]   res_waddr,
    input  wire [RES_ADDR_W-1:0]   res_raddr,
    input  wire                    layer_load,
    input  wire [7:0]              windows,
    input  wire [1:0]              shared,
    output wire [D*Q*Y_W-1:0]      y
);
    localparam SET_W = MUL_W + ADD_W + SHIFT_W;
    localparam VALUE_W = (BENT != 0) ? 2*SET_W + ACC_W : SET_W;
    localparam PLAIN_W = 4*Y_W + RMUL_W + RADD_W + RSHIFT_W;
    localparam GUARD_W = (GUARD > 0) ? GUARD : 1;
    localparam SSHIFT_W = (SSHIFT > 0) ? SSHIFT : 1;
    localparam SUM = (SSHIFT > 0) ? 1 : 0;

    wire [RSHIFT_W-1:0] res_shift;
    wire [RADD_W-1:0]   res_add;
    wire [RMUL_W-1:0]   res_mul;
    wire [Y_W-1:0]      hi2;
    wire [Y_W-1:0]      lo2;
    wire [Y_W-1:0]      hi1;
    wire [Y_W-1:0]      lo1;
    wire                even;
    wire [GUARD_W-1:0]  guard;
    wire [SSHIFT_W-1:0] sum_shift;
    wire                sum_even;

    assign {res_shift, res_add, res_mul, hi2, lo2, hi1, lo1} = numbers[PLAIN_W-1:0];

    generate
        if (EVEN) begin : gen_even
            assign even = numbers[PLAIN_W];
        end else begin : gen_floor
            assign even = 1'b0;
        end
        if (GUARD != 0) begin : gen_guard
            assign guard = numbers[PLAIN_W+EVEN+:GUARD_W];
        end else begin : gen_no_guard
            assign guard = {GUARD_W{1'b0}};
        end
        if (SUM) begin : gen_sum
            assign sum_shift = numbers[PLAIN_W+EVEN+GUARD+:SSHIFT_W];
        end else begin : gen_no_sum
            assign sum_shift = {SSHIFT_W{1'b0}};
        end
        if (SUM_EVEN) begin : gen_sum_even
            assign sum_even = numbers[PLAIN_W+EVEN+GUARD+SSHIFT];
        end else begin : gen_sum_floor
            assign sum_even = 1'b0;
        end
    endgenerate

    wire                 flag;
    wire [Q*VALUE_W-1:0] param;
    wire [Q*VALUE_W-1:0] param_d;
    wire [D*Q*RES_W-1:0] res;
    wire [D*Q*RES_W-1:0] res_d;
    wire [D*Q*ACC_W-1:0] acc_d;
    wire [D*Q*SET_W-1:0] set;
    wire [D*Q*Y_W-1:0]   scaled;

    rws_params #(
        .Q(Q),
        .VALUE_W(VALUE_W),
        .VALUES(PARAM_VALUES),
        .LOADER(LOADER),
        .WORDS(PARAM_WORDS),
        .ADDR_W(PARAM_ADDR_W),
        .INIT(PARAM_INIT),
        .WAY(WAY)
    ) u_params (
        .clk(clk),
        .load_we(load_we),
        .load(load),
        .raddr(raddr),
        .word({flag, param})
    );

    // Where memories have a register behind them, parameters are read a cycle early.
    rws_delay #(
        .WIDTH(1),
        .CYCLES(LATENCY - 1)
    ) u_param_write (
        .clk(clk),
        .din(flag),
        .dout(param_write)
    );

    rws_delay #(
        .WIDTH(Q*VALUE_W),
        .CYCLES(WAIT)
    ) u_param (
        .clk(clk),
        .din(param),
        .dout(param_d)
    );

    genvar d;
    generate
        if (RES) begin : gen_residual
            for (d = 0; d < D; d = d + 1) begin : gen_pixel
                rws_residual #(
                    .Q(Q),
                    .Y_W(Y_W),
                    .WIDTH(RES_W),
                    .DEPTH(RES_WORDS),
                    .ADDR_W(RES_ADDR_W),
                    .LATENCY(LATENCY)
                ) u_residual (
                    .clk(clk),
                    .we(res_we[d]),
                    .waddr(res_waddr),
                    .wdata(y[d*Q*Y_W+:Q*Y_W]),
                    .gate(from_res),
                    .raddr(res_raddr),
                    .rdata(res[d*Q*RES_W+:Q*RES_W])
                );
            end
        end else begin : gen_plain
            wire unused_residual = &{1'b0, from_res, res_we, res_waddr, res_raddr};
            wire unused_parameters = RES_WORDS == 0;
            assign res = {D*Q*RES_W{1'b0}};
        end
    endgenerate

    rws_delay #(
        .WIDTH(D*Q*RES_W),
        .CYCLES(BENT)
    ) u_res (
        .clk(clk),
        .din(res),
        .dout(res_d)
    );

    generate
        if (BENT) begin : gen_bent
            rws_bend #(
                .Q(D*Q),
                .ACC_W(ACC_W),
                .SET_W(SET_W)
            ) u_bend (
                .clk(clk),
                .acc(acc),
                .param({D{param_d}}),
                .acc_d(acc_d),
                .set(set)
            );
        end else begin : gen_straight
            assign acc_d = acc;
            assign set = {D{param_d}};
        end
    endgenerate

    rws_requant #(
        .CELLS(CELLS),
        .Q(D*Q),
        .ACC_W(ACC_W),
        .MUL_W(MUL_W),
        .ADD_W(ADD_W),
        .SHIFT_W(SHIFT_W),
        .SHIFT_MIN(SHIFT_MIN),
        .TOTAL_W(TOTAL_W),
        .LEVELS(LEVELS),
        .MULTIPLIER(MULTIPLIER),
        .NEAR(LATENCY - 1),
        .SPLIT(SPLIT),
        .Y_W(Y_W),
        .RES(RES),
        .RES_W(RES_W),
        .RMUL_W(RMUL_W),
        .RADD_W(RADD_W),
        .RSHIFT_W(RSHIFT_W),
        .RTOTAL_W(RTOTAL_W),
        .EVEN(EVEN),
        .GUARD_W(GUARD_W),
        .SUM(SUM),
        .SUM_EVEN(SUM_EVEN),
        .SSHIFT_W(SSHIFT_W)
    ) u_requant (
        .clk(clk),
        .acc(acc_d),
        .param(set),
        .lo1(lo1),
        .hi1(hi1),
        .lo2(lo2),
        .hi2(hi2),
        .res(res_d),
        .res_mul(res_mul),
        .res_add(res_add),
        .res_shift(res_shift),
        .even(even),
        .guard(guard),
        .sum_shift(sum_shift),
        .sum_even(sum_even),
        .y(scaled)
    );

    generate
        if (POOLED_W > 0) begin : gen_maxima
            rws_maxima #(
                .Q(Q),
                .Y_W(Y_W),
                .WIDTH(POOLED_W),
                .SLICES(SLICES),
                .WORDS(POOLED_WORDS),
                .GROUPS(POOLED_GROUPS),
                .LATENCY(LATENCY)
            ) u_maxima (
                .clk(clk),
                .start(layer_load),
                .back(windows[6]),
                .mark(windows[7]),
                .valid(windows[5]),
                .line(windows[4]),
                .x_head(windows[3]),
                .x_over(windows[2]),
                .y_head(windows[1]),
                .y_over(windows[0]),
                .x_shared(shared[0]),
                .y_shared(shared[1]),
                .values(scaled),
                .maxima(y)
            );
        end else begin : gen_values
            wire unused_windows = &{1'b0, layer_load, windows, shared};
            wire unused_widths = POOLED_WORDS + POOLED_GROUPS + SLICES == 0;
            assign y = scaled;
        end
    endgenerate
endmodule
`default_nettype wire
