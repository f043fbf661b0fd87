// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Registered product of SCHEME for rws_xc7_pair: gate & (product ^ sign) is the operand of rws_operand_SCHEME.
// Cells for sp2 (2, 1), pot 3, fixed 4 and ausn (2, 1); other codes are behavioural and leave sign and gates idle.
// triple = 3 * act, used by fixed and ausn. Latency 1, throughput 1.
`default_nettype none
module rws_xc7_product #(
    parameter [39:0] SCHEME = "sp2",
    parameter ACT_W = 4,
    parameter MAIN = 2,
    parameter SUP = 1,
    parameter CODE_W = 4,
    parameter WIDTH = 7
) (
    input  wire              clk,
    input  wire [ACT_W-1:0]  act,
    input  wire [ACT_W+1:0]  triple,
    input  wire [CODE_W-1:0] code,
    output wire [WIDTH-1:0]  product,
    output wire              sign,
    output wire [2:0]        gate
);
    generate
        if (SCHEME != "sp2" && SCHEME != "pot" && SCHEME != "fixed" && SCHEME != "ausn") begin : gen_error_0
            rws_error_unknown_scheme u_refused ();
        end
        if (CODE_W == 4 && ACT_W < 2) begin : gen_error_1
            rws_error_cells_take_two_bits_at_least u_refused ();
        end
    endgenerate

    localparam CELLS = (CODE_W == 4) && (
        (SCHEME == "sp2") || (SCHEME == "pot") || (SCHEME == "fixed") || ((SCHEME == "ausn") && (MAIN == 2))
    );

    wire [WIDTH-1:0] product_d;
    wire [2:0]       gate_d;
    wire             unused_triple = &{1'b0, triple};
    reg  [WIDTH-1:0] product_q;
    reg              sign_q;
    reg  [2:0]       gate_q;

    always @(posedge clk) begin
        product_q <= product_d;
        sign_q <= CELLS && code[CODE_W-1];
        gate_q <= gate_d;
    end

    assign product = product_q;
    assign sign = sign_q;
    assign gate = gate_q;

    generate
        if (CELLS && (SCHEME == "sp2")) begin : gen_sp2
            assign gate_d = 3'b111;
            rws_xc7_product_sp2 #(
                .ACT_W(ACT_W)
            ) u_product (
                .act(act),
                .code(code[2:0]),
                .product(product_d)
            );
        end else if (CELLS && (SCHEME == "pot")) begin : gen_pot
            rws_xc7_product_pot #(
                .ACT_W(ACT_W)
            ) u_product (
                .act(act),
                .code(code[2:0]),
                .product(product_d),
                .gate(gate_d)
            );
        end else if (CELLS && (SCHEME == "fixed")) begin : gen_fixed
            assign gate_d = 3'b111;
            rws_xc7_product_fixed #(
                .ACT_W(ACT_W)
            ) u_product (
                .act(act),
                .triple(triple),
                .code(code[2:0]),
                .product(product_d)
            );
        end else if (CELLS) begin : gen_ausn
            rws_xc7_product_ausn #(
                .ACT_W(ACT_W)
            ) u_product (
                .act(act),
                .triple(triple),
                .code(code[2:0]),
                .product(product_d),
                .gate(gate_d)
            );
        end else begin : gen_portable
            assign gate_d = 3'b111;
            rws_operand #(
                .SCHEME(SCHEME),
                .ACT_W(ACT_W),
                .P1(MAIN),
                .P2(SUP),
                .CODE_W(CODE_W),
                .WIDTH(WIDTH)
            ) u_operand (
                .act(act),
                .code(code),
                .operand(product_d)
            );
        end
    endgenerate
endmodule
`default_nettype wire
