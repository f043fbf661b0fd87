// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Gowin's carry chain behind rws_alu_chain: one ALU per slot. Combinational.
//   mode 9: I3 + (I0 & I1), the carry where it starts is I0 & I1;   mode 2: I0 + (I3 ? I1 : ~I1).
`default_nettype none
module rws_gowin_chain #(
    parameter [31:0] KIND = "gate",
    parameter SLOTS = 2
) (
    input  wire [SLOTS-1:0] x,
    input  wire [SLOTS-1:0] y,
    input  wire [SLOTS-1:0] c,
    output wire [SLOTS-1:0] sum
);
    generate
        if (KIND != "gate" && KIND != "keep") begin : gen_error
            rws_error_unknown_kind u_refused ();
        end
    endgenerate

    wire [SLOTS:0] carry;
    wire           unused_carry = &{1'b0, carry[SLOTS]};

    assign carry[0] = 1'b0;

    genvar i;
    generate
        for (i = 0; i < SLOTS; i = i + 1) begin : gen_slot
            ALU #(
                .ALU_MODE((KIND == "gate") ? 9 : 2)
            ) u_cell (
                .I0((KIND == "gate") ? y[i] : x[i]),
                .I1((KIND == "gate") ? c[i] : y[i]),
                .I3((KIND == "gate") ? x[i] : c[i]),
                .CIN(carry[i]),
                .COUT(carry[i+1]),
                .SUM(sum[i])
            );
        end
    endgenerate
endmodule
`default_nettype wire
