// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation models of the 7-series cells that rws_xc7_* instantiate (Xilinx UG953, UG474). Where an unknown input cannot change an
// output, that output is known. A LUT looks its bit up while all inputs are known, which simulators do fast; else it compares all
// the entries that may be meant.
`default_nettype none
module LUT6 #(
    parameter [63:0] INIT = 64'd0
) (
    output reg  O,
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5
);
    wire [5:0] at = {I5, I4, I3, I2, I1, I0};
    integer    n;
    reg        all;
    reg        any;

    always @(at) begin
        if (^at === 1'bx) begin
            all = 1'b1;
            any = 1'b0;
            for (n = 0; n < 64; n = n + 1) begin
                if (|(at ^ n[5:0]) !== 1'b1) begin
                    all = all && INIT[n];
                    any = any || INIT[n];
                end
            end
            O = (all == any) ? any : 1'bx;
        end else begin
            O = INIT[at];
        end
    end
endmodule

module LUT6_2 #(
    parameter [63:0] INIT = 64'd0
) (
    output reg  O6,
    output reg  O5,
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5
);
    wire [5:0] at = {I5, I4, I3, I2, I1, I0};
    integer    n;
    reg  [1:0] all;
    reg  [1:0] any;

    always @(at) begin
        if (^at === 1'bx) begin
            all = 2'b11;
            any = 2'b00;
            for (n = 0; n < 64; n = n + 1) begin
                if (|(at ^ n[5:0]) !== 1'b1) begin
                    all[1] = all[1] && INIT[n];
                    any[1] = any[1] || INIT[n];
                end
                if (n < 32 && |(at[4:0] ^ n[4:0]) !== 1'b1) begin
                    all[0] = all[0] && INIT[n];
                    any[0] = any[0] || INIT[n];
                end
            end
            O6 = (all[1] == any[1]) ? any[1] : 1'bx;
            O5 = (all[0] == any[0]) ? any[0] : 1'bx;
        end else begin
            O6 = INIT[at];
            O5 = INIT[{1'b0, at[4:0]}];
        end
    end
endmodule

module CARRY4 (
    output wire [3:0] CO,
    output wire [3:0] O,
    input  wire       CI,
    input  wire       CYINIT,
    input  wire [3:0] DI,
    input  wire [3:0] S
);
    wire c0 = S[0] ? CI | CYINIT : DI[0];
    wire c1 = S[1] ? c0 : DI[1];
    wire c2 = S[2] ? c1 : DI[2];
    wire c3 = S[3] ? c2 : DI[3];

    assign O = S ^ {c2, c1, c0, CI | CYINIT};
    assign CO = {c3, c2, c1, c0};
endmodule
`default_nettype wire
