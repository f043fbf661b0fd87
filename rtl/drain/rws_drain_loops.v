// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Loop counters of the drain, one slice per cycle from captured on. Loops, outermost first: row group, block (of a layer; of one
// by_block the other way round, with BY_BLOCK = 1), digit of the activations (DIGIT_W > 0; the highest first, digit_head; only the last
// one's sums, digit_end, are results); pixel, slice (of a pass, without a pause). param counts slices of the image's layers,
// from the group's first one again for every pixel; with EARLY = 1 it is the next cycle's. Whether a slice is the last of its loop is
// a register, as in rws_loops. group_end: another group follows; all_end: another block, from the first group on (of a layer by block).
// A pixel here is D of them at once, of the same slice; of a layer with single = 1 each of these has a turn of its own, which index
// does not count, and span_end ends the last one's.
// PART_W > 0: a slice is there part_last + 1 times, part counts down to 0, and everything ends with its last part.
// Latency 0 from captured, throughput a slice per cycle; counters wrap at the end of their loops and nowhere else by the plan.
`default_nettype none
module rws_drain_loops #(
    parameter SLICES = 2,
    parameter CI_SLICES = 2,
    parameter INDEX_W = 2,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter PARAM_W = 4,
    parameter GROUP_W = 3,
    parameter BY_BLOCK = 0,
    parameter EARLY = 0,
    parameter DIGIT_W = 0,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1,
    parameter D = 1,
    parameter TURN_W = (D > 1) ? $clog2(D) : 1,
    parameter PART_W = 0,
    parameter PARTS_W = (PART_W > 0) ? PART_W : 1
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               layer_load,
    input  wire               image_load,
    input  wire               captured,
    // the layer, from layer_load on
    input  wire               vector,
    input  wire               by_block,
    input  wire               single,
    input  wire [GROUP_W-1:0] group_last,
    input  wire [ADDR_W-1:0]  block_last,
    input  wire [BANK_W-1:0]  lane_last,
    input  wire [DIGITS_W-1:0] digit_last,
    input  wire [PARTS_W-1:0] part_last,
    // this slice
    output wire               run,
    output wire               head,
    output wire [PARTS_W-1:0] part,
    output wire               lane_end,
    output wire               span_end,
    output wire [TURN_W-1:0]  turn,
    output wire               digit_head,
    output wire               digit_end,
    output wire               pass_end,
    output wire               group_end,
    output wire               all_end,
    output wire [INDEX_W-1:0] index,
    output wire [PARAM_W-1:0] param
);
    localparam SCOUNT_W = $clog2(((SLICES > CI_SLICES) ? SLICES : CI_SLICES) + 1);
    localparam ARRAY_LAST_I = SLICES - 1;
    localparam [SCOUNT_W-1:0] ARRAY_LAST = ARRAY_LAST_I[SCOUNT_W-1:0];
    localparam VECTOR_LAST_I = CI_SLICES - 1;
    localparam [SCOUNT_W-1:0] VECTOR_LAST = VECTOR_LAST_I[SCOUNT_W-1:0];

    reg                busy_q;
    reg [SCOUNT_W-1:0] slice_q;
    reg                head_q;
    reg                lane_end_q;
    reg [BANK_W-1:0]   lane_q;
    reg                lane_last_q;
    reg [ADDR_W-1:0]   block_q;
    reg                block_last_q;
    reg                block_single_q;
    reg [ADDR_W-1:0]   block_before_q;
    reg [INDEX_W-1:0]  index_q;
    reg [PARAM_W-1:0]  param_q;
    reg [PARAM_W-1:0]  param_group_q;

    wire                part_end;
    wire                moves = run && part_end;
    wire [SCOUNT_W-1:0] slice_last = vector ? VECTOR_LAST : ARRAY_LAST;
    wire [SCOUNT_W-1:0] slice_next = lane_end_q ? {SCOUNT_W{1'b0}} : slice_q + {{(SCOUNT_W-1){1'b0}}, 1'b1};
    wire [BANK_W-1:0]   lane_next = lane_last_q ? {BANK_W{1'b0}} : lane_q + {{(BANK_W-1){1'b0}}, 1'b1};
    wire [PARAM_W-1:0]  param_next = param_q + {{(PARAM_W-1){1'b0}}, 1'b1};
    // A pass of a layer by block, of its last group; the layer's first word; the first slice of D pixels.
    wire                by;
    wire                last_group;
    wire [PARAM_W-1:0]  param_layer;
    wire                last_turn;
    wire [INDEX_W-1:0]  index_first;
    wire [INDEX_W-1:0]  index_more = (lane_end && !last_turn) ? index_first : index_q + {{(INDEX_W-1){1'b0}}, 1'b1};
    wire [INDEX_W-1:0]  index_next = pass_end ? {INDEX_W{1'b0}} : index_more;
    wire                pass_turn = pass_end && digit_end;
    wire                block_end = pass_turn && (!by || last_group);
    wire                leave = pass_turn && (by || block_last_q);
    wire                again = all_end && !block_last_q;
    wire [PARAM_W-1:0]  param_back = again ? param_layer : param_group_q;
    wire [PARAM_W-1:0]  param_moved = (again || (lane_end && !leave)) ? param_back : param_next;
    wire [PARAM_W-1:0]  param_d = image_load ? {PARAM_W{1'b0}} : moves ? param_moved : param_q;

    assign run = captured || busy_q;
    assign head = head_q;
    assign lane_end = lane_end_q && part_end;
    assign pass_end = lane_end && lane_last_q;
    assign span_end = lane_end && last_turn;
    assign group_end = pass_turn && (by ? !last_group : block_last_q);
    assign all_end = pass_turn && by && last_group;
    assign index = index_q;
    assign param = (EARLY != 0) ? param_d : param_q;

`ifndef SYNTHESIS
    // Registers have any value before the first reset.
    reg started;
    initial started = 1'b0;

    always @(posedge clk) begin
        if (rst) started <= 1'b1;
        if (started && !rst && captured && busy_q) begin
            $display("%m: a block is captured while the block before it is still drained");
            $stop;
            $finish;
        end
    end
`endif

    always @(posedge clk) begin
        busy_q <= run && !pass_end && !rst;
        block_single_q <= block_last == {ADDR_W{1'b0}};
        block_before_q <= block_last - {{(ADDR_W-1){1'b0}}, 1'b1};

        if (layer_load) begin
            slice_q <= {SCOUNT_W{1'b0}};
            head_q <= 1'b1;
            lane_end_q <= slice_last == {SCOUNT_W{1'b0}};
            lane_q <= {BANK_W{1'b0}};
            lane_last_q <= lane_last == {BANK_W{1'b0}};
            block_q <= {ADDR_W{1'b0}};
            block_last_q <= block_last == {ADDR_W{1'b0}};
            index_q <= {INDEX_W{1'b0}};
        end else if (moves) begin
            slice_q <= slice_next;
            head_q <= lane_end;
            lane_end_q <= slice_next == slice_last;
            if (lane_end) begin
                lane_q <= lane_next;
                lane_last_q <= lane_next == lane_last;
            end
            if (block_end) begin
                block_q <= block_last_q ? {ADDR_W{1'b0}} : block_q + {{(ADDR_W-1){1'b0}}, 1'b1};
                block_last_q <= block_last_q ? block_single_q : block_q == block_before_q;
            end
            index_q <= index_next;
        end

        param_q <= param_d;
        if (image_load) param_group_q <= {PARAM_W{1'b0}};
        else if (moves && leave) param_group_q <= param_moved;
    end

    generate
        if (D > 1) begin : gen_turns
            localparam TURN_LAST_I = D - 1;
            localparam [TURN_W-1:0] TURN_LAST = TURN_LAST_I[TURN_W-1:0];

            reg [TURN_W-1:0]  turn_q;
            reg [INDEX_W-1:0] index_first_q;

            always @(posedge clk) begin
                if (layer_load) begin
                    turn_q <= {TURN_W{1'b0}};
                    index_first_q <= {INDEX_W{1'b0}};
                end else if (run && lane_end) begin
                    turn_q <= (last_turn || pass_end) ? {TURN_W{1'b0}} : turn_q + {{(TURN_W-1){1'b0}}, 1'b1};
                    index_first_q <= index_next;
                end
            end

            assign turn = turn_q;
            assign last_turn = !single || turn_q == TURN_LAST;
            assign index_first = index_first_q;
        end else begin : gen_one
            wire unused_single = &{1'b0, single};
            assign turn = 1'b0;
            assign last_turn = 1'b1;
            assign index_first = {INDEX_W{1'b0}};
        end
        if (PART_W > 0) begin : gen_parts
            reg [PARTS_W-1:0] part_q;
            always @(posedge clk) begin
                if (layer_load || moves) part_q <= part_last;
                else if (run) part_q <= part_q - {{(PARTS_W-1){1'b0}}, 1'b1};
            end
            assign part = part_q;
            assign part_end = part_q == {PARTS_W{1'b0}};
        end else begin : gen_no_parts
            wire unused_parts = &{1'b0, part_last};
            assign part = 1'b0;
            assign part_end = 1'b1;
        end
        if (DIGIT_W > 0) begin : gen_digits
            reg [DIGITS_W-1:0] digit_q;
            reg                digit_head_q;
            reg                digit_end_q;
            wire [DIGITS_W-1:0] digit_next = digit_end_q ? digit_last : digit_q - {{(DIGITS_W-1){1'b0}}, 1'b1};

            always @(posedge clk) begin
                if (layer_load) begin
                    digit_q <= digit_last;
                    digit_head_q <= 1'b1;
                    digit_end_q <= digit_last == {DIGITS_W{1'b0}};
                end else if (run && pass_end) begin
                    digit_q <= digit_next;
                    digit_head_q <= digit_end_q;
                    digit_end_q <= digit_next == {DIGITS_W{1'b0}};
                end
            end

            assign digit_head = digit_head_q;
            assign digit_end = digit_end_q;
        end else begin : gen_whole
            wire unused_digits = &{1'b0, digit_last};
            assign digit_head = 1'b1;
            assign digit_end = 1'b1;
        end
        if (BY_BLOCK != 0) begin : gen_by_block
            reg [GROUP_W-1:0]  group_q;
            reg                last_group_q;
            reg [PARAM_W-1:0]  param_layer_q;
            wire [GROUP_W-1:0] group_next = last_group_q ? {GROUP_W{1'b0}} : group_q + {{(GROUP_W-1){1'b0}}, 1'b1};

            always @(posedge clk) begin
                if (layer_load) begin
                    group_q <= {GROUP_W{1'b0}};
                    last_group_q <= group_last == {GROUP_W{1'b0}};
                    param_layer_q <= param_d;
                end else if (run && pass_turn) begin
                    group_q <= group_next;
                    last_group_q <= group_next == group_last;
                end
            end

            assign by = by_block;
            assign last_group = last_group_q;
            assign param_layer = param_layer_q;
        end else begin : gen_by_group
            wire unused_groups = &{1'b0, by_block, group_last};
            assign by = 1'b0;
            assign last_group = 1'b0;
            assign param_layer = {PARAM_W{1'b0}};
        end
    endgenerate
endmodule
`default_nettype wire
