// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// p(t) = a(t - 2) * b(t - 2), signed: one MULT18X18 of Gowin with the registers of its operands and of its product, which
// synthesis does not use by itself. Throughput 1, exact.
`default_nettype none
module rws_gowin_mult (
    input  wire        clk,
    input  wire [17:0] a,
    input  wire [17:0] b,
    output wire [35:0] p
);
    wire [17:0] unused_soa;
    wire [17:0] unused_sob;
    wire        unused = &{1'b0, unused_soa, unused_sob};

    MULT18X18 #(
        .AREG(1'b1),
        .BREG(1'b1),
        .OUT_REG(1'b1),
        .PIPE_REG(1'b0),
        .ASIGN_REG(1'b0),
        .BSIGN_REG(1'b0),
        .SOA_REG(1'b0),
        .MULT_RESET_MODE("SYNC")
    ) u_mult (
        .A(a),
        .SIA(18'd0),
        .B(b),
        .SIB(18'd0),
        .ASIGN(1'b1),
        .BSIGN(1'b1),
        .ASEL(1'b0),
        .BSEL(1'b0),
        .CE(1'b1),
        .CLK(clk),
        .RESET(1'b0),
        .DOUT(p),
        .SOA(unused_soa),
        .SOB(unused_sob)
    );
endmodule
`default_nettype wire
