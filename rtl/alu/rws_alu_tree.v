// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Adder tree for cells that can invert one operand: dout(t) = sum of COUNT unsigned numbers din(t - L), each inverted
// where its sign(t - L - 1) is set, L = ceil(log2(COUNT)). One register per level, throughput 1, exact.
// Of two numbers the second is inverted where the signs differ, and the sum has the first one's sign, its inversion left to the
// next level; with that sign as carry it is exact: ~(x + ~y + 1) = ~x + y. Sums of a level share chains of up to 64 slots; the top
// slot of a sum has the carry of the next.
`default_nettype none
module rws_alu_tree #(
    parameter [39:0] CELLS = "gowin",
    parameter COUNT = 1,
    parameter WIDTH = 8
) (
    input  wire                           clk,
    input  wire [COUNT-1:0]               sign,
    input  wire [COUNT*WIDTH-1:0]         din,
    output wire [WIDTH+$clog2(COUNT)-1:0] dout
);
    generate
        if (COUNT == 1) begin : gen_root
            reg sign_q;

            always @(posedge clk) sign_q <= sign;
            assign dout = din ^ {WIDTH{sign_q}};
        end else begin : gen_level
            localparam SUMS = (COUNT + 1) / 2;
            localparam SLOTS = WIDTH + 1;
            localparam SHARE = (SLOTS > 63) ? 1 : 63 / SLOTS;

            wire [2*SUMS-1:0]     signs = {{(2*SUMS-COUNT){1'b0}}, sign};
            wire [2*SUMS*WIDTH-1:0] numbers = {{((2*SUMS-COUNT)*WIDTH){1'b0}}, din};
            wire [SUMS*SLOTS-1:0] sums;
            reg  [SUMS-1:0]       sign_q;
            reg  [SUMS-1:0]       keep_q;
            reg  [SUMS*SLOTS-1:0] sums_q;

            genvar k;
            genvar s;
            for (k = 0; k < SUMS; k = k + 1) begin : gen_sign
                always @(posedge clk) begin
                    sign_q[k] <= signs[2*k];
                    keep_q[k] <= ~(signs[2*k] ^ signs[2*k+1]);
                end
            end

            for (k = 0; k < SUMS; k = k + SHARE) begin : gen_chain
                localparam USED = (k + SHARE < SUMS) ? SHARE : SUMS - k;

                wire [USED*SLOTS:0] x;
                wire [USED*SLOTS:0] y;
                wire [USED*SLOTS:0] c;
                wire [USED*SLOTS:0] total;
                wire                unused_first = &{1'b0, total[0]};

                assign {x[0], y[0], c[0]} = {sign_q[k], sign_q[k], 1'b1};

                for (s = 0; s < USED; s = s + 1) begin : gen_sum
                    wire next = (s + 1 < USED) && sign_q[(s+1<USED)?k+s+1:k];

                    assign x[s*SLOTS+1+:SLOTS] = {next, numbers[2*(k+s)*WIDTH+:WIDTH]};
                    assign y[s*SLOTS+1+:SLOTS] = {next, numbers[(2*(k+s)+1)*WIDTH+:WIDTH]};
                    assign c[s*SLOTS+1+:SLOTS] = {1'b1, {WIDTH{keep_q[k+s]}}};
                end

                rws_alu_chain #(
                    .CELLS(CELLS),
                    .KIND("keep"),
                    .SLOTS(USED * SLOTS + 1)
                ) u_chain (
                    .x(x),
                    .y(y),
                    .c(c),
                    .sum(total)
                );

                assign sums[k*SLOTS+:USED*SLOTS] = total[USED*SLOTS:1];
            end

            always @(posedge clk) sums_q <= sums;

            rws_alu_tree #(
                .CELLS(CELLS),
                .COUNT(SUMS),
                .WIDTH(SLOTS)
            ) u_rest (
                .clk(clk),
                .sign(sign_q),
                .din(sums_q),
                .dout(dout)
            );
        end
    endgenerate
endmodule
`default_nettype wire
