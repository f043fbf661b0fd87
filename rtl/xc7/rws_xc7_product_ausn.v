// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Product of rws_operand_ausn with MAIN = 2, SUP = 1, ready for rws_xc7_pair, on 7-series cells, combinational.
// The fine shift is fine = (sup ? 3 act : 2 act) << e[0]; triple is 3 act, to be shared. With h = e[1], the product is
// fine & ~h below bit 2, fine & h above bit ACT_W + 2, h ? fine moved up by 2 : fine between.
// Gates, all 0 for the zero code: {h, not zero, ~h}.
`default_nettype none
module rws_xc7_product_ausn #(
    parameter ACT_W = 4
) (
    input  wire [ACT_W-1:0] act,
    input  wire [ACT_W+1:0] triple,
    input  wire [2:0]       code,
    output wire [ACT_W+4:0] product,
    output wire [2:0]       gate
);
    // Inputs {1, -, e[0], sup, act[1], act[0]}: O5 and O6 are bits 0 and 1 of fine.
    localparam [63:0] LOW_INIT = 64'hA06A_A06A_00A0_00A0;
    // Inputs {e[0], sup, act[j-2], triple[j-1], act[j-1], triple[j]}: O6 is bit j.
    localparam [63:0] FINE_INIT = 64'hF0F0_FF00_AAAA_CCCC;
    // Inputs {1, e[0], sup, triple[top], act[ACT_W-1], triple[top-1]}: O5 and O6 are the two highest bits.
    localparam [63:0] TOP_INIT = 64'hF000_0000_AACC_F000;
    // Inputs {1, h, fine[j+1], fine[j-1], fine[j], fine[j-2]}: O5 and O6 are bits j and j + 1 of the product.
    localparam [63:0] MIDDLE_INIT = 64'hF0F0_FF00_AAAA_CCCC;
    // Inputs {1, -, -, h, e[0], sup}: O5 and O6 are gates 0 and 1.
    localparam [63:0] GATE_INIT = 64'hFEFE_FEFE_0E0E_0E0E;

    wire [ACT_W+3:0] fine;
    wire [ACT_W+3:0] moved;

    assign fine[ACT_W+3] = 1'b0;
    assign moved[1:0] = fine[1:0];
    assign gate[2] = code[2];
    assign product = {fine[ACT_W+2:ACT_W+1], moved[ACT_W+2:0]};

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
        .I0(triple[ACT_W]),
        .I1(act[ACT_W-1]),
        .I2(triple[ACT_W+1]),
        .I3(code[0]),
        .I4(code[1]),
        .I5(1'b1)
    );

    LUT6_2 #(
        .INIT(GATE_INIT)
    ) u_gate (
        .O6(gate[1]),
        .O5(gate[0]),
        .I0(code[0]),
        .I1(code[1]),
        .I2(code[2]),
        .I3(1'b0),
        .I4(1'b0),
        .I5(1'b1)
    );

    genvar j;
    generate
        for (j = 2; j <= ACT_W; j = j + 1) begin : gen_fine
            LUT6 #(
                .INIT(FINE_INIT)
            ) u_lut (
                .O(fine[j]),
                .I0(triple[j]),
                .I1(act[j-1]),
                .I2(triple[j-1]),
                .I3(act[j-2]),
                .I4(code[0]),
                .I5(code[1])
            );
        end

        for (j = 2; j < ACT_W + 3; j = j + 2) begin : gen_middle
            LUT6_2 #(
                .INIT(MIDDLE_INIT)
            ) u_lut (
                .O6(moved[j+1]),
                .O5(moved[j]),
                .I0(fine[j-2]),
                .I1(fine[j]),
                .I2(fine[j-1]),
                .I3(fine[j+1]),
                .I4(code[2]),
                .I5(1'b1)
            );
        end

        if (ACT_W % 2 == 1) begin : gen_odd
            assign moved[ACT_W+3] = 1'b0;
        end
    endgenerate

    wire unused_top = &{1'b0, fine[ACT_W+3], moved[ACT_W+3]};
endmodule
`default_nettype wire
