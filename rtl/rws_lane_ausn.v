// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// LUT lane for ausn rows: dot product of INPUTS activations with codes {sign, e, s}.
//   product = (a << SUP) + s * a, shifted left by e; zero when e and s are zero; inverted where sign is set
// (the +1 of every negative code is folded into the row's requantization constant).
// Latency 1 + ceil(log2(INPUTS)), throughput 1, exact.
`default_nettype none
module rws_lane_ausn #(
    parameter INPUTS = 4,
    parameter ACT_W = 4,
    parameter ACT_SIGNED = 0,
    parameter MAIN = 2,
    parameter SUP = 1,
    parameter SUM_W = 12
) (
    input  wire                            clk,
    input  wire [INPUTS*ACT_W-1:0]         act,
    input  wire [INPUTS*(1+MAIN+SUP)-1:0]  code,
    output wire [SUM_W-1:0]                sum
);
    localparam EXT_W = ACT_W + (ACT_SIGNED ? 0 : 1);
    localparam CODE_W = 1 + MAIN + SUP;
    localparam GROW = SUP + (1 << MAIN);
    localparam PROD_W = EXT_W + GROW;
    localparam LEAVES = 1 << $clog2(INPUTS);

    wire [LEAVES*PROD_W-1:0] leaves;

    genvar k;
    genvar i;
    generate
        for (k = 0; k < LEAVES; k = k + 1) begin : gen_input
            if (k < INPUTS) begin : gen_product
                wire              top = ACT_SIGNED ? act[(k+1)*ACT_W-1] : 1'b0;
                wire [PROD_W-1:0] a = {{(PROD_W-ACT_W){top}}, act[k*ACT_W+:ACT_W]};
                wire              sign = code[(k+1)*CODE_W-1];
                wire [MAIN-1:0]   e = code[k*CODE_W+SUP+:MAIN];
                wire              on = |code[k*CODE_W+:MAIN+SUP];
                wire [(SUP+1)*PROD_W-1:0] partial;
                reg  [PROD_W-1:0] product_q;

                assign partial[0+:PROD_W] = on ? a << SUP : {PROD_W{1'b0}};
                for (i = 0; i < SUP; i = i + 1) begin : gen_superposed
                    assign partial[(i+1)*PROD_W+:PROD_W] =
                        partial[i*PROD_W+:PROD_W] + (code[k*CODE_W+i] ? a << i : {PROD_W{1'b0}});
                end

                always @(posedge clk) product_q <= (partial[SUP*PROD_W+:PROD_W] << e) ^ {PROD_W{sign}};
                assign leaves[k*PROD_W+:PROD_W] = product_q;
            end else begin : gen_pad
                assign leaves[k*PROD_W+:PROD_W] = {PROD_W{1'b0}};
            end
        end
    endgenerate

    rws_tree #(
        .COUNT(LEAVES),
        .WIDTH(PROD_W)
    ) u_tree (
        .clk(clk),
        .din(leaves),
        .dout(sum)
    );
endmodule
`default_nettype wire
