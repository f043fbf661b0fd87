// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Ternary tree and accumulator on 7-series cells: when valid, acc <= (first ? 0 : acc) + sum of COUNT numbers, modulo
// 2^ACC_W. A level adds numbers by threes and hands on what is left, first in line for the next level, until two remain:
//   levels(n) = n <= 2 ? 0 : 1 + levels(n / 3 + n % 3); latency 1 + levels(COUNT), throughput 1.
// A number is the sum of at most TERMS unsigned operands of UNIT_W bits, all of them together of at most TOTAL.
`default_nettype none
module rws_xc7_tree #(
    parameter COUNT = 2,
    parameter UNIT_W = 7,
    parameter TERMS = 1,
    parameter TOTAL = 2,
    parameter ACC_W = 24
) (
    input  wire                                      clk,
    input  wire                                      valid,
    input  wire                                      first,
    input  wire [COUNT*(UNIT_W+$clog2(TERMS))-1:0]   din,
    output wire [ACC_W-1:0]                          acc
);
    generate
        if (COUNT < 1) begin : gen_error
            rws_error_count_must_be_positive u_refused ();
        end
    endgenerate

    localparam WIDTH = UNIT_W + $clog2(TERMS);

    generate
        if (COUNT > 2) begin : gen_level
            localparam TRIPLES = COUNT / 3;
            localparam LEFT = COUNT % 3;
            localparam NEXT = LEFT + TRIPLES;
            localparam NEXT_TERMS = (3 * TERMS < TOTAL) ? 3 * TERMS : TOTAL;
            localparam NEXT_W = UNIT_W + $clog2(NEXT_TERMS);

            wire [NEXT*NEXT_W-1:0] level;

            genvar i;
            for (i = 0; i < NEXT; i = i + 1) begin : gen_number
                if (i < LEFT) begin : gen_pass
                    reg [WIDTH-1:0] number_q;
                    always @(posedge clk) number_q <= din[(3*TRIPLES+i)*WIDTH+:WIDTH];
                    assign level[i*NEXT_W+:NEXT_W] = {{(NEXT_W-WIDTH){1'b0}}, number_q};
                end else begin : gen_sum
                    rws_xc7_sum3 #(
                        .IN_W(WIDTH),
                        .OUT_W(NEXT_W)
                    ) u_sum (
                        .clk(clk),
                        .x(din[3*(i-LEFT)*WIDTH+:WIDTH]),
                        .y(din[(3*(i-LEFT)+1)*WIDTH+:WIDTH]),
                        .z(din[(3*(i-LEFT)+2)*WIDTH+:WIDTH]),
                        .sum(level[i*NEXT_W+:NEXT_W])
                    );
                end
            end

            rws_xc7_tree #(
                .COUNT(NEXT),
                .UNIT_W(UNIT_W),
                .TERMS(NEXT_TERMS),
                .TOTAL(TOTAL),
                .ACC_W(ACC_W)
            ) u_rest (
                .clk(clk),
                .valid(valid),
                .first(first),
                .din(level),
                .acc(acc)
            );
        end else begin : gen_end
            rws_xc7_acc #(
                .COUNT(COUNT),
                .WIDTH(WIDTH),
                .ACC_W(ACC_W)
            ) u_acc (
                .clk(clk),
                .valid(valid),
                .first(first),
                .din(din),
                .acc(acc)
            );
        end
    endgenerate
endmodule
`default_nettype wire
