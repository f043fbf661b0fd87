// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Claim: rws_xc7_pair, rws_xc7_sum3 and rws_xc7_acc are what their headers say, here for a few widths; the carry chain
// repeats from bit to bit. Run by xc7.ys.
`default_nettype none
module xc7_pair (
    input  wire       clk,
    input  wire [9:0] x0,
    input  wire [9:0] x1,
    input  wire [1:0] sign,
    input  wire [2:0] gate0,
    input  wire [2:0] gate1,
    output wire       ok
);
    wire [10:0] sum;
    wire [9:0]  open0 = {{3{gate0[2]}}, {3{gate0[1]}}, {4{gate0[0]}}};
    wire [9:0]  open1 = {{3{gate1[2]}}, {3{gate1[1]}}, {4{gate1[0]}}};
    wire [9:0]  y0 = open0 & (x0 ^ {10{sign[0]}});
    wire [9:0]  y1 = open1 & (x1 ^ {10{sign[1]}});
    reg  [10:0] sum_q;

    always @(posedge clk) sum_q <= {1'b0, y0} + {1'b0, y1};
    assign ok = sum == sum_q;

    rws_xc7_pair #(
        .WIDTH(10),
        .LOW(4),
        .HIGH(3)
    ) u_pair (
        .clk(clk),
        .x0(x0),
        .sign0(sign[0]),
        .gate0(gate0),
        .x1(x1),
        .sign1(sign[1]),
        .gate1(gate1),
        .sum(sum)
    );
endmodule

module xc7_sum3 (
    input  wire       clk,
    input  wire [8:0] x,
    input  wire [8:0] y,
    input  wire [8:0] z,
    output wire       ok
);
    wire [10:0] sum11;
    wire [9:0]  sum10;
    wire [8:0]  sum9;
    reg  [10:0] sum_q;

    always @(posedge clk) sum_q <= {2'b00, x} + {2'b00, y} + {2'b00, z};
    assign ok = (sum11 == sum_q) && (sum10 == sum_q[9:0]) && (sum9 == sum_q[8:0]);

    rws_xc7_sum3 #(.IN_W(9), .OUT_W(11)) u_sum11 (.clk(clk), .x(x), .y(y), .z(z), .sum(sum11));
    rws_xc7_sum3 #(.IN_W(9), .OUT_W(10)) u_sum10 (.clk(clk), .x(x), .y(y), .z(z), .sum(sum10));
    rws_xc7_sum3 #(.IN_W(9), .OUT_W(9)) u_sum9 (.clk(clk), .x(x), .y(y), .z(z), .sum(sum9));
endmodule

// The claim of one clock edge: registers equal before it are equal after it.
module xc7_acc (
    input  wire        clk,
    input  wire        valid,
    input  wire        first,
    input  wire [13:0] din,
    output wire        ok
);
    wire [10:0] wide;
    wire [4:0]  narrow;
    wire [10:0] single;
    reg  [10:0] wide_q;
    reg  [10:0] single_q;
    reg  [4:0]  narrow_q;

    always @(posedge clk) begin
        if (valid) begin
            wide_q <= (first ? 11'd0 : wide_q) + {4'd0, din[6:0]} + {4'd0, din[13:7]};
            single_q <= (first ? 11'd0 : single_q) + {4'd0, din[6:0]};
            narrow_q <= (first ? 5'd0 : narrow_q) + din[4:0] + din[11:7];
        end
    end

    assign ok = (wide == wide_q) && (single == single_q) && (narrow == narrow_q);

    rws_xc7_acc #(.COUNT(2), .WIDTH(7), .ACC_W(11))
    u_wide (.clk(clk), .valid(valid), .first(first), .din(din), .acc(wide));

    rws_xc7_acc #(.COUNT(1), .WIDTH(7), .ACC_W(11))
    u_single (.clk(clk), .valid(valid), .first(first), .din(din[6:0]), .acc(single));

    rws_xc7_acc #(.COUNT(2), .WIDTH(7), .ACC_W(5))
    u_narrow (.clk(clk), .valid(valid), .first(first), .din(din), .acc(narrow));
endmodule
`default_nettype wire
