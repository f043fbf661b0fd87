// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// From captured accumulators to results: the drain walks over a block, Q rows of D pixels per cycle; their accumulators are selected and
// requantized, and written to activation memory (write is {we, bank, slice, address} of each pixel), residual memory and, of one pixel at a
// time, the output stream (result). back is rws_layer's: {numbers of rws_results, place of the result, pitch, group_last, block_last,
// vector}; drained is {pass_end, real_lane, lane, push} of rws_axis_out. VECTOR = 1: there is a pooling unit. DIGIT_W > 0: passes of an
// activation's digits of OPERAND_W bits are added up (rws_digit_sum). PART_W > 0: values for activation memory are written in digits of
// OPERAND_W bits (rws_drain), and back has {digits but one, rows from one to the next} above the numbers. POOLED_W > 0: results of so many
// bits, which are never written in digits, may be maxima over windows, taken before they are written; back has the windows (rws_drain_pixel)
// above that. SECOND = 1: activation memory gets second results (rws_second), and back has their numbers on top. LATENCY is that of
// memories, SPLIT = 1 stands for slow wires (a register more on the way to accumulators, in their multiplexer and in clamps). A result
// comes LEVELS + 3 + SUMS + CLAMPS*(1 + SPLIT) + LATENCY + 2*SPLIT cycles after the drain's first stage, with SUMS 1 for operands of adds
// (RES), 1 for a shift of sums, 1 for second constants (BENT), 1 for digits and 2 for maxima (POOLED_W), CLAMPS 1, or 2 with RES; all
// numbers are wide enough by the plan.
`default_nettype none
module rws_back #(
    parameter [39:0] CELLS = "none",
    parameter PX = 2,
    parameter CI = 4,
    parameter ROWS = 4,
    parameter Q = 2,
    parameter D = 1,
    parameter VECTOR = 1,
    parameter VEC_W = 8,
    parameter HOLD_W = 16,
    parameter LATENCY = 1,
    parameter SPLIT = 0,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter SLICE_W = 1,
    parameter XW = 5,
    parameter GROUP_W = 3,
    parameter BY_BLOCK = 0,
    parameter BACK_W = 133,
    parameter LOADER = 0,
    parameter PARAM_VALUES = 2,
    parameter PARAM_WORDS = 8,
    parameter PARAM_INIT = "",
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
    parameter SUM_W = HOLD_W,
    parameter OPERAND_W = 4,
    parameter DIGIT_W = 0,
    parameter PART_W = 0,
    parameter SECOND = 0,
    parameter SECOND_MUL_W = 4,
    parameter SECOND_ADD_W = 8,
    parameter SECOND_SHIFT_W = 3,
    parameter SECOND_TOTAL_W = 12,
    parameter SECOND_LEVELS = 1,
    parameter POOLED_W = 0,
    parameter POOLED_WORDS = 1,
    parameter POOLED_GROUPS = 1,
    parameter STRIPS = 0
) (
    input  wire                     clk,
    input  wire                     rst,
    input  wire [(Q+PARAM_VALUES-1)/PARAM_VALUES-1:0] load_we,
    input  wire [71:0]              load,
    input  wire                     layer_load,
    input  wire                     image_load,
    input  wire [BACK_W-1:0]        back,
    input  wire                     array_captured,
    input  wire [ROWS*PX*HOLD_W-1:0] array_hold,
    input  wire                     vector_captured,
    input  wire [CI*PX*VEC_W-1:0]   vector_hold,
    output wire [D*(BANK_W+SLICE_W+ADDR_W+1)-1:0] write,
    output wire [D*Q*Y_W-1:0]       y,
    // for activation memory, with write: y, or where SECOND = 1 the second result
    output wire [D*Q*Y_W-1:0]       stored,
    output wire [Q*Y_W-1:0]         result,
    output wire [3:0]               drained,
    output wire [D-1:0]             written,
    output wire                     pass_done
);
    localparam SLICES = ROWS / Q;
    localparam CI_SLICES = CI / Q;
    localparam SLOTS = PX / D * ((SLICES > CI_SLICES) ? SLICES : CI_SLICES);
    localparam INDEX_W = (SLOTS > 1) ? $clog2(SLOTS) : 1;
    localparam PARAM_ADDR_W = $clog2(PARAM_WORDS + 1);
    localparam RES_ADDR_W = (RES_WORDS > 0) ? $clog2(RES_WORDS + 1) : 1;
    localparam DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1;
    localparam DIGITED = (DIGIT_W > 0) ? 1 : 0;
    localparam PARTS_W = (PART_W > 0) ? PART_W : 1;
    localparam DIGIT_PLACE_W = (PART_W > 0) ? PART_W + ADDR_W : 0;
    localparam POOLED = (POOLED_W > 0) ? 1 : 0;
    localparam WINDOW_W = (POOLED != 0) ? 16 : 0;
    localparam COPIED_W = 1 + ADDR_W + GROUP_W + XW;
    localparam TURN_W = (D > 1) ? $clog2(D) : 1;
    localparam SPREAD_W = (D > 1) ? 1 + BANK_W + (D-1)*(BANK_W+ADDR_W) : 3 + ADDR_W;
    localparam SINGLE_W = (D > 1) ? 1 : 0;
    localparam FLAGS = COPIED_W + DIGIT_W + STRIPS + BANK_W;
    localparam PLACE_W = 8 + STRIPS + SINGLE_W + DIGIT_W + GROUP_W + SPREAD_W + 5*ADDR_W + 2*BANK_W + 3*XW + 3*RES_ADDR_W;
    localparam SECOND_W = (SECOND != 0) ? 2*Y_W + SECOND_MUL_W + SECOND_ADD_W + SECOND_SHIFT_W : 0;
    localparam LANE_W = 1 + BANK_W + SLICE_W + ADDR_W;
    localparam NUMBERS_W = 4*Y_W + RMUL_W + RADD_W + RSHIFT_W + EVEN + GUARD + SSHIFT + SUM_EVEN;

    // Registers of the index on the way to accumulators; all cycles from it to them.
    localparam LEAD = LATENCY - 1 + SPLIT;
    localparam SELECT = 1 + LEAD + SPLIT;
    // Registers of the drain on the way to its parameters: what they need not wait for, addresses do.
    localparam WAY = ((SPLIT != 0) ? SELECT - 1 : 0) + DIGITED;
    localparam SUMS = ((RES != 0) ? 4 : 3) + ((SSHIFT != 0) ? 1 : 0) + ((BENT != 0) ? 1 : 0) + DIGITED + 2*POOLED;
    localparam CLAMPS = (RES != 0) ? 2 : 1;

    generate
        if (BACK_W != PLACE_W + NUMBERS_W + DIGIT_PLACE_W + WINDOW_W + SECOND_W) begin : gen_error
            rws_error_back_w_must_hold_all_fields u_refused ();
        end
    endgenerate

    wire [NUMBERS_W-1:0]  numbers;
    wire [RES_ADDR_W-1:0] res_stride;
    wire [RES_ADDR_W-1:0] res_src;
    wire [RES_ADDR_W-1:0] res_dst;
    wire [XW-1:0]         out_w;
    wire [XW-1:0]         out_h;
    wire [SPREAD_W-1:0]   spread;
    wire [2:0]            phase_y_last;
    wire [BANK_W-1:0]     dst_pitch_bank;
    wire [ADDR_W-1:0]     dst_pitch_row;
    wire [ADDR_W-1:0]     dst_plane_y;
    wire [ADDR_W-1:0]     dst_stride;
    wire [ADDR_W-1:0]     dst_base;
    wire                  from_res;
    wire                  to_out;
    wire                  to_res;
    wire                  to_act;
    wire                  single;
    wire [BANK_W-1:0]     lane_last;
    wire [XW-1:0]         pitch;
    wire [GROUP_W-1:0]    group_last;
    wire [ADDR_W-1:0]     block_last;
    wire                  vector;

    assign {numbers, res_stride, res_src, res_dst, out_w, out_h, spread, phase_y_last, dst_pitch_bank, dst_pitch_row, dst_plane_y,
            dst_stride, dst_base} = back[BACK_W-SECOND_W-WINDOW_W-DIGIT_PLACE_W-1:FLAGS+4+SINGLE_W];
    assign {from_res, to_out, to_res, to_act, lane_last} = back[FLAGS+3:COPIED_W+DIGIT_W+STRIPS];
    assign {pitch, group_last, block_last, vector} = back[COPIED_W-1:0];

    wire [DIGITS_W-1:0] digit_last;
    generate
        if (DIGIT_W > 0) begin : gen_digits
            assign digit_last = back[COPIED_W+:DIGITS_W];
        end else begin : gen_whole
            assign digit_last = {DIGITS_W{1'b0}};
        end
    endgenerate

    wire by_block;
    generate
        if (STRIPS != 0) begin : gen_strips
            assign by_block = to_out || back[COPIED_W+DIGIT_W];
        end else begin : gen_images
            assign by_block = to_out;
        end
    endgenerate

    wire [PARTS_W-1:0] part_last;
    wire [ADDR_W-1:0]  dst_digit;
    generate
        if (PART_W > 0) begin : gen_parts
            assign {part_last, dst_digit} = back[BACK_W-SECOND_W-WINDOW_W-1-:PARTS_W+ADDR_W];
        end else begin : gen_no_parts
            assign {part_last, dst_digit} = {(PARTS_W+ADDR_W){1'b0}};
        end
    endgenerate

    wire [15:0] window;
    wire [7:0]  windows;
    generate
        if (POOLED != 0) begin : gen_windows
            assign window = back[BACK_W-SECOND_W-1-:16];
        end else begin : gen_pixels
            wire unused_window = &{1'b0, window};
            assign window = 16'd0;
        end
    endgenerate

    wire [INDEX_W-1:0]      index;
    wire [PARAM_ADDR_W-1:0] param_raddr;
    wire                    param_write;
    wire [RES_ADDR_W-1:0]   res_raddr;
    wire [D-1:0]            res_we;
    wire [RES_ADDR_W-1:0]   res_waddr;
    wire [D-1:0]            act_we;
    wire [D*BANK_W-1:0]     act_wbank;
    wire [SLICE_W-1:0]      act_wslice;
    wire [D*ADDR_W-1:0]     act_waddr;
    wire [TURN_W-1:0]       out_turn;
    wire [D*Q*HOLD_W-1:0]   acc;
    wire [D*Q*SUM_W-1:0]    sum;
    wire [D-1:0]            run;
    wire                    digit_head;

    // What is written, and that the pass behind it is done, waits for the second result.
    wire               first_done;
    wire [D*LANE_W-1:0] first_write;
    wire [PARTS_W-1:0]  first_part;
    wire [PARTS_W-1:0]  part;
    wire [D*Q*Y_W-1:0]  values;

    genvar d;
    generate
        for (d = 0; d < D; d = d + 1) begin : gen_write
            assign first_write[d*LANE_W+:LANE_W] = {act_we[d], act_wbank[d*BANK_W+:BANK_W], act_wslice, act_waddr[d*ADDR_W+:ADDR_W]};
        end
        if (D > 1) begin : gen_single
            assign single = back[FLAGS+4];
            assign result = y[out_turn*Q*Y_W+:Q*Y_W];
        end else begin : gen_one
            wire unused_turn = &{1'b0, out_turn};
            assign single = 1'b0;
            assign result = y;
        end

        if (SECOND) begin : gen_second
            wire [Y_W-1:0]       lo;
            wire [Y_W-1:0]       hi;
            wire [SECOND_MUL_W-1:0]    mul;
            wire [SECOND_ADD_W-1:0]    add;
            wire [SECOND_SHIFT_W-1:0] shift;

            assign {hi, lo, shift, add, mul} = back[BACK_W-1-:SECOND_W];

            rws_second #(
                .Q(D*Q),
                .Y_W(Y_W),
                .MUL_W(SECOND_MUL_W),
                .ADD_W(SECOND_ADD_W),
                .SHIFT_W(SECOND_SHIFT_W),
                .TOTAL_W(SECOND_TOTAL_W),
                .LEVELS(SECOND_LEVELS),
                .NEAR(LATENCY - 1),
                .SPLIT(SPLIT),
                .PLACE_W(1 + PARTS_W + D*LANE_W)
            ) u_second (
                .clk(clk),
                .y(y),
                .place({first_done, first_part, first_write}),
                .mul(mul),
                .add(add),
                .shift(shift),
                .lo(lo),
                .hi(hi),
                .second(values),
                .second_place({pass_done, part, write})
            );
        end else begin : gen_first
            wire unused_parameters = (SECOND_MUL_W + SECOND_ADD_W + SECOND_SHIFT_W + SECOND_TOTAL_W + SECOND_LEVELS) == 0;
            assign values = y;
            assign {pass_done, part, write} = {first_done, first_part, first_write};
        end
        if (PART_W > 0) begin : gen_digits_of_values
            genvar v;
            for (v = 0; v < D*Q; v = v + 1) begin : gen_value
                wire [Y_W-1:0] digits = values[v*Y_W+:Y_W] >> part*OPERAND_W;
                wire           unused_digits = &{1'b0, digits[Y_W-1:OPERAND_W]};
                assign stored[v*Y_W+:Y_W] = {values[v*Y_W+OPERAND_W+:Y_W-OPERAND_W], digits[OPERAND_W-1:0]};
            end
        end else begin : gen_values
            wire unused_part = &{1'b0, part};
            assign stored = values;
        end
    endgenerate

    rws_drain #(
        .PX(PX),
        .SLICES(SLICES),
        .CI_SLICES(CI_SLICES),
        .INDEX_W(INDEX_W),
        .ADDR_W(ADDR_W),
        .BANK_W(BANK_W),
        .SLICE_W(SLICE_W),
        .RES_W(RES_ADDR_W),
        .PARAM_W(PARAM_ADDR_W),
        .XW(XW),
        .GROUP_W(GROUP_W),
        .BY_BLOCK(BY_BLOCK),
        .EARLY(LATENCY - 1),
        .WAY(WAY),
        .BACK(LEVELS + SUMS + CLAMPS*(1 + SPLIT) + SELECT - 1),
        .DIGIT_W(DIGIT_W),
        .D(D),
        .PART_W(PART_W),
        .POOLED(POOLED)
    ) u_drain (
        .clk(clk),
        .rst(rst),
        .layer_load(layer_load),
        .image_load(image_load),
        .captured(array_captured || vector_captured),
        .vector(vector),
        .by_block(by_block),
        .single(single),
        .group_last(group_last),
        .block_last(block_last),
        .lane_last(lane_last),
        .digit_last(digit_last),
        .part_last(part_last),
        .to_act(to_act),
        .to_res(to_res),
        .to_out(to_out),
        .pitch(pitch),
        .out_h(out_h),
        .out_w(out_w),
        .dst_base(dst_base),
        .dst_stride(dst_stride),
        .dst_digit(dst_digit),
        .dst_plane_y(dst_plane_y),
        .dst_pitch_row(dst_pitch_row),
        .dst_pitch_bank(dst_pitch_bank),
        .phase_y_last(phase_y_last),
        .spread(spread),
        .window(window[((POOLED != 0) ? 16 : 1)-1:0]),
        .res_dst(res_dst),
        .res_src(res_src),
        .res_stride(res_stride),
        .index(index),
        .run(run),
        .digit_head(digit_head),
        .param_raddr(param_raddr),
        .param_write(param_write),
        .res_raddr(res_raddr),
        .act_we(act_we),
        .act_wbank(act_wbank),
        .act_wslice(act_wslice),
        .act_waddr(act_waddr),
        .act_part(first_part),
        .res_we(res_we),
        .res_waddr(res_waddr),
        .out_push(drained[0]),
        .out_turn(out_turn),
        .out_lane(drained[1]),
        .out_real(drained[2]),
        .written(written),
        .windows(windows),
        .pass_end(drained[3]),
        .pass_done(first_done)
    );

    rws_select #(
        .ROWS(ROWS),
        .CI(CI),
        .PX(PX),
        .Q(Q),
        .D(D),
        .HOLD_W(HOLD_W),
        .VECTOR(VECTOR),
        .VEC_W(VEC_W),
        .INDEX_W(INDEX_W),
        .LEAD(LEAD),
        .SPLIT(SPLIT)
    ) u_select (
        .clk(clk),
        .array_hold(array_hold),
        .vector_hold(vector_hold),
        .vector(vector),
        .index(index),
        .dout(acc)
    );

    generate
        if (DIGIT_W > 0) begin : gen_digit_sum
            for (d = 0; d < D; d = d + 1) begin : gen_lane
                rws_digit_sum #(
                    .Q(Q),
                    .ACC_W(HOLD_W),
                    .SUM_W(SUM_W),
                    .SHIFT(OPERAND_W),
                    .DEPTH(SLOTS),
                    .INDEX_W(INDEX_W),
                    .WAIT(SELECT)
                ) u_digit_sum (
                    .clk(clk),
                    .run(run[d]),
                    .index(index),
                    .head(digit_head),
                    .acc(acc[d*Q*HOLD_W+:Q*HOLD_W]),
                    .sum(sum[d*Q*SUM_W+:Q*SUM_W])
                );
            end
        end else begin : gen_sums
            wire unused_digits = &{1'b0, run, digit_head};
            wire unused_parameters = OPERAND_W == 0;
            assign sum = acc;
        end
    endgenerate

    rws_results #(
        .CELLS(CELLS),
        .Q(Q),
        .D(D),
        .LOADER(LOADER),
        .PARAM_VALUES(PARAM_VALUES),
        .PARAM_WORDS(PARAM_WORDS),
        .PARAM_ADDR_W(PARAM_ADDR_W),
        .PARAM_INIT(PARAM_INIT),
        .LATENCY(LATENCY),
        .SPLIT(SPLIT),
        .WAY(WAY),
        .WAIT(SELECT - 1 + LATENCY - 1 - WAY + DIGITED),
        .ACC_W(SUM_W),
        .MUL_W(MUL_W),
        .ADD_W(ADD_W),
        .SHIFT_W(SHIFT_W),
        .SHIFT_MIN(SHIFT_MIN),
        .TOTAL_W(TOTAL_W),
        .LEVELS(LEVELS),
        .MULTIPLIER(MULTIPLIER),
        .Y_W(Y_W),
        .RES(RES),
        .RES_WORDS(RES_WORDS),
        .RES_ADDR_W(RES_ADDR_W),
        .RES_W(RES_W),
        .RMUL_W(RMUL_W),
        .RADD_W(RADD_W),
        .RSHIFT_W(RSHIFT_W),
        .RTOTAL_W(RTOTAL_W),
        .EVEN(EVEN),
        .GUARD(GUARD),
        .SSHIFT(SSHIFT),
        .SUM_EVEN(SUM_EVEN),
        .BENT(BENT),
        .POOLED_W(POOLED_W),
        .POOLED_WORDS(POOLED_WORDS),
        .POOLED_GROUPS(POOLED_GROUPS),
        .SLICES(SLICES)
    ) u_results (
        .clk(clk),
        .load_we(load_we),
        .load(load),
        .numbers(numbers),
        .from_res(from_res),
        .raddr(param_raddr),
        .param_write(param_write),
        .acc(sum),
        .res_we(res_we),
        .res_waddr(res_waddr),
        .res_raddr(res_raddr),
        .layer_load(layer_load),
        .windows(windows),
        .shared({window[14], window[6]}),
        .y(y)
    );
endmodule
`default_nettype wire
