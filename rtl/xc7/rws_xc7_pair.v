// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Registered sum of two gated, sign-inverted operands on 7-series cells, one LUT per bit:
//   sum = (gate0 & (x0 ^ sign0)) + (gate1 & (x1 ^ sign1)), exact; latency 1, throughput 1.
// A gate has three bits: [0] for the LOW lowest bits of its operand, [2] for the HIGH highest, [1] for those between.
`default_nettype none
module rws_xc7_pair #(
    parameter WIDTH = 7,
    parameter LOW = 0,
    parameter HIGH = 0
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] x0,
    input  wire             sign0,
    input  wire [2:0]       gate0,
    input  wire [WIDTH-1:0] x1,
    input  wire             sign1,
    input  wire [2:0]       gate1,
    output wire [WIDTH:0]   sum
);
    generate
        if (LOW + HIGH > WIDTH) begin : gen_error
            rws_error_regions_must_fit_width u_refused ();
        end
    endgenerate

    // Inputs {gate1, sign1, x1, gate0, sign0, x0}: O5 is operand 0, which O6 also is while gate1 is 0.
    localparam [63:0] INIT = 64'h609F_9F60_6060_6060;

    wire [WIDTH-1:0] s;
    wire [WIDTH-1:0] d;
    wire [WIDTH:0]   total;
    reg  [WIDTH:0]   sum_q;

    genvar j;
    generate
        for (j = 0; j < WIDTH; j = j + 1) begin : gen_bit
            localparam REGION = (j < LOW) ? 0 : (j < WIDTH - HIGH) ? 1 : 2;

            LUT6_2 #(
                .INIT(INIT)
            ) u_lut (
                .O6(s[j]),
                .O5(d[j]),
                .I0(x0[j]),
                .I1(sign0),
                .I2(gate0[REGION]),
                .I3(x1[j]),
                .I4(sign1),
                .I5(gate1[REGION])
            );
        end
    endgenerate

    wire unused_gates = &{1'b0, gate0, gate1};

    rws_xc7_chain #(
        .WIDTH(WIDTH)
    ) u_chain (
        .s(s),
        .d(d),
        .total(total)
    );

    always @(posedge clk) sum_q <= total;
    assign sum = sum_q;
endmodule
`default_nettype wire
