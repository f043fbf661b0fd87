// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Operand of an unsigned activation and a code of SCHEME, combinational and exact: see rws_operand_sp2 (P1 = m1, P2 = m2),
// rws_operand_pot (P1 = m1), rws_operand_fixed (P1 = bits) and rws_operand_ausn (P1 = main, P2 = superposition bits).
`default_nettype none
module rws_operand #(
    parameter [39:0] SCHEME = "sp2",
    parameter ACT_W = 4,
    parameter P1 = 2,
    parameter P2 = 1,
    parameter CODE_W = 4,
    parameter WIDTH = 7
) (
    input  wire [ACT_W-1:0]  act,
    input  wire [CODE_W-1:0] code,
    output wire [WIDTH-1:0]  operand
);
    generate
        if (SCHEME != "sp2" && SCHEME != "pot" && SCHEME != "fixed" && SCHEME != "ausn") begin : gen_error_0
            rws_error_unknown_scheme u_refused ();
        end
        if (CODE_W != ((SCHEME == "fixed") ? P1 : (SCHEME == "pot") ? P1 + 1 : P1 + P2 + 1)) begin : gen_error_1
            rws_error_code_w_must_be_that_of_the_scheme u_refused ();
        end
    endgenerate

    generate
        if (SCHEME == "sp2") begin : gen_sp2
            rws_operand_sp2 #(
                .ACT_W(ACT_W),
                .M1(P1),
                .M2(P2)
            ) u_operand (
                .act(act),
                .code(code),
                .operand(operand)
            );
        end else if (SCHEME == "pot") begin : gen_pot
            wire unused_parameters = (P2 == 0);

            rws_operand_pot #(
                .ACT_W(ACT_W),
                .M1(P1)
            ) u_operand (
                .act(act),
                .code(code),
                .operand(operand)
            );
        end else if (SCHEME == "fixed") begin : gen_fixed
            wire unused_parameters = (P2 == 0);

            rws_operand_fixed #(
                .ACT_W(ACT_W),
                .BITS(P1)
            ) u_operand (
                .act(act),
                .code(code),
                .operand(operand)
            );
        end else begin : gen_ausn
            rws_operand_ausn #(
                .ACT_W(ACT_W),
                .MAIN(P1),
                .SUP(P2)
            ) u_operand (
                .act(act),
                .code(code),
                .operand(operand)
            );
        end
    endgenerate
endmodule
`default_nettype wire
