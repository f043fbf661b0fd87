// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5: registered sum of two shifted windows: sum = w0 + w1, w = (e == UP ? fine << STEP : fine) modulo 2^WIDTH.
//   STEP < FINE_W < WIDTH <= FINE_W + STEP. Latency 1, throughput 1, exact.
// Where only one of the two places reaches, the shift is a gate inside the adder; between, one multiplexer is inside, one beside.
`default_nettype none
module rws_ecp5_window #(
    parameter FINE_W = 7,
    parameter STEP = 4,
    parameter WIDTH = 10,
    parameter [0:0] UP = 1'b1
) (
    input  wire              clk,
    input  wire [FINE_W-1:0] fine0,
    input  wire              e0,
    input  wire [FINE_W-1:0] fine1,
    input  wire              e1,
    output wire [WIDTH:0]    sum
);
    generate
        if (STEP >= FINE_W || FINE_W >= WIDTH || WIDTH > FINE_W + STEP) begin : gen_error
            rws_error_width_must_span_both_places u_refused ();
        end
    endgenerate

    localparam HIGH_W = WIDTH - FINE_W;
    localparam MIDDLE_W = FINE_W - STEP;

    // (a & b) ^ (c & d), (a & ~b) ^ (c & ~d), and a ^ (b == UP ? c : d)
    localparam [15:0] HIGH = UP ? 16'h7888 : 16'h22D2;
    localparam [15:0] LOW = UP ? 16'h22D2 : 16'h7888;
    localparam [15:0] MIDDLE = UP ? 16'h596A : 16'h569A;

    wire [WIDTH:0] total;
    reg  [WIDTH:0] sum_q;

    rws_ecp5_chain #(
        .SLOTS(WIDTH + 1),
        .INITS({{(HIGH_W+1){HIGH}}, {MIDDLE_W{MIDDLE}}, {STEP{LOW}}})
    ) u_chain (
        .a({
            1'b0,
            fine0[WIDTH-1-STEP:MIDDLE_W],
            (e0 == UP) ? fine0[MIDDLE_W-1:0] : fine0[FINE_W-1:STEP],
            fine0[STEP-1:0]
        }),
        .b({{(HIGH_W+1){e0}}, {MIDDLE_W{e1}}, {STEP{e0}}}),
        .c({1'b0, fine1[WIDTH-1-STEP:0], fine1[STEP-1:0]}),
        .d({{(HIGH_W+1){e1}}, fine1[FINE_W-1:STEP], {STEP{e1}}}),
        .sum(total)
    );

    always @(posedge clk) sum_q <= total;

    assign sum = sum_q;
endmodule
`default_nettype wire
