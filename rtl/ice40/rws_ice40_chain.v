// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// iCE40 carry chain of SLOTS logic cells: out[i] = INITS[16*i +: 16] at {carry[i], y[i], x[i], i0[i]},
//   carry[i+1] = majority(x[i], y[i], carry[i]), carry[0] = 0.
// A slot whose x and y are equal passes them on as the carry of the next sum. Combinational.
`default_nettype none
module rws_ice40_chain #(
    parameter SLOTS = 2,
    parameter [16*SLOTS-1:0] INITS = {SLOTS{16'h6996}}
) (
    input  wire [SLOTS-1:0] i0,
    input  wire [SLOTS-1:0] x,
    input  wire [SLOTS-1:0] y,
    output wire [SLOTS-1:0] out
);
    wire [SLOTS-1:0] carry;

    assign carry[0] = 1'b0;

    genvar i;
    generate
        for (i = 0; i < SLOTS; i = i + 1) begin : gen_slot
            SB_LUT4 #(
                .LUT_INIT(INITS[16*i+:16])
            ) u_lut (
                .I0(i0[i]),
                .I1(x[i]),
                .I2(y[i]),
                .I3(carry[i]),
                .O(out[i])
            );
            if (i + 1 < SLOTS) begin : gen_carry
                SB_CARRY u_carry (
                    .CI(carry[i]),
                    .I0(x[i]),
                    .I1(y[i]),
                    .CO(carry[i+1])
                );
            end
        end
    endgenerate
endmodule
`default_nettype wire
