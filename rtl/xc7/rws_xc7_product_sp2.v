// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Product of rws_operand_sp2 with M1 = 2, M2 = 1, not inverted, on 7-series cells, combinational:
//   ACT_W + 1 LUTs and one carry chain. f1 selects act, 2 act or 4 act, f2 adds 4 act.
`default_nettype none
module rws_xc7_product_sp2 #(
    parameter ACT_W = 4
) (
    input  wire [ACT_W-1:0] act,
    input  wire [2:0]       code,
    output wire [ACT_W+2:0] product
);
    // t1's bit from {f1, act[j-2], act[j-1], act[j]}.
    function select(input [4:0] i);
        select = (i[4:3] == 2'd3) ? i[0] : (i[4:3] == 2'd2) ? i[1] : (i[4:3] == 2'd1) ? i[2] : 1'b0;
    endfunction

    // Inputs {1, -, f1, act[1], act[0]}: O5 is bit 0, O6 is bit 1.
    function [63:0] low_bits(input integer unused);
        integer n;
        begin
            for (n = 0; n < 64; n = n + 1) begin
                low_bits[n] = n[5] ? select({n[3:2], 1'b0, n[0], n[1]}) : select({n[3:2], 2'b00, n[0]});
            end
        end
    endfunction

    // Inputs {f2, f1, act[j-2], act[j-1], act[j]}: O5 is t1, which O6 also is while f2 is 0.
    function [63:0] two_terms(input integer unused);
        integer n;
        begin
            for (n = 0; n < 64; n = n + 1) begin
                two_terms[n] = select(n[4:0]) ^ (n[5] & n[2]);
            end
        end
    endfunction

    localparam [63:0] LOW_INIT = low_bits(0);
    localparam [63:0] TERMS_INIT = two_terms(0);

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
