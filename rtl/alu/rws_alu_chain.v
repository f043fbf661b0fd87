// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Carry chain of SLOTS full adders with one gate each, of the cells of CELLS "gowin" or "nexus"; carry[0] = 0. Combinational.
//   KIND "gate": sum = x + (y & c);   KIND "keep": sum = x + (c ? y : ~y), all bit by bit.
// A slot with x = y = b and c = 1 ends one sum and hands the carry b to the next.
`default_nettype none
module rws_alu_chain #(
    parameter [39:0] CELLS = "gowin",
    parameter [31:0] KIND = "gate",
    parameter SLOTS = 2
) (
    input  wire [SLOTS-1:0] x,
    input  wire [SLOTS-1:0] y,
    input  wire [SLOTS-1:0] c,
    output wire [SLOTS-1:0] sum
);
    generate
        if (CELLS != "gowin" && CELLS != "nexus") begin : gen_error_0
            rws_error_unknown_cells u_refused ();
        end
        if (KIND != "gate" && KIND != "keep") begin : gen_error_1
            rws_error_unknown_kind u_refused ();
        end
    endgenerate

    generate
        if (CELLS == "gowin") begin : gen_gowin
            rws_gowin_chain #(
                .KIND(KIND),
                .SLOTS(SLOTS)
            ) u_chain (
                .x(x),
                .y(y),
                .c(c),
                .sum(sum)
            );
        end else begin : gen_nexus
            rws_nexus_chain #(
                .KIND(KIND),
                .SLOTS(SLOTS)
            ) u_chain (
                .x(x),
                .y(y),
                .c(c),
                .sum(sum)
            );
        end
    endgenerate
endmodule
`default_nettype wire
