// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Adder tree: dout(t) = sum of COUNT numbers din(t - log2(COUNT)); one register per level, exact width. Throughput 1.
// COUNT is a power of two; SIGNED tells two's complement numbers from unsigned ones.
`default_nettype none
module rws_tree #(
    parameter COUNT = 1,
    parameter WIDTH = 8,
    parameter SIGNED = 1
) (
    input  wire                             clk,
    input  wire [COUNT*WIDTH-1:0]           din,
    output wire [WIDTH+$clog2(COUNT)-1:0]   dout
);
    generate
        if (COUNT < 1 || (COUNT & (COUNT - 1)) != 0) begin : gen_error
            rws_error_count_must_be_a_power_of_two u_refused ();
        end
    endgenerate

    generate
        if (COUNT == 1) begin : gen_leaf
            wire unused_clk = &{1'b0, clk};
            assign dout = din;
        end else begin : gen_node
            localparam HALF = COUNT / 2;
            localparam HALF_W = WIDTH + $clog2(HALF);

            wire [HALF_W-1:0] low;
            wire [HALF_W-1:0] high;
            wire              low_top = (SIGNED != 0) && low[HALF_W-1];
            wire              high_top = (SIGNED != 0) && high[HALF_W-1];
            reg  [HALF_W:0]   sum_q;

            rws_tree #(
                .COUNT(HALF),
                .WIDTH(WIDTH),
                .SIGNED(SIGNED)
            ) u_low (
                .clk(clk),
                .din(din[HALF*WIDTH-1:0]),
                .dout(low)
            );

            rws_tree #(
                .COUNT(HALF),
                .WIDTH(WIDTH),
                .SIGNED(SIGNED)
            ) u_high (
                .clk(clk),
                .din(din[COUNT*WIDTH-1:HALF*WIDTH]),
                .dout(high)
            );

            always @(posedge clk) sum_q <= {low_top, low} + {high_top, high};

            assign dout = sum_q;
        end
    endgenerate
endmodule
`default_nettype wire
