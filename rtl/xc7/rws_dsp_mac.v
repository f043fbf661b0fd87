// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Link of a multiply-add chain in one DSP slice of 25 x 18 bits:
//   p(t+1) = m(t) + (HEAD ? BIAS : pcin(t)),   m(t) = (a + d) * b of cycle t - 2 - DELAY (d counts where PREADD = 1 only).
// DELAY = 1 spends the slice's second input registers. Latency 3 + DELAY, throughput 1; a + d fits 25 bits, and the sum wraps at 48.
// CELLS: "xc7" (DSP48E1), "none" (behavioural twin, same latency). pcout goes to the next link's pcin and nowhere else.
`default_nettype none
module rws_dsp_mac #(
    parameter [39:0] CELLS = "none",
    parameter HEAD = 1,
    parameter [47:0] BIAS = 48'd0,
    parameter PREADD = 0,
    parameter DELAY = 0
) (
    input  wire        clk,
    input  wire [24:0] a,
    input  wire [24:0] d,
    input  wire [17:0] b,
    input  wire [47:0] pcin,
    output wire [47:0] p,
    output wire [47:0] pcout
);
    generate
        if (CELLS != "xc7" && CELLS != "none") begin : gen_error_0
            rws_error_unknown_cells u_refused ();
        end
        if (DELAY < 0 || DELAY > 1) begin : gen_error_1
            rws_error_delay_must_be_at_most_one u_refused ();
        end
    endgenerate

    generate
        if (CELLS == "xc7") begin : gen_xc7
            wire [29:0] unused_acout;
            wire [17:0] unused_bcout;
            wire [3:0]  unused_carryout;
            wire [5:0]  unused_flags;

            DSP48E1 #(
                .ADREG(PREADD ? DELAY : 1),
                .ACASCREG(PREADD ? 1 : 1 + DELAY),
                .AREG(PREADD ? 1 : 1 + DELAY),
                .BCASCREG(1 + DELAY),
                .BREG(1 + DELAY),
                .CREG(0),
                .DREG(1),
                .MREG(1),
                .PREG(1),
                .ALUMODEREG(0),
                .CARRYINREG(0),
                .CARRYINSELREG(0),
                .INMODEREG(0),
                .OPMODEREG(0),
                .USE_DPORT(PREADD ? "TRUE" : "FALSE"),
                .USE_MULT("MULTIPLY"),
                .USE_SIMD("ONE48")
            ) u_dsp (
                .CLK(clk),
                .A({{5{a[24]}}, a}),
                .ACIN(30'd0),
                .ACOUT(unused_acout),
                .ALUMODE(4'd0),
                .B(b),
                .BCIN(18'd0),
                .BCOUT(unused_bcout),
                .C(BIAS),
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
                .CEP(1'b1),
                .D(d),
                .INMODE(PREADD ? 5'b00100 : 5'b00000),
                .MULTSIGNIN(1'b0),
                .MULTSIGNOUT(unused_flags[1]),
                .OPMODE(HEAD ? 7'b0110101 : 7'b0010101),
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

            wire unused = &{1'b0, unused_acout, unused_bcout, unused_carryout, unused_flags};
        end else begin : gen_none
            wire signed [24:0] a_mult;
            wire signed [17:0] b_mult;
            reg  signed [24:0] a_q;
            reg  signed [24:0] d_q;
            wire signed [24:0] ad = a_q + d_q;
            reg  [17:0]        b_q;
            reg  signed [42:0] m_q;
            reg  [47:0]        p_q;

            rws_delay #(
                .WIDTH(43),
                .CYCLES(DELAY)
            ) u_inputs (
                .clk(clk),
                .din({PREADD ? ad : a_q, b_q}),
                .dout({a_mult, b_mult})
            );

            always @(posedge clk) begin
                a_q <= a;
                d_q <= d;
                b_q <= b;
                m_q <= a_mult * b_mult;
                p_q <= {{5{m_q[42]}}, m_q} + (HEAD ? BIAS : pcin);
            end

            wire unused_d = &{1'b0, d_q};
            assign p = p_q;
            assign pcout = p_q;
        end
    endgenerate
endmodule
`default_nettype wire
