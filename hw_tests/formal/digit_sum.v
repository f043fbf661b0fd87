// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// What rws_digit_sum promises, for every order of slices in which those of one index are three cycles apart: the sum of all digits
// since the highest one, whatever other slices come between.
`default_nettype none
module digit_sum #(
    parameter WAIT = 2,
    parameter SHIFT = 2
) (
    input wire       clk,
    input wire       run_any,
    input wire       index_any,
    input wire       head_any,
    input wire [2:0] acc_any
);
    localparam SUM_W = 7;

    // Slices on their way, the youngest lowest: {run, index, head}.
    reg  [3*(WAIT+2)-1:0] way_q = {3*(WAIT+2){1'b0}};
    wire run = run_any && !(way_q[2] && way_q[1] == index_any) && !(way_q[5] && way_q[4] == index_any);

    wire [SUM_W-1:0] sum;
    rws_digit_sum #(
        .Q(1),
        .ACC_W(3),
        .SUM_W(SUM_W),
        .SHIFT(SHIFT),
        .DEPTH(2),
        .INDEX_W(1),
        .WAIT(WAIT)
    ) u_sum (
        .clk(clk),
        .run(run),
        .index(index_any),
        .head(head_any),
        .acc(acc_any),
        .sum(sum)
    );

    wire             slice = way_q[3*(WAIT-1)+2];
    wire             slot = way_q[3*(WAIT-1)+1];
    wire             head = way_q[3*(WAIT-1)];
    reg  [1:0]       known_q = 2'b00;
    reg  [SUM_W-1:0] model_q [0:1];
    reg              check_q = 1'b0;
    reg  [SUM_W-1:0] expected_q;
    wire [SUM_W-1:0] value = {{(SUM_W-3){acc_any[2]}}, acc_any};
    wire [SUM_W-1:0] whole = value + (head ? {SUM_W{1'b0}} : model_q[slot] << SHIFT);

    always @(posedge clk) begin
        way_q <= {way_q[3*(WAIT+1)-1:0], run, index_any, head_any};
        check_q <= slice && (head || known_q[slot]);
        expected_q <= whole;
        if (slice) begin
            model_q[slot] <= whole;
            if (head) known_q[slot] <= 1'b1;
        end
    end

    always @(*) if (check_q) assert (sum == expected_q);
endmodule
`default_nettype wire
