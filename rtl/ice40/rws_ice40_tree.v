// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// iCE40 adder tree: dout(t) = sum of COUNT unsigned numbers din(t - ceil(log2(COUNT))).
// One register per level, throughput 1, exact.
`default_nettype none
module rws_ice40_tree #(
    parameter COUNT = 1,
    parameter WIDTH = 8
) (
    input  wire                           clk,
    input  wire [COUNT*WIDTH-1:0]         din,
    output wire [WIDTH+$clog2(COUNT)-1:0] dout
);
    generate
        if (COUNT == 1) begin : gen_root
            wire unused_clk = &{1'b0, clk};
            assign dout = din;
        end else begin : gen_level
            localparam SUMS = (COUNT + 1) / 2;
            localparam SLOTS = WIDTH + 1;

            wire [SUMS*SLOTS-1:0] sums;
            reg  [SUMS*SLOTS-1:0] sums_q;

            genvar k;
            for (k = 0; k < SUMS; k = k + 1) begin : gen_sum
                if (2 * k + 1 < COUNT) begin : gen_pair
                    rws_ice40_chain #(
                        .SLOTS(SLOTS),
                        .INITS({SLOTS{16'h6996}})
                    ) u_chain (
                        .i0({SLOTS{1'b0}}),
                        .x({1'b0, din[2*k*WIDTH+:WIDTH]}),
                        .y({1'b0, din[(2*k+1)*WIDTH+:WIDTH]}),
                        .out(sums[k*SLOTS+:SLOTS])
                    );
                end else begin : gen_single
                    assign sums[k*SLOTS+:SLOTS] = {1'b0, din[2*k*WIDTH+:WIDTH]};
                end
            end

            always @(posedge clk) sums_q <= sums;

            rws_ice40_tree #(
                .COUNT(SUMS),
                .WIDTH(SLOTS)
            ) u_rest (
                .clk(clk),
                .din(sums_q),
                .dout(dout)
            );
        end
    endgenerate
endmodule
`default_nettype wire
