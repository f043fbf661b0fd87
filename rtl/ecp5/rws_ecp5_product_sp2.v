// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5: COUNT registered sp2(4) products |w| * a of one activation and code {sign, f1, f2} each, f1 two bits, f2 one:
//   product = (f1 ? a << ~f1 : 0) + (f2 ? a << 2 : 0), ACT_W + 3 bits; sign passes beside it.
// Latency 1, throughput 1, exact. One carry chain: a << 2 by f2 and by f1 = 1, the small shifts from one LUT per bit.
`default_nettype none
module rws_ecp5_product_sp2 #(
    parameter COUNT = 2,
    parameter ACT_W = 4
) (
    input  wire                       clk,
    input  wire [COUNT*ACT_W-1:0]     act,
    input  wire [COUNT*4-1:0]         code,
    output wire [COUNT-1:0]           sign,
    output wire [COUNT*(ACT_W+3)-1:0] product
);
    localparam SLOTS = ACT_W + 1;
    localparam PROD_W = ACT_W + 3;

    wire [COUNT*SLOTS-1:0]  a;
    wire [COUNT*SLOTS-1:0]  twice;
    wire [COUNT*SLOTS-1:0]  fine;
    wire [COUNT*SLOTS-1:0]  coarse;
    wire [COUNT*SLOTS-1:0]  high;
    reg  [COUNT-1:0]        sign_q;
    reg  [COUNT*PROD_W-1:0] product_q;

    genvar k;
    generate
        for (k = 0; k < COUNT; k = k + 1) begin : gen_input
            wire [ACT_W-1:0] value = act[k*ACT_W+:ACT_W];
            wire [1:0]       f1 = code[4*k+1+:2];
            wire [ACT_W:0]   low = {(ACT_W+1){f1[1]}} & (f1[0] ? {1'b0, value} : {value, 1'b0});

            assign a[k*SLOTS+:SLOTS] = {1'b0, value};
            assign twice[k*SLOTS+:SLOTS] = {1'b0, {ACT_W{code[4*k]}}};
            assign fine[k*SLOTS+:SLOTS] = {2'b00, low[ACT_W:2]};
            assign coarse[k*SLOTS+:SLOTS] = {1'b0, {ACT_W{~f1[1] & f1[0]}}};

            always @(posedge clk) begin
                product_q[k*PROD_W+:PROD_W] <= {high[k*SLOTS+:SLOTS], low[1:0]};
                sign_q[k] <= code[4*k+3];
            end
        end
    endgenerate

    rws_ecp5_chain #(
        .SLOTS(COUNT * SLOTS),
        // (a & b) ^ (c | (d & a))
        .INITS({COUNT*SLOTS{16'h7278}})
    ) u_chain (
        .a(a),
        .b(twice),
        .c(fine),
        .d(coarse),
        .sum(high)
    );

    assign sign = sign_q;
    assign product = product_q;
endmodule
`default_nettype wire
