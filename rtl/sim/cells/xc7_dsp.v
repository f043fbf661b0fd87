// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation model of the DSP48E1 modes that rtl/ uses (UG479): A (+ D) times B with C or PCIN, and SIMD A:B + C with PCIN or P.
// One or two A and B registers, AD, M, P and C registers; control inputs are not registered; no resets, no patterns.
// Text parameters are told apart by one letter: FOUR1(2), TWO2(4), ONE4(8); TR(U)E, FAL(S)E; MULTIPL(Y), NON(E).
`default_nettype none
module DSP48E1 #(
    parameter ACASCREG = 1,
    parameter ADREG = 1,
    parameter ALUMODEREG = 1,
    parameter AREG = 1,
    parameter BCASCREG = 1,
    parameter BREG = 1,
    parameter CARRYINREG = 1,
    parameter CARRYINSELREG = 1,
    parameter CREG = 1,
    parameter DREG = 1,
    parameter INMODEREG = 1,
    parameter MREG = 1,
    parameter OPMODEREG = 1,
    parameter PREG = 1,
    parameter USE_DPORT = "FALSE",
    parameter USE_MULT = "MULTIPLY",
    parameter USE_SIMD = "ONE48"
) (
    output wire [29:0] ACOUT,
    output wire [17:0] BCOUT,
    output wire        CARRYCASCOUT,
    output wire [3:0]  CARRYOUT,
    output wire        MULTSIGNOUT,
    output wire        OVERFLOW,
    output wire [47:0] P,
    output wire        PATTERNBDETECT,
    output wire        PATTERNDETECT,
    output wire [47:0] PCOUT,
    output wire        UNDERFLOW,
    input  wire [29:0] A,
    input  wire [29:0] ACIN,
    input  wire [3:0]  ALUMODE,
    input  wire [17:0] B,
    input  wire [17:0] BCIN,
    input  wire [47:0] C,
    input  wire        CARRYCASCIN,
    input  wire        CARRYIN,
    input  wire [2:0]  CARRYINSEL,
    input  wire        CEA1,
    input  wire        CEA2,
    input  wire        CEAD,
    input  wire        CEALUMODE,
    input  wire        CEB1,
    input  wire        CEB2,
    input  wire        CEC,
    input  wire        CECARRYIN,
    input  wire        CECTRL,
    input  wire        CED,
    input  wire        CEINMODE,
    input  wire        CEM,
    input  wire        CEP,
    input  wire        CLK,
    input  wire [24:0] D,
    input  wire [4:0]  INMODE,
    input  wire        MULTSIGNIN,
    input  wire [6:0]  OPMODE,
    input  wire [47:0] PCIN,
    input  wire        RSTA,
    input  wire        RSTALLCARRYIN,
    input  wire        RSTALUMODE,
    input  wire        RSTB,
    input  wire        RSTC,
    input  wire        RSTCTRL,
    input  wire        RSTD,
    input  wire        RSTINMODE,
    input  wire        RSTM,
    input  wire        RSTP
);
    localparam LANES = (USE_SIMD[7:0] == "2") ? 4 : (USE_SIMD[7:0] == "4") ? 2 : 1;
    localparam W = 48 / LANES;

    reg [29:0] a1_q;
    reg [29:0] a2_q;
    reg [17:0] b1_q;
    reg [17:0] b2_q;
    reg [24:0] d_q;
    reg [24:0] ad_q;
    reg [47:0] c_q;
    reg [42:0] m_q;
    reg [47:0] p_q;

    wire [29:0]        a_r = (AREG == 2) ? a2_q : a1_q;
    wire [17:0]        b_r = (BREG == 2) ? b2_q : b1_q;
    wire signed [24:0] a_low = a_r[24:0];
    wire signed [24:0] d_gated = INMODE[2] ? d_q : 25'd0;
    wire signed [24:0] ad = a_low + d_gated;
    wire signed [24:0] a_mult = (USE_DPORT[15:8] != "U") ? a_r[24:0] : (ADREG == 1) ? ad_q : ad;
    wire signed [17:0] b_mult = b_r;
    wire [47:0]        c_r = (CREG == 1) ? c_q : C;
    wire [47:0]        xy = (OPMODE[3:0] == 4'b0101) ? {{5{m_q[42]}}, m_q} : 48'd0;
    wire [47:0]        x = (OPMODE[3:0] == 4'b1111) ? {a_r, b_r} : xy;
    wire [47:0]        y = (OPMODE[3:0] == 4'b1111) ? c_r : 48'd0;
    wire [47:0]        z = (OPMODE[6:4] == 3'd1) ? PCIN : (OPMODE[6:4] == 3'd2) ? p_q : (OPMODE[6:4] == 3'd3) ? c_r : 48'd0;

    always @(posedge CLK) begin
        a1_q <= A;
        a2_q <= a1_q;
        b1_q <= B;
        b2_q <= b1_q;
        d_q <= D;
        ad_q <= ad;
        c_q <= C;
        m_q <= a_mult * b_mult;
    end

    genvar i;
    generate
        for (i = 0; i < LANES; i = i + 1) begin : gen_lane
            always @(posedge CLK) if (CEP) p_q[i*W+:W] <= x[i*W+:W] + y[i*W+:W] + z[i*W+:W];
        end
        if (ALUMODEREG != 0 || CARRYINREG != 0 || CARRYINSELREG != 0 || INMODEREG != 0 || OPMODEREG != 0 || PREG != 1
            || (USE_MULT[7:0] == "Y") != (MREG == 1)) begin : gen_refused
            rws_model_lacks_this_mode u_refused ();
        end
    endgenerate

    assign P = p_q;
    assign PCOUT = p_q;
    assign ACOUT = 30'd0;
    assign BCOUT = 18'd0;
    assign CARRYOUT = 4'd0;
    assign {CARRYCASCOUT, MULTSIGNOUT, OVERFLOW, PATTERNBDETECT, PATTERNDETECT, UNDERFLOW} = 6'd0;

    wire unused = &{
        1'b0, ACIN, ALUMODE, BCIN, CARRYCASCIN, CARRYIN, CARRYINSEL, CEA1, CEA2, CEAD, CEALUMODE, CEB1, CEB2, CEC, CECARRYIN,
        CECTRL, CED, CEINMODE, CEM, INMODE, MULTSIGNIN, RSTA, RSTALLCARRYIN, RSTALUMODE, RSTB, RSTC, RSTCTRL, RSTD, RSTINMODE,
        RSTM, RSTP, ACASCREG != 0, BCASCREG != 0, DREG != 0
    };
endmodule
`default_nettype wire
