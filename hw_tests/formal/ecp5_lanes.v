// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// The ECP5 lane blocks against their formulas, for all inputs. Run: yosys -s hw_tests/formal/ecp5_lanes.ys
`default_nettype none
module ecp5_product_sp2 #(
    parameter ACT_W = 4
) (
    input wire               clk,
    input wire [2*ACT_W-1:0] act,
    input wire [7:0]         code
);
    localparam W = ACT_W + 3;
    wire [2*W-1:0] product;
    wire [1:0]     sign;
    reg  [2:0]     age = 3'd0;
    reg  [2*W-1:0] product_q;
    reg  [1:0]     sign_q;

    rws_ecp5_product_sp2 #(.COUNT(2), .ACT_W(ACT_W)) dut (.clk(clk), .act(act), .code(code), .sign(sign), .product(product));

    integer k;
    reg [W-1:0] a;
    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        for (k = 0; k < 2; k = k + 1) begin
            a = act[k*ACT_W+:ACT_W];
            product_q[k*W+:W] <= (|code[4*k+1+:2] ? a << ~code[4*k+1+:2] : 0) + (code[4*k] ? a << 2 : 0);
            sign_q[k] <= code[4*k+3];
        end
        if (age > 3'd2) assert (product == product_q && sign == sign_q);
    end
endmodule

module ecp5_product_fixed #(
    parameter ACT_W = 4
) (
    input wire               clk,
    input wire [2*ACT_W-1:0] act,
    input wire [7:0]         code
);
    localparam W = ACT_W + 3;
    wire [2*W-1:0] product;
    wire [1:0]     sign;
    reg  [2:0]     age = 3'd0;
    reg  [2*W-1:0] early_q;
    reg  [2*W-1:0] product_q;
    reg  [3:0]     signs_q;

    rws_ecp5_product_fixed #(.COUNT(2), .ACT_W(ACT_W)) dut (.clk(clk), .act(act), .code(code), .sign(sign), .product(product));

    integer k;
    reg [W-1:0] a;
    reg [W-1:0] m;
    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        for (k = 0; k < 2; k = k + 1) begin
            a = act[k*ACT_W+:ACT_W];
            m = code[4*k+:3];
            early_q[k*W+:W] <= a * m;
        end
        product_q <= early_q;
        signs_q <= {signs_q[1:0], code[7], code[3]};
        if (age > 3'd3) assert (product == product_q && sign == signs_q[3:2]);
    end
endmodule

// The product before its coarse shift, inverted where the sign is set; e goes along.
module ecp5_fine #(
    parameter [39:0] SCHEME = "pot",
    parameter ACT_W = 4
) (
    input wire             clk,
    input wire [ACT_W-1:0] act,
    input wire [3:0]       code
);
    localparam W = ACT_W + 3;
    wire [W-1:0] fine;
    wire         e;
    reg  [2:0]   age = 3'd0;
    reg  [W-1:0] product;
    reg  [W-1:0] early_q;
    reg  [W-1:0] fine_q;
    reg  [1:0]   e_q;

    wire [ACT_W+1:0] triple = 3 * act;

    rws_ecp5_fine #(.SCHEME(SCHEME), .ACT_W(ACT_W)) dut (
        .clk(clk), .act(act), .triple(triple), .code(code), .fine(fine), .e(e));

    always @* begin
        if (SCHEME == "pot") product = (code[2:0] == 3'd0) ? 0 : act << ~code[1:0];
        else product = (code[2:0] == 3'd0) ? 0 : (2 * act + (code[0] ? act : 0)) << code[1];
    end
    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        early_q <= product ^ {W{code[3]}};
        fine_q <= early_q;
        e_q <= {e_q[0], code[2]};
        if (age > 3'd3) assert (fine == fine_q && e == e_q[1]);
    end
endmodule

module ecp5_tree #(
    parameter W = 7
) (
    input wire           clk,
    input wire [3:0]     sign,
    input wire [4*W-1:0] din
);
    wire [W+1:0] dout;
    reg  [2:0]   age = 3'd0;
    reg  [W+1:0] early_q;
    reg  [W+1:0] sum_q;

    rws_ecp5_tree #(.COUNT(4), .WIDTH(W)) dut (.clk(clk), .sign(sign), .din(din), .dout(dout));

    wire [W-1:0] x0 = din[0*W+:W] ^ {W{sign[0]}};
    wire [W-1:0] x1 = din[1*W+:W] ^ {W{sign[1]}};
    wire [W-1:0] x2 = din[2*W+:W] ^ {W{sign[2]}};
    wire [W-1:0] x3 = din[3*W+:W] ^ {W{sign[3]}};
    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        early_q <= x0 + x1 + x2 + x3;
        sum_q <= early_q;
        if (age > 3'd3) assert (dout == sum_q);
    end
endmodule

module ecp5_acc #(
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

    rws_ecp5_acc #(.SUM_W(SUM_W), .ACC_W(24)) dut (.clk(clk), .valid(valid), .first(first), .sum(sum), .acc(acc));

    always @(posedge clk) begin
        if (valid) acc_q <= (first ? 24'd0 : acc_q) + sum;
        if (valid && first) started <= 1'b1;
        if (started) assert (acc == acc_q);
    end
endmodule

module ecp5_window #(
    parameter FINE_W = 7,
    parameter STEP = 4,
    parameter W = 10,
    parameter [0:0] UP = 1'b0
) (
    input wire              clk,
    input wire [FINE_W-1:0] fine0,
    input wire              e0,
    input wire [FINE_W-1:0] fine1,
    input wire              e1
);
    wire [W:0]   sum;
    reg  [2:0]   age = 3'd0;
    reg  [W:0]   sum_q;

    rws_ecp5_window #(.FINE_W(FINE_W), .STEP(STEP), .WIDTH(W), .UP(UP)) dut (
        .clk(clk), .fine0(fine0), .e0(e0), .fine1(fine1), .e1(e1), .sum(sum));

    wire [W-1:0] w0 = (e0 == UP) ? fine0 << STEP : fine0;
    wire [W-1:0] w1 = (e1 == UP) ? fine1 << STEP : fine1;
    always @(posedge clk) begin
        age <= (age == 3'd7) ? age : age + 3'd1;
        sum_q <= w0 + w1;
        if (age > 3'd2) assert (sum == sum_q);
    end
endmodule
`default_nettype wire
