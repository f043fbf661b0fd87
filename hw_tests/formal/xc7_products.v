// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Claim: for all activations and codes of a SCHEME, gate & (product ^ sign) of rws_xc7_product is rws_operand's
// operand, for ACT_W 2 to 9. Run by xc7.ys.
`default_nettype none
module xc7_products #(
    parameter [39:0] SCHEME = "sp2",
    parameter MAIN = 2,
    parameter SUP = 1,
    parameter EXTRA = 3,
    parameter LOW = 0,
    parameter HIGH = 0
) (
    input  wire       clk,
    input  wire [8:0] act,
    input  wire [3:0] code,
    output wire       ok
);
    wire [9:2] agree;

    assign ok = &agree;

    genvar w;
    generate
        for (w = 2; w <= 9; w = w + 1) begin : gen_width
            localparam WIDTH = w + EXTRA;

            wire [WIDTH-1:0] product;
            wire             sign;
            wire [2:0]       gate;
            wire [WIDTH-1:0] operand;
            reg  [WIDTH-1:0] operand_q;

            wire [w+1:0]     triple;

            rws_triple #(
                .ACT_W(w)
            ) u_triple (
                .act(act[w-1:0]),
                .triple(triple)
            );

            rws_xc7_product #(
                .SCHEME(SCHEME),
                .ACT_W(w),
                .MAIN(MAIN),
                .SUP(SUP),
                .CODE_W(4),
                .WIDTH(WIDTH)
            ) u_cells (
                .clk(clk),
                .act(act[w-1:0]),
                .triple(triple),
                .code(code),
                .product(product),
                .sign(sign),
                .gate(gate)
            );

            rws_operand #(
                .SCHEME(SCHEME),
                .ACT_W(w),
                .P1(MAIN),
                .P2(SUP),
                .CODE_W(4),
                .WIDTH(WIDTH)
            ) u_operand (
                .act(act[w-1:0]),
                .code(code),
                .operand(operand)
            );

            always @(posedge clk) operand_q <= operand;

            // A code's zero carries no sign, so minus zero is not a code.
            wire minus_zero = code == 4'b1000;
            reg  minus_zero_q;
            always @(posedge clk) minus_zero_q <= minus_zero;

            wire [WIDTH-1:0] high = {WIDTH{1'b1}} << (WIDTH - HIGH);
            wire [WIDTH-1:0] low = ~({WIDTH{1'b1}} << LOW);
            wire [WIDTH-1:0] open = ({WIDTH{gate[2]}} & high) | ({WIDTH{gate[1]}} & ~high & ~low) | ({WIDTH{gate[0]}} & low);
            assign agree[w] = minus_zero_q || (operand_q == (open & (product ^ {WIDTH{sign}})));
        end
    endgenerate
endmodule
`default_nettype wire
