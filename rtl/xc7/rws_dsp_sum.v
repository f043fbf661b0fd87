// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Adder of LANES independent words of 48 / LANES bits (LANES = 1, 2, 4) in one DSP slice, with x and y of the cycle before:
//   KIND 0: p(t+1) = x + y;   KIND 1: p(t+1) = x + y + pcin(t), pcin from another adder's pcout with as many LANES;
//   KIND 2: where valid, p(t+1) = x + y + (first ? 0 : p).
// Latency 2 (valid and first act on the second cycle), throughput 1; every word is modulo its width.
// CELLS: "xc7" (DSP48E1), "none" (behavioural twin, same latency).
`default_nettype none
module rws_dsp_sum #(
    parameter [39:0] CELLS = "none",
    parameter LANES = 1,
    parameter KIND = 0
) (
    input  wire        clk,
    input  wire        valid,
    input  wire        first,
    input  wire [47:0] x,
    input  wire [47:0] y,
    input  wire [47:0] pcin,
    output wire [47:0] p,
    output wire [47:0] pcout
);
    generate
        if (LANES != 1 && LANES != 2 && LANES != 4) begin : gen_error_0
            rws_error_lanes_must_be_one_two_or_four u_refused ();
        end
        if (KIND < 0 || KIND > 2) begin : gen_error_1
            rws_error_unknown_kind u_refused ();
        end
    endgenerate

    generate
        if (CELLS == "xc7") begin : gen_xc7
            wire [29:0] unused_acout;
            wire [17:0] unused_bcout;
            wire [3:0]  unused_carryout;
            wire [5:0]  unused_flags;

            DSP48E1 #(
                .ACASCREG(1),
                .AREG(1),
                .BCASCREG(1),
                .BREG(1),
                .CREG(1),
                .MREG(0),
                .PREG(1),
                .ALUMODEREG(0),
                .CARRYINREG(0),
                .CARRYINSELREG(0),
                .INMODEREG(0),
                .OPMODEREG(0),
                .USE_DPORT("FALSE"),
                .USE_MULT("NONE"),
                .USE_SIMD((LANES == 4) ? "FOUR12" : (LANES == 2) ? "TWO24" : "ONE48")
            ) u_dsp (
                .CLK(clk),
                .A(x[47:18]),
                .ACIN(30'd0),
                .ACOUT(unused_acout),
                .ALUMODE(4'd0),
                .B(x[17:0]),
                .BCIN(18'd0),
                .BCOUT(unused_bcout),
                .C(y),
                .CARRYCASCIN(1'b0),
                .CARRYCASCOUT(unused_flags[0]),
                .CARRYIN(1'b0),
                .CARRYINSEL(3'd0),
                .CARRYOUT(unused_carryout),
                .CEA1(1'b1),
                .CEA2(1'b1),
                .CEAD(1'b1),
                .CEALUMODE(1'b1),
                .CEB1(1'b1),
                .CEB2(1'b1),
                .CEC(1'b1),
                .CECARRYIN(1'b1),
                .CECTRL(1'b1),
                .CED(1'b1),
                .CEINMODE(1'b1),
                .CEM(1'b1),
                .CEP((KIND == 2) ? valid : 1'b1),
                .D(25'd0),
                .INMODE(5'd0),
                .MULTSIGNIN(1'b0),
                .MULTSIGNOUT(unused_flags[1]),
                .OPMODE({1'b0, (KIND == 2) && !first, KIND == 1, 4'b1111}),
                .OVERFLOW(unused_flags[2]),
                .P(p),
                .PATTERNBDETECT(unused_flags[3]),
                .PATTERNDETECT(unused_flags[4]),
                .PCIN(pcin),
                .PCOUT(pcout),
                .RSTA(1'b0),
                .RSTALLCARRYIN(1'b0),
                .RSTALUMODE(1'b0),
                .RSTB(1'b0),
                .RSTC(1'b0),
                .RSTCTRL(1'b0),
                .RSTD(1'b0),
                .RSTINMODE(1'b0),
                .RSTM(1'b0),
                .RSTP(1'b0),
                .UNDERFLOW(unused_flags[5])
            );

            wire unused = &{1'b0, valid, first, unused_acout, unused_bcout, unused_carryout, unused_flags};
        end else begin : gen_none
            localparam W = 48 / LANES;

            wire [47:0] addend;
            reg  [47:0] x_q;
            reg  [47:0] y_q;
            reg  [47:0] p_q;
            genvar      i;

            if (KIND == 2) begin : gen_accumulate
                assign addend = first ? 48'd0 : p_q;
            end else if (KIND == 1) begin : gen_cascade
                assign addend = pcin;
            end else begin : gen_plain
                assign addend = 48'd0;
            end

            always @(posedge clk) begin
                x_q <= x;
                y_q <= y;
            end

            for (i = 0; i < LANES; i = i + 1) begin : gen_lane
                always @(posedge clk) begin
                    if (KIND != 2 || valid) p_q[i*W+:W] <= x_q[i*W+:W] + y_q[i*W+:W] + addend[i*W+:W];
                end
            end

            wire unused = &{1'b0, valid, first, pcin};
            assign p = p_q;
            assign pcout = p_q;
        end
    endgenerate
endmodule
`default_nettype wire
