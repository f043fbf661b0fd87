// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Product of rws_operand_sp2 with M1 = 2, M2 = 1, not inverted, on 7-series cells, combinational:
//   ACT_W + 1 LUTs and one carry chain. t1 is act, 2 act or 4 act by f1, and f2 adds 4 act.
`default_nettype none
module rws_xc7_product_sp2 #(
    parameter ACT_W = 4
) (
    input  wire [ACT_W-1:0] act,
    input  wire [2:0]       code,
    output wire [ACT_W+2:0] product
);
    // Inputs {1, -, f1, act[1], act[0]}: O5 is bit 0, O6 is bit 1.
    localparam [63:0] LOW_INIT = 64'hCA00_CA00_A000_A000;
    // Inputs {f2, f1, act[j-2], act[j-1], act[j]}: O5 is t1, which O6 also is while f2 is 0.
    localparam [63:0] TERMS_INIT = 64'h5A3C_00F0_AACC_F000;

    wire [ACT_W+1:0] a = {2'b00, act};
    wire [ACT_W-1:0] s;
    wire [ACT_W-1:0] d;

    LUT6_2 #(
        .INIT(LOW_INIT)
    ) u_low (
        .O6(product[1]),
        .O5(product[0]),
        .I0(act[0]),
        .I1(act[1]),
        .I2(code[1]),
        .I3(code[2]),
        .I4(1'b0),
        .I5(1'b1)
    );

    genvar j;
    generate
        for (j = 0; j < ACT_W; j = j + 1) begin : gen_bit
            LUT6_2 #(
                .INIT(TERMS_INIT)
            ) u_lut (
                .O6(s[j]),
                .O5(d[j]),
                .I0(a[j+2]),
                .I1(a[j+1]),
                .I2(a[j]),
                .I3(code[1]),
                .I4(code[2]),
                .I5(code[0])
            );
        end
    endgenerate

    rws_xc7_chain #(
        .WIDTH(ACT_W)
    ) u_chain (
        .s(s),
        .d(d),
        .total(product[ACT_W+2:2])
    );
endmodule
`default_nettype wire
