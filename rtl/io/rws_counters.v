// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// COUNT event counters of four words of WIDTH bits in one memory, each counting the cycles in which its bit of increment is high.
// One adder goes round: events wait in small counters until their turn, which comes every 4 * COUNT cycles; then the lowest word takes
// them, and the others the carry, a cycle each. A read (pulse, with the counter's index) is answered at the counter's next turn,
// within 4 * COUNT + 3 cycles: done is high for a cycle, in which value is the lower half; two cycles later it is the upper half of
// that moment, until the next read.
// clear sets all counters to 0 where it is high for 4 * COUNT + 3 cycles; rst is needed once, for a cycle, with clear behind it.
`default_nettype none
module rws_counters #(
    parameter COUNT = 4,
    parameter WIDTH = 16
) (
    input  wire                     clk,
    input  wire                     rst,
    input  wire                     clear,
    input  wire [COUNT-1:0]         increment,
    input  wire                     read,
    input  wire [$clog2(COUNT)-1:0] index,
    output wire                     done,
    output wire [2*WIDTH-1:0]       value
);
    localparam INDEX_W = $clog2(COUNT);
    localparam SLOT_W = INDEX_W + 2;
    // Holds the events of a round.
    localparam WAIT_W = $clog2(4*COUNT + 1);
    localparam LAST_I = COUNT - 1;
    localparam [SLOT_W-1:0] LAST = {LAST_I[INDEX_W-1:0], 2'd3};

    reg [SLOT_W-1:0]  slot_q;
    reg [SLOT_W-1:0]  slot_d;
    reg [SLOT_W-1:0]  slot_dd;
    reg               carry_q;
    reg [WIDTH-1:0]   sum_q;
    reg               wanted_q;
    reg [INDEX_W-1:0] wanted_index_q;
    // Words of an answer that are there.
    reg [2:0]         answer_q;
    reg [2*WIDTH-1:0] value_q;

    wire [(COUNT+1)*WAIT_W-1:0] picked;
    wire [WIDTH-1:0]            word;
    wire                        lowest = slot_d[1:0] == 2'd0;
    wire [WIDTH-1:0]            events = {{(WIDTH-WAIT_W){1'b0}}, picked[COUNT*WAIT_W+:WAIT_W]};
    wire [WIDTH-1:0]            addend = lowest ? events : {{(WIDTH-1){1'b0}}, carry_q};
    wire [WIDTH:0]              sum = {1'b0, word} + {1'b0, addend};
    wire                        turn = wanted_q && lowest && slot_d[SLOT_W-1:2] == wanted_index_q;

    genvar i;
    generate
        if (WIDTH < WAIT_W) begin : gen_error
            rws_error_a_word_must_hold_the_events_of_a_round u_refused ();
        end
        assign picked[WAIT_W-1:0] = {WAIT_W{1'b0}};
        for (i = 0; i < COUNT; i = i + 1) begin : gen_counter
            localparam [INDEX_W-1:0] INDEX = i;
            reg [WAIT_W-1:0] waiting_q;
            wire mine = slot_d[SLOT_W-1:2] == INDEX;
            always @(posedge clk) begin
                if (clear) waiting_q <= {WAIT_W{1'b0}};
                else if (mine && lowest) waiting_q <= {{(WAIT_W-1){1'b0}}, increment[i]};
                else waiting_q <= waiting_q + {{(WAIT_W-1){1'b0}}, increment[i]};
            end
            assign picked[(i+1)*WAIT_W+:WAIT_W] = picked[i*WAIT_W+:WAIT_W] | (mine ? waiting_q : {WAIT_W{1'b0}});
        end
    endgenerate

    always @(posedge clk) begin
        if (rst || slot_q == LAST) slot_q <= {SLOT_W{1'b0}};
        else slot_q <= slot_q + {{(SLOT_W-1){1'b0}}, 1'b1};
        slot_d <= slot_q;
        slot_dd <= slot_d;
        carry_q <= sum[WIDTH] && !clear;
        sum_q <= clear ? {WIDTH{1'b0}} : sum[WIDTH-1:0];
        if (read) wanted_index_q <= index;
        if (turn || (|answer_q)) value_q <= {sum[WIDTH-1:0], value_q[WIDTH+:WIDTH]};
    end

    always @(posedge clk) begin
        if (rst) begin
            wanted_q <= 1'b0;
            answer_q <= 3'd0;
        end else begin
            wanted_q <= read || (wanted_q && !turn);
            answer_q <= {answer_q[1:0], turn};
        end
    end

    rws_ram #(
        .WIDTH(WIDTH),
        .DEPTH(4*COUNT),
        .ADDR_W(SLOT_W),
        .INIT(""),
        .LOGIC(0)
    ) u_words (
        .clk(clk),
        .we(1'b1),
        .waddr(slot_dd),
        .wdata(sum_q),
        .re(1'b1),
        .raddr(slot_q),
        .rdata(word)
    );

    assign done = answer_q[1];
    assign value = value_q;
endmodule
`default_nettype wire
