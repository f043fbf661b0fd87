// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// The lane blocks of Gowin's and Nexus's cells against their formulas, for all inputs. Run: yosys -s
// hw_tests/formal/gowin_lanes.ys, nexus_lanes.ys
`default_nettype none
module alu_product #(
    parameter CELLS = "gowin",
    parameter SCHEME = "sp2",
    parameter ACT_W = 4
) (
    input wire               clk,
    input wire [2*ACT_W-1:0] act,
    input wire [7:0]         code
);
    localparam W = ACT_W + 3;
    wire [2*ACT_W+3:0] triple;
    wire [2*W-1:0]     product;
    reg  [2:0]         age = 3'd0;
    reg  [2*W-1:0]     product_q;

    rws_alu_product #(.CELLS(CELLS), .SCHEME(SCHEME), .COUNT(2), .ACT_W(ACT_W)) dut (
        .clk(clk), .act(act), .triple(triple), .code(code), .product(product));

    genvar i;
    generate
        for (i = 0; i < 2; i = i + 1) begin : gen_triple
            wire [ACT_W+1:0] once = act[i*ACT_W+:ACT_W];
            assign triple[i*(ACT_W+2)+:ACT_W+2] = once + (once << 1);
        end
    endgenerate

    integer k;
    reg [W-1:0] a;
    reg [W-1:0] m;
    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        for (k = 0; k < 2; k = k + 1) begin
            a = act[k*ACT_W+:ACT_W];
            m = code[4*k+:3];
            product_q[k*W+:W] <= (SCHEME == "fixed") ? a * m
                : (|code[4*k+1+:2] ? a << ~code[4*k+1+:2] : 0) + (code[4*k] ? a << 2 : 0);
        end
        if (age > 3'd2) assert (product == product_q);
    end
endmodule

module alu_tree #(
    parameter CELLS = "gowin",
    parameter COUNT = 4,
    parameter W = 7
) (
    input wire               clk,
    input wire [COUNT-1:0]   sign,
    input wire [COUNT*W-1:0] din
);
    localparam LEVELS = $clog2(COUNT);
    localparam SUM_W = W + LEVELS;
    wire [SUM_W-1:0]        dout;
    reg  [2:0]              age = 3'd0;
    reg  [COUNT-1:0]        sign_q;
    reg  [SUM_W-1:0]        sum;
    reg  [LEVELS*SUM_W-1:0] sums_q;

    rws_alu_tree #(.CELLS(CELLS), .COUNT(COUNT), .WIDTH(W)) dut (.clk(clk), .sign(sign), .din(din), .dout(dout));

    integer k;
    always @* begin
        sum = 0;
        for (k = 0; k < COUNT; k = k + 1) sum = sum + (din[k*W+:W] ^ {W{sign_q[k]}});
    end
    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        sign_q <= sign;
        sums_q <= {sums_q, sum};
        if (age > LEVELS + 1) assert (dout == sums_q[(LEVELS-1)*SUM_W+:SUM_W]);
    end
endmodule

module alu_acc #(
    parameter CELLS = "gowin",
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

    rws_alu_acc #(.CELLS(CELLS), .SUM_W(SUM_W), .ACC_W(24)) dut (.clk(clk), .valid(valid), .first(first), .sum(sum), .acc(acc));

    always @(posedge clk) begin
        if (valid) acc_q <= (first ? 24'd0 : acc_q) + sum;
        if (valid && first) started <= 1'b1;
        if (started) assert (acc == acc_q);
    end
endmodule
`default_nettype wire
