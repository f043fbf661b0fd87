// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation model of Gowin's multiplier as rws_gowin_mult uses it: DOUT(t) = A(t-2) * B(t-2), signed, registers at operands and
// product (UG287). Other modes make it stop.
`default_nettype none
module MULT18X18 #(
    parameter AREG = 1'b0,
    parameter BREG = 1'b0,
    parameter OUT_REG = 1'b0,
    parameter PIPE_REG = 1'b0,
    parameter ASIGN_REG = 1'b0,
    parameter BSIGN_REG = 1'b0,
    parameter SOA_REG = 1'b0,
    parameter [39:0] MULT_RESET_MODE = "SYNC"
) (
    input  wire [17:0] A,
    input  wire [17:0] SIA,
    input  wire [17:0] B,
    input  wire [17:0] SIB,
    input  wire        ASIGN,
    input  wire        BSIGN,
    input  wire        ASEL,
    input  wire        BSEL,
    input  wire        CE,
    input  wire        CLK,
    input  wire        RESET,
    output wire [35:0] DOUT,
    output wire [17:0] SOA,
    output wire [17:0] SOB
);
    wire known = {AREG, BREG, OUT_REG, PIPE_REG, ASIGN_REG, BSIGN_REG, SOA_REG} == 7'b1110000
        && MULT_RESET_MODE == "SYNC" && {ASIGN, BSIGN, ASEL, BSEL} == 4'b1100;
    reg signed [17:0] a_q;
    reg signed [17:0] b_q;
    reg signed [35:0] p_q;
    wire              unused = &{1'b0, SIA, SIB};

    always @(posedge CLK) begin
        if (!known) $stop;
        if (CE && RESET) begin
            a_q <= 18'd0;
            b_q <= 18'd0;
            p_q <= 36'd0;
        end else if (CE) begin
            a_q <= A;
            b_q <= B;
            p_q <= a_q * b_q;
        end
    end

    assign DOUT = p_q;
    assign SOA = a_q;
    assign SOB = b_q;
endmodule
`default_nettype wire
