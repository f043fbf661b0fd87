// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Nexus's carry chain behind rws_alu_chain: two slots per CCU2. Combinational. A slot passes its carry on where its table is 1
// at {D, C, B, A}, and else starts the carry that the table has at {0, C, B, A}: that of x, which "gate" has without
// D = c, and "keep" has in y and c, without D = x.
`default_nettype none
module rws_nexus_chain #(
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

    localparam PAIRS = (SLOTS + 1) / 2;
    // a ^ (b & d), and a ^ ~b ^ d
    localparam [47:0] TABLE = (KIND == "gate") ? "0x66AA" : "0x6699";

    wire [2*PAIRS-1:0] a;
    wire [2*PAIRS-1:0] b;
    wire [2*PAIRS-1:0] d;
    wire [2*PAIRS-1:0] s;
    wire [PAIRS:0]     carry;
    wire               unused = &{1'b0, s, carry[PAIRS]};

    assign carry[0] = 1'b0;
    assign sum = s[SLOTS-1:0];

    genvar i;
    generate
        for (i = 0; i < 2 * PAIRS; i = i + 1) begin : gen_slot
            if (i < SLOTS) begin : gen_used
                assign a[i] = (KIND == "gate") ? x[i] : y[i];
                assign b[i] = (KIND == "gate") ? y[i] : c[i];
                assign d[i] = (KIND == "gate") ? c[i] : x[i];
            end else begin : gen_pad
                assign a[i] = 1'b0;
                assign b[i] = 1'b0;
                assign d[i] = 1'b0;
            end
        end

        for (i = 0; i < PAIRS; i = i + 1) begin : gen_pair
            CCU2 #(
                .INJECT("NO"),
                .INIT0(TABLE),
                .INIT1(TABLE)
            ) u_cell (
                .CIN(carry[i]),
                .A0(a[2*i]),
                .B0(b[2*i]),
                .C0(1'b1),
                .D0(d[2*i]),
                .A1(a[2*i+1]),
                .B1(b[2*i+1]),
                .C1(1'b1),
                .D1(d[2*i+1]),
                .S0(s[2*i]),
                .S1(s[2*i+1]),
                .COUT(carry[i+1])
            );
        end
    endgenerate
endmodule
`default_nettype wire
