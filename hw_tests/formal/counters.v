// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What rws_counters promises, for every pattern of events and reads, with words so short that the lowest wraps soon: an answer
// within the promised time, with the number of events before one moment, the third last cycle before it.
`default_nettype none
module counters #(
    parameter COUNT = 2,
    parameter WIDTH = 4
) (
    input wire             clk,
    input wire             clear_any,
    input wire [COUNT-1:0] event_any,
    input wire             read_any,
    input wire             index_any
);
    localparam ROUND = 4*COUNT + 3;

    reg [4:0]         age_q = 5'd0;
    reg [4:0]         cleared_q;
    reg               wanted_q = 1'b0;
    reg               index_q;
    reg [4:0]         waited_q;
    reg [4*WIDTH-1:0] count_q [0:COUNT-1];
    // As it was one to four cycles before.
    reg [16*WIDTH-1:0] past_q;

    wire             done;
    wire [2*WIDTH-1:0] value;
    reg  [1:0]       past_done_q;
    reg  [2*WIDTH-1:0] low_q;
    reg  [2*WIDTH-1:0] past_value_q;
    wire             rst = age_q == 5'd0;
    // Cleared for a round at first, then at any time for a round and more.
    wire             clear = age_q < ROUND || clear_any || (cleared_q != 5'd0 && cleared_q < ROUND);
    wire             read = read_any && !wanted_q && age_q >= ROUND;
    wire [COUNT-1:0] increment = event_any;

    rws_counters #(
        .COUNT(COUNT),
        .WIDTH(WIDTH)
    ) u_counters (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .increment(increment),
        .read(read),
        .index(index_any),
        .done(done),
        .value(value)
    );

    integer i;
    always @(posedge clk) begin
        if (age_q != 5'd31) age_q <= age_q + 5'd1;
        cleared_q <= !clear ? 5'd0 : (cleared_q != 5'd31) ? cleared_q + 5'd1 : cleared_q;
        wanted_q <= read || (wanted_q && !done);
        if (read) index_q <= index_any;
        waited_q <= read ? 5'd1 : waited_q + 5'd1;
        for (i = 0; i < COUNT; i = i + 1) count_q[i] <= clear ? {4*WIDTH{1'b0}} : count_q[i] + increment[i];
        past_done_q <= {past_done_q[0], done};
        if (done) low_q <= value;
        past_value_q <= value;
        past_q <= {past_q[12*WIDTH-1:0], count_q[index_q]};
    end

    always @(*) begin
        if (done) assert (wanted_q);
        // While it is cleared, an answer may be of before or of behind.
        if (past_done_q[1] && cleared_q == 5'd0 && age_q > ROUND + 5'd5) assert ({value, low_q} == past_q[12*WIDTH+:4*WIDTH]);
        // It stays until the next read.
        if (!wanted_q && past_done_q == 2'd0 && age_q > ROUND + 5'd5) assert (value == past_value_q);
        if (wanted_q) assert (waited_q < ROUND);
    end
endmodule
`default_nettype wire
