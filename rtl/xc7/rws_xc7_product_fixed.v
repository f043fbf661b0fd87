// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Product of rws_operand_fixed with BITS = 4, not inverted, on 7-series cells, combinational: 2 ACT_W - 2 LUTs and one
// carry chain. With u = code[1:0] and v = code[2], product = u * act + (v ? 4 act : 0); triple is 3 act, to be shared.
`default_nettype none
module rws_xc7_product_fixed #(
    parameter ACT_W = 4
) (
    input  wire [ACT_W-1:0] act,
    input  wire [ACT_W+1:0] triple,
    input  wire [2:0]       code,
    output wire [ACT_W+2:0] product
);
    // Inputs {1, -, u, act[1], act[0]}: O5 is bit 0, O6 is bit 1.
    localparam [63:0] LOW_INIT = 64'h6AC0_6AC0_A0A0_A0A0;
    // Inputs {v, u, act[2], act[1], act[0]}, bit 2 of both terms: O5 is u * act, which O6 also is while v is 0.
    localparam [63:0] TWO_INIT = 64'h1E66_5AAA_B4CC_F000;
    // Inputs {-, u, triple[j], act[j-1], act[j]}: O6 is bit j of u * act.
    localparam [63:0] MULTIPLE_INIT = 64'hF0CC_AA00_F0CC_AA00;
    // Inputs {v, u, triple[j], act[j-1], act[j-2]}, above the activation's bits, or with u = 3 and triple = u * act.
    localparam [63:0] HIGH_INIT = 64'h5A66_AAAA_F0CC_0000;

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
        .I2(code[0]),
        .I3(code[1]),
        .I4(1'b0),
        .I5(1'b1)
    );

    LUT6_2 #(
        .INIT(TWO_INIT)
    ) u_two (
        .O6(s[0]),
        .O5(d[0]),
        .I0(act[0]),
        .I1(act[1]),
        .I2(a[2]),
        .I3(code[0]),
        .I4(code[1]),
        .I5(code[2])
    );

    genvar j;
    generate
        for (j = 3; j < ACT_W + 2; j = j + 1) begin : gen_bit
            wire       multiple;
            wire [1:0] u;

            if (j < ACT_W) begin : gen_middle
                LUT6 #(
                    .INIT(MULTIPLE_INIT)
                ) u_multiple (
                    .O(multiple),
                    .I0(act[j]),
                    .I1(act[j-1]),
                    .I2(triple[j]),
                    .I3(code[0]),
                    .I4(code[1]),
                    .I5(1'b0)
                );
                assign u = 2'b11;
            end else begin : gen_high
                assign multiple = triple[j];
                assign u = code[1:0];
            end

            LUT6_2 #(
                .INIT(HIGH_INIT)
            ) u_lut (
                .O6(s[j-2]),
                .O5(d[j-2]),
                .I0(a[j-2]),
                .I1(a[j-1]),
                .I2(multiple),
                .I3(u[0]),
                .I4(u[1]),
                .I5(code[2])
            );
        end
    endgenerate

    wire unused = &{1'b0, a, triple};

    rws_xc7_chain #(
        .WIDTH(ACT_W)
    ) u_chain (
        .s(s),
        .d(d),
        .total(product[ACT_W+2:2])
    );
endmodule
`default_nettype wire
