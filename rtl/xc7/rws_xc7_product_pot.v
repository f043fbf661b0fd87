// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Product of rws_operand_pot with M1 = 3, ready for rws_xc7_pair, on 7-series cells, combinational. The fine shift is
// fine = act << e[1:0]; with h = e[2], the product is fine[3:0] & ~h below bit 4, fine & h above bit ACT_W + 2,
// h ? fine >> 4 moved up : fine between. Gates: {h and the code is not zero, 1, ~h}.
`default_nettype none
module rws_xc7_product_pot #(
    parameter ACT_W = 4
) (
    input  wire [ACT_W-1:0] act,
    input  wire [2:0]       code,
    output wire [ACT_W+5:0] product,
    output wire [2:0]       gate
);
    // Inputs {1, -, f1[1:0], act[1], act[0]}: O5 and O6 are bits 0 and 1 of fine.
    localparam [63:0] LOW_INIT = 64'hCA00_CA00_A000_A000;
    // Inputs {f1[1:0], act[j-3], act[j-2], act[j-1], act[j]}: O6 is bit j.
    localparam [63:0] FINE_INIT = 64'hAAAA_CCCC_F0F0_FF00;
    // Inputs {1, -, f1[1:0], act[top], act[top-1]}: O5 and O6 are the two highest bits.
    localparam [63:0] TOP_INIT = 64'h000C_000C_00CA_00CA;
    // Inputs {1, f1[2], fine[1], fine[5], fine[0], fine[4]}: O5 and O6 are bits 4 and 5 of the product.
    localparam [63:0] FOUR_INIT = 64'hF0F0_FF00_AAAA_CCCC;
    // Inputs {1, f1, fine[6], fine[2]}: O6 is bit 6 of the product, O5 the highest gate.
    localparam [63:0] SIX_INIT = 64'hCCCC_AAAA_0000_FFF0;
    // Inputs {-, f1, fine[j], fine[j-4]}: O6 is bit j of the product, above 6.
    localparam [63:0] SEVEN_INIT = 64'hCCCC_AAA0_CCCC_AAA0;

    wire [ACT_W+2:0] a = {3'b000, act};
    wire [ACT_W+6:0] fine;
    wire [2:0]       middle;

    assign fine[ACT_W+6:ACT_W+3] = 4'd0;
    assign gate[1:0] = {1'b1, code[2]};
    assign product[3:0] = fine[3:0];
    assign product[ACT_W+5:ACT_W+3] = fine[ACT_W+1:ACT_W-1];

    LUT6_2 #(
        .INIT(LOW_INIT)
    ) u_low (
        .O6(fine[1]),
        .O5(fine[0]),
        .I0(act[0]),
        .I1(act[1]),
        .I2(code[0]),
        .I3(code[1]),
        .I4(1'b0),
        .I5(1'b1)
    );

    LUT6_2 #(
        .INIT(TOP_INIT)
    ) u_top (
        .O6(fine[ACT_W+2]),
        .O5(fine[ACT_W+1]),
        .I0(act[ACT_W-2]),
        .I1(act[ACT_W-1]),
        .I2(code[0]),
        .I3(code[1]),
        .I4(1'b0),
        .I5(1'b1)
    );

    LUT6_2 #(
        .INIT(FOUR_INIT)
    ) u_four (
        .O6(middle[1]),
        .O5(middle[0]),
        .I0(fine[4]),
        .I1(fine[0]),
        .I2(fine[5]),
        .I3(fine[1]),
        .I4(code[2]),
        .I5(1'b1)
    );

    LUT6_2 #(
        .INIT(SIX_INIT)
    ) u_six (
        .O6(middle[2]),
        .O5(gate[2]),
        .I0(fine[2]),
        .I1(fine[6]),
        .I2(code[0]),
        .I3(code[1]),
        .I4(code[2]),
        .I5(1'b1)
    );

    genvar j;
    generate
        for (j = 2; j <= ACT_W; j = j + 1) begin : gen_fine
            wire below = (j > 2) ? a[(j>2)?j-3:0] : 1'b0;

            LUT6 #(
                .INIT(FINE_INIT)
            ) u_lut (
                .O(fine[j]),
                .I0(a[j]),
                .I1(a[j-1]),
                .I2(a[j-2]),
                .I3(below),
                .I4(code[0]),
                .I5(code[1])
            );
        end

        for (j = 4; j < ACT_W + 3; j = j + 1) begin : gen_middle
            if (j < 7) begin : gen_shared
                assign product[j] = middle[j-4];
            end else begin : gen_single
                LUT6 #(
                    .INIT(SEVEN_INIT)
                ) u_lut (
                    .O(product[j]),
                    .I0(fine[j-4]),
                    .I1(fine[j]),
                    .I2(code[0]),
                    .I3(code[1]),
                    .I4(code[2]),
                    .I5(1'b0)
                );
            end
        end
    endgenerate

    wire unused = &{1'b0, a, fine, middle};
endmodule
`default_nettype wire
