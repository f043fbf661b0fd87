// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// p(t) = a(t - 2) * b(t - 2), signed: one MULT18X18 of Nexus with the registers of its operands and of its product.
// Throughput 1, exact.
`default_nettype none
module rws_nexus_mult (
    input  wire        clk,
    input  wire [17:0] a,
    input  wire [17:0] b,
    output wire [35:0] p
);
    MULT18X18 #(
        .REGINPUTA("REGISTER"),
        .REGINPUTB("REGISTER"),
        .REGOUTPUT("REGISTER"),
        .GSR("DISABLED"),
        .RESETMODE("SYNC")
    ) u_mult (
        .A(a),
        .B(b),
        .CLK(clk),
        .CEA(1'b1),
        .RSTA(1'b0),
        .CEB(1'b1),
        .RSTB(1'b0),
        .SIGNEDA(1'b1),
        .SIGNEDB(1'b1),
        .RSTOUT(1'b0),
        .CEOUT(1'b1),
        .Z(p)
    );
endmodule
`default_nettype wire
