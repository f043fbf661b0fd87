// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation model of Nexus's multiplier as rws_nexus_mult uses it: Z(t) = A(t-2) * B(t-2), signed, registers at operands and
// product (Lattice FPGA-TN-02096). Other modes make it stop.
`default_nettype none
module MULT18X18 #(
    parameter [63:0] REGINPUTA = "REGISTER",
    parameter [63:0] REGINPUTB = "REGISTER",
    parameter [63:0] REGOUTPUT = "REGISTER",
    parameter [63:0] GSR = "ENABLED",
    parameter [39:0] RESETMODE = "SYNC"
) (
    input  wire [17:0] A,
    input  wire [17:0] B,
    input  wire        CLK,
    input  wire        CEA,
    input  wire        RSTA,
    input  wire        CEB,
    input  wire        RSTB,
    input  wire        SIGNEDA,
    input  wire        SIGNEDB,
    input  wire        RSTOUT,
    input  wire        CEOUT,
    output wire [35:0] Z
);
    wire known = REGINPUTA == "REGISTER" && REGINPUTB == "REGISTER" && REGOUTPUT == "REGISTER" && GSR == "DISABLED"
        && RESETMODE == "SYNC" && SIGNEDA && SIGNEDB;
    reg signed [17:0] a_q;
    reg signed [17:0] b_q;
    reg signed [35:0] p_q;

    always @(posedge CLK) begin
        if (!known) $stop;
        if (RSTA) a_q <= 18'd0;
        else if (CEA) a_q <= A;
        if (RSTB) b_q <= 18'd0;
        else if (CEB) b_q <= B;
        if (RSTOUT) p_q <= 36'd0;
        else if (CEOUT) p_q <= a_q * b_q;
    end

    assign Z = p_q;
endmodule
`default_nettype wire
