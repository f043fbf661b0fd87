// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5 adder tree: dout(t) = sum of COUNT unsigned numbers din(t - ceil(log2(COUNT))), each inverted where its sign is set.
// One register per level, throughput 1, exact. The inversion costs nothing. Sums of a level share carry chains of up to 64
// slots, because a placed chain takes two cells more at either end.
`default_nettype none
module rws_ecp5_tree #(
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
            wire unused_clk = &{1'b0, clk};
            assign dout = din ^ {WIDTH{sign}};
        end else begin : gen_level
            localparam SUMS = (COUNT + 1) / 2;
            localparam SLOTS = WIDTH + 1;
            localparam SHARE = (SLOTS > 64) ? 1 : 64 / SLOTS;

            wire [2*SUMS*SLOTS-1:0] operands;
            wire [2*SUMS*SLOTS-1:0] signs;
            wire [SUMS*SLOTS-1:0]   sums;
            reg  [SUMS*SLOTS-1:0]   sums_q;

            genvar k;
            // Even operands fill the low half, odd ones the high half.
            for (k = 0; k < 2 * SUMS; k = k + 1) begin : gen_operand
                localparam AT = ((k / 2) + (k % 2) * SUMS) * SLOTS;
                if (k < COUNT) begin : gen_used
                    assign operands[AT+:SLOTS] = {1'b0, din[k*WIDTH+:WIDTH]};
                    assign signs[AT+:SLOTS] = {1'b0, {WIDTH{sign[k]}}};
                end else begin : gen_pad
                    assign operands[AT+:SLOTS] = {SLOTS{1'b0}};
                    assign signs[AT+:SLOTS] = {SLOTS{1'b0}};
                end
            end

            for (k = 0; k < SUMS; k = k + SHARE) begin : gen_chain
                localparam USED = ((k + SHARE < SUMS) ? SHARE : SUMS - k) * SLOTS;
                rws_ecp5_chain #(
                    .SLOTS(USED),
                    // a ^ b ^ c ^ d
                    .INITS({USED{16'h6996}})
                ) u_chain (
                    .a(operands[k*SLOTS+:USED]),
                    .b(signs[k*SLOTS+:USED]),
                    .c(operands[(SUMS+k)*SLOTS+:USED]),
                    .d(signs[(SUMS+k)*SLOTS+:USED]),
                    .sum(sums[k*SLOTS+:USED])
                );
            end

            always @(posedge clk) sums_q <= sums;

            rws_ecp5_tree #(
                .COUNT(SUMS),
                .WIDTH(SLOTS)
            ) u_rest (
                .clk(clk),
                .sign({SUMS{1'b0}}),
                .din(sums_q),
                .dout(dout)
            );
        end
    endgenerate
endmodule
`default_nettype wire
