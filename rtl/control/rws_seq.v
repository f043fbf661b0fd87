// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Program sequencer: reads the program's header after a reset, then runs the network layer by layer and issues one array step per
// cycle; rws_header keeps the header, rws_layer the layer's descriptor, rws_loops counts its steps.
// A pass's last step is issued only when the accumulator hold registers are free and, where it is the first of a block of the
// result, when the output has room for that (busy_q and full_q tell it a cycle late). With BY_BLOCK > 0 the layer of the result goes block
// by block. STRIP_W > 0: so does the layer that reads the image, whose blocks wait for its rows (in_rows; in_start tells of one that
// begins); the image behind it must be there as a whole before the next layer begins (in_tail, in_whole). A layer starts when every pass of the one before has been written. STREAM = 1: a step that uses weights for the first
// time waits for weight_ready; weight_used tells of such a step, and weight_freed of one that uses its weights for the last time.
`default_nettype none
module rws_seq #(
    parameter LATENCY = 1,
    parameter HEADER_WORDS = 3,
    parameter DESC_WORDS = 12,
    parameter PROG_W = 6,
    parameter ADDR_W = 6,
    parameter CB_W = 3,
    parameter TAP_W = 4,
    parameter GROUP_W = 3,
    parameter DRAIN_W = 4,
    parameter WADDR_W = 8,
    parameter ARRAYS = 2,
    parameter PX = 2,
    parameter BY_BLOCK = 0,
    parameter STREAM = 0,
    parameter DIGIT_W = 0,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1,
    parameter DIGIT_WORDS = 0,
    parameter STRIP_W = 0
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               enable,
    output wire [PROG_W-1:0]  prog_raddr,
    output wire               header_shift,
    output wire               shift,
    output wire               go,
    input  wire               configured,
    input  wire [ADDR_W-1:0]  input_rows,
    input  wire               in_ready,
    input  wire               in_select,
    output wire               in_release,
    input  wire               in_rows,
    input  wire               in_whole,
    output wire               in_start,
    output wire               in_tail,
    input  wire               out_room,
    output wire               out_reserve,
    input  wire               pass_done,
    // the layer
    input  wire               vector,
    input  wire               image_start,
    input  wire               free_input,
    input  wire               last_layer,
    input  wire               src_is_input,
    input  wire [ADDR_W-1:0]  src_base,
    input  wire [ADDR_W-1:0]  src_stride,
    input  wire [DIGITS_W-1:0] digit_last,
    input  wire [CB_W-1:0]    cb_last,
    input  wire [TAP_W-1:0]   tap_base,
    input  wire [TAP_W-1:0]   tap_last,
    input  wire [ADDR_W-1:0]  block_last,
    input  wire [GROUP_W-1:0] group_last,
    input  wire [DRAIN_W-1:0] drain_last,
    input  wire [ARRAYS*(GROUP_W+1)-1:0] array_groups,
    input  wire               next_to_out,
    // this step
    output wire               init,
    output wire               s0_block,
    output wire               s0_origin,
    output wire [TAP_W-1:0]   tap_raddr,
    output wire [WADDR_W-1:0] weight_raddr,
    input  wire               weight_ready,
    output wire               weight_used,
    output wire               weight_freed,
    output wire [DIGITS_W-1:0] s1_digit,
    output wire               s1_valid,
    output wire               s1_first,
    output wire               s1_last,
    output wire [ADDR_W-1:0]  s1_addr,
    // a cycle after go
    output wire               layer_load,
    output wire               image_load,
    output wire [7:0]         layer,
    // counters
    output wire               active,
    output wire               stalled,
    output wire [ARRAYS-1:0]  array_busy
);
    localparam [1:0] LOAD = 2'd0;
    localparam [1:0] INIT = 2'd1;
    localparam [1:0] SYNC = 2'd2;
    localparam [1:0] RUN = 2'd3;
    localparam LOAD_W = $clog2(((DESC_WORDS > HEADER_WORDS) ? DESC_WORDS : HEADER_WORDS) + 1 + LATENCY);
    localparam INIT_W = $clog2(PX + 1);
    localparam [LOAD_W-1:0] HEADER_ALL = HEADER_WORDS[LOAD_W-1:0];
    localparam [LOAD_W-1:0] DESC_ALL = DESC_WORDS[LOAD_W-1:0];
    localparam BEHIND_I = LATENCY - 1;
    localparam [LOAD_W-1:0] BEHIND = BEHIND_I[LOAD_W-1:0];
    localparam [PROG_W-1:0] FIRST_LAYER = HEADER_WORDS[PROG_W-1:0];
    localparam [INIT_W-1:0] INIT_LAST = PX - 1;

    reg [1:0]         state_q;
    reg               header_q;
    reg [PROG_W-1:0]  pc_q;
    reg [LOAD_W-1:0]  load_q;
    reg [INIT_W-1:0]  init_q;
    reg               free_pending_q;
    reg [7:0]         layer_q;
    reg [7:0]         layer_next_q;
    reg [7:0]         outstanding_q;
    reg               drained_q;
    reg [DRAIN_W-1:0] timer_q;
    reg               held_q;
    reg               busy_q;
    reg               full_q;
    reg               layer_load_q;
    reg               image_load_q;
    reg               s1_valid_q;
    reg               s1_first_q;
    reg               s1_last_q;
    reg [ADDR_W-1:0]  s1_addr_q;
    reg [DIGITS_W-1:0] s1_digit_q;

    reg               active_q;
    reg               stalled_q;
    reg [ARRAYS-1:0]  array_busy_q;

    wire first;
    wire first_group;
    wire block_start;
    wire [DIGITS_W-1:0] digit;
    wire digit_end;
    wire pass_end;
    wire layer_end;
    wire [GROUP_W-1:0] group;
    wire [ADDR_W-1:0] act_addr;

    // Words are read, and come LATENCY cycles later.
    wire [LOAD_W-1:0] words = header_q ? HEADER_ALL : DESC_ALL;
    wire reads = (LATENCY == 1) ? load_q != words : load_q < words;
    wire loaded = load_q == (header_q ? HEADER_ALL + BEHIND : DESC_ALL + BEHIND);
    wire comes = load_q > BEHIND;
    wire weight_first;
    wire weight_last;
    wire starved = weight_first && !weight_ready;
    wire strips = STRIP_W != 0 && src_is_input;
    wire waits = strips && block_start && !in_rows;
    wire blocked = starved || waits || (pass_end && (busy_q || (full_q && first_group && digit_end)));
    wire issue = state_q == RUN && !blocked;
    wire [ADDR_W-1:0] start_source = src_base + (src_is_input && in_select ? input_rows : {ADDR_W{1'b0}});
    wire [DRAIN_W-1:0] timer_next = timer_q - {{(DRAIN_W-1){1'b0}}, held_q};
    wire held_next = (issue && pass_end) ? drain_last != {DRAIN_W{1'b0}} : timer_next != {DRAIN_W{1'b0}};

    rws_loops #(
        .ADDR_W(ADDR_W),
        .CB_W(CB_W),
        .TAP_W(TAP_W),
        .GROUP_W(GROUP_W),
        .WADDR_W(WADDR_W),
        .STREAM(STREAM),
        .DIGIT_W(DIGIT_W),
        .DIGIT_WORDS(DIGIT_WORDS),
        .STRIP_W(STRIP_W)
    ) u_loops (
        .clk(clk),
        .rst(rst),
        .start(state_q == SYNC),
        .image_start(image_start),
        .step(issue),
        .vector(vector),
        .by_block(BY_BLOCK != 0 && (next_to_out || strips)),
        .strips(strips),
        .source(start_source),
        .source_stride(src_stride),
        .tap_base(tap_base),
        .digit_last(digit_last),
        .cb_last(cb_last),
        .tap_last(tap_last),
        .block_last(block_last),
        .group_last(group_last),
        .first(first),
        .first_group(first_group),
        .block_start(block_start),
        .origin(s0_origin),
        .digit(digit),
        .digit_end(digit_end),
        .pass_end(pass_end),
        .layer_end(layer_end),
        .group(group),
        .tap_addr(tap_raddr),
        .weight_addr(weight_raddr),
        .weight_first(weight_first),
        .weight_last(weight_last),
        .act_addr(act_addr)
    );

    always @(posedge clk) begin
        if (go) layer_q <= layer_next_q;
        busy_q <= held_next;
        full_q <= next_to_out && !out_room;
        layer_load_q <= go;
        image_load_q <= go && image_start;
        s1_first_q <= first;
        s1_last_q <= pass_end;
        s1_addr_q <= act_addr;
        s1_digit_q <= digit;
        // Read in SYNC, where no step is issued.
        drained_q <= outstanding_q == {7'd0, pass_done};
    end

    always @(posedge clk) begin
        if (rst) begin
            state_q <= LOAD;
            header_q <= 1'b1;
            pc_q <= {PROG_W{1'b0}};
            load_q <= {LOAD_W{1'b0}};
            init_q <= {INIT_W{1'b0}};
            layer_next_q <= 8'd0;
            free_pending_q <= 1'b0;
        end else begin
            case (state_q)
                // Behind a header that names no program, the core waits here.
                LOAD: if (header_q || configured) begin
                    load_q <= load_q + {{(LOAD_W-1){1'b0}}, 1'b1};
                    if (reads) pc_q <= pc_q + {{(PROG_W-1){1'b0}}, 1'b1};
                    if (loaded) begin
                        load_q <= {LOAD_W{1'b0}};
                        header_q <= 1'b0;
                        if (!header_q) state_q <= INIT;
                    end
                end
                INIT: begin
                    init_q <= init_q + {{(INIT_W-1){1'b0}}, 1'b1};
                    if (init_q == INIT_LAST) begin
                        init_q <= {INIT_W{1'b0}};
                        state_q <= SYNC;
                    end
                end
                SYNC: begin
                    if (in_release) free_pending_q <= 1'b0;
                    if (go) state_q <= RUN;
                end
                RUN: if (issue && layer_end) begin
                    state_q <= LOAD;
                    free_pending_q <= free_input;
                    layer_next_q <= last_layer ? 8'd0 : layer_q + 8'd1;
                    if (last_layer) pc_q <= FIRST_LAYER;
                end
            endcase
        end
    end

    always @(posedge clk) begin
        if (rst) begin
            outstanding_q <= 8'd0;
            timer_q <= {DRAIN_W{1'b0}};
            held_q <= 1'b0;
            s1_valid_q <= 1'b0;
        end else begin
            s1_valid_q <= issue;
            outstanding_q <= outstanding_q + {7'd0, issue && pass_end && digit_end} - {7'd0, pass_done};
            timer_q <= (issue && pass_end) ? drain_last : timer_next;
            held_q <= held_next;
        end
    end

    // For the counters, a cycle late.
    always @(posedge clk) begin
        active_q <= configured && !(state_q == SYNC && image_start && drained_q && !in_ready);
        stalled_q <= state_q == RUN && blocked;
    end

    genvar a;
    generate
        for (a = 0; a < ARRAYS; a = a + 1) begin : gen_busy
            always @(posedge clk) array_busy_q[a] <= issue && !vector && {1'b0, group} < array_groups[a*(GROUP_W+1)+:GROUP_W+1];
        end
    endgenerate

    assign prog_raddr = pc_q;
    assign header_shift = header_q && comes;
    assign shift = state_q == LOAD && !header_q && comes;
    assign go = state_q == SYNC && drained_q && !free_pending_q && (!image_start || (in_ready && enable));
    assign in_release = free_pending_q && state_q == SYNC && drained_q && (STRIP_W == 0 || in_whole);
    assign in_start = strips && issue && block_start;
    assign in_tail = free_pending_q;
    // An issue of this pass; shorter so than by way of blocked.
    assign out_reserve = state_q == RUN && !starved && !waits && pass_end && !busy_q && !full_q && digit_end && first_group && next_to_out;
    assign weight_used = issue && weight_first;
    assign weight_freed = issue && weight_last;
    assign init = state_q == INIT;
    assign s0_block = issue && block_start;
    assign s1_valid = s1_valid_q;
    assign s1_first = s1_first_q;
    assign s1_last = s1_last_q;
    assign s1_addr = s1_addr_q;
    assign s1_digit = s1_digit_q;
    assign layer_load = layer_load_q;
    assign image_load = image_load_q;
    assign layer = layer_q;
    assign active = active_q;
    assign stalled = stalled_q;
    assign array_busy = array_busy_q;
endmodule
`default_nettype wire
