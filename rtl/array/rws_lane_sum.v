// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Portable end of a LUT lane: when valid, acc <= (first ? 0 : acc) + sum of INPUTS unsigned operands, modulo 2^ACC_W.
// Operands are registered, then added in a registered tree; latency 2 + ceil(log2(INPUTS)), throughput 1.
`default_nettype none
module rws_lane_sum #(
    parameter INPUTS = 4,
    parameter WIDTH = 7,
    parameter ACC_W = 24
) (
    input  wire                    clk,
    input  wire                    valid,
    input  wire                    first,
    input  wire [INPUTS*WIDTH-1:0] operand,
    output wire [ACC_W-1:0]        acc
);
    localparam LEAVES = 1 << $clog2(INPUTS);
    localparam SUM_W = WIDTH + $clog2(INPUTS);

    reg  [INPUTS*WIDTH-1:0] operand_q;
    wire [LEAVES*WIDTH-1:0] leaves;
    wire [SUM_W-1:0]        sum;
    wire [ACC_W-1:0]        addend;
    reg  [ACC_W-1:0]        acc_q;

    always @(posedge clk) operand_q <= operand;

    generate
        if (LEAVES > INPUTS) begin : gen_pad
            assign leaves = {{((LEAVES-INPUTS)*WIDTH){1'b0}}, operand_q};
        end else begin : gen_full
            assign leaves = operand_q;
        end
    endgenerate

    rws_tree #(
        .COUNT(LEAVES),
        .WIDTH(WIDTH),
        .SIGNED(0)
    ) u_tree (
        .clk(clk),
        .din(leaves),
        .dout(sum)
    );

    generate
        if (SUM_W < ACC_W) begin : gen_extend
            assign addend = {{(ACC_W-SUM_W){1'b0}}, sum};
        end else if (SUM_W == ACC_W) begin : gen_exact
            assign addend = sum;
        end else begin : gen_wrap
            wire unused_high = &{1'b0, sum[SUM_W-1:ACC_W]};
            assign addend = sum[ACC_W-1:0];
        end
    endgenerate

    always @(posedge clk) begin
        if (valid) acc_q <= (first ? {ACC_W{1'b0}} : acc_q) + addend;
    end

    assign acc = acc_q;
endmodule
`default_nettype wire
