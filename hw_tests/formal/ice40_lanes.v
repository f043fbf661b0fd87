// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// The iCE40 lane blocks against their formulas, for all inputs. Run: yosys -s hw_tests/formal/ice40_lanes.ys
`default_nettype none
module ice40_tree #(
    parameter W = 7
) (
    input wire           clk,
    input wire [4*W-1:0] din
);
    wire [W+1:0] dout;
    reg  [2:0]   age = 3'd0;
    reg  [W+1:0] early_q;
    reg  [W+1:0] sum_q;

    rws_ice40_tree #(.COUNT(4), .WIDTH(W)) dut (.clk(clk), .din(din), .dout(dout));

    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        early_q <= din[0+:W] + din[W+:W] + din[2*W+:W] + din[3*W+:W];
        sum_q <= early_q;
        if (age > 3'd3) assert (dout == sum_q);
    end
endmodule

module ice40_acc #(
    parameter SUM_W = 12
) (
    input wire             clk,
    input wire             valid,
    input wire             first,
    input wire [SUM_W-1:0] sum
);
    wire [23:0] acc;
    reg         started = 1'b0;
    reg  [23:0] acc_q;

    rws_ice40_acc #(.SUM_W(SUM_W), .ACC_W(24)) dut (.clk(clk), .valid(valid), .first(first), .sum(sum), .acc(acc));

    always @(posedge clk) begin
        if (valid) acc_q <= (first ? 24'd0 : acc_q) + sum;
        if (valid && first) started <= 1'b1;
        if (started) assert (acc == acc_q);
    end
endmodule

module ice40_pair #(
    parameter ACT_W = 4
) (
    input wire             clk,
    input wire [ACT_W-1:0] a0,
    input wire [ACT_W+1:0] t0,
    input wire             g0,
    input wire             s0,
    input wire [ACT_W-1:0] a1,
    input wire [ACT_W+1:0] t1,
    input wire             g1,
    input wire             s1
);
    localparam W = ACT_W + 3;
    wire [W:0]   sum;
    reg  [2:0]   age = 3'd0;
    reg  [W:0]   early_q;
    reg  [W:0]   sum_q;

    rws_ice40_pair #(.ACT_W(ACT_W)) dut (
        .clk(clk), .a0(a0), .t0(t0), .g0(g0), .s0(s0), .a1(a1), .t1(t1), .g1(g1), .s1(s1), .sum(sum));

    wire [W-1:0] p0 = t0 + (g0 ? a0 << 2 : 0);
    wire [W-1:0] p1 = t1 + (g1 ? a1 << 2 : 0);
    wire [W-1:0] x0 = p0 ^ {W{s0}};
    wire [W-1:0] x1 = p1 ^ {W{s1}};
    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        early_q <= x0 + x1;
        sum_q <= early_q;
        if (age > 3'd3) assert (sum == sum_q);
    end
endmodule

module ice40_triple #(
    parameter ACT_W = 8
) (
    input wire             clk,
    input wire [ACT_W-1:0] a
);
    wire [ACT_W+1:0] triple;

    rws_triple #(.ACT_W(ACT_W)) dut (.act(a), .triple(triple));

    always @(posedge clk) assert (triple == a + {a, 1'b0});
endmodule
`default_nettype wire
