// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation model of the SB_MAC16 mode that rtl/ uses (Lattice TN1295): two 8 x 8 products, registered, each added to C or D, registered.
`default_nettype none
module SB_MAC16 #(
    parameter [0:0] NEG_TRIGGER = 0,
    parameter [0:0] C_REG = 0,
    parameter [0:0] A_REG = 0,
    parameter [0:0] B_REG = 0,
    parameter [0:0] D_REG = 0,
    parameter [0:0] TOP_8x8_MULT_REG = 0,
    parameter [0:0] BOT_8x8_MULT_REG = 0,
    parameter [0:0] PIPELINE_16x16_MULT_REG1 = 0,
    parameter [0:0] PIPELINE_16x16_MULT_REG2 = 0,
    parameter [1:0] TOPOUTPUT_SELECT = 0,
    parameter [1:0] TOPADDSUB_LOWERINPUT = 0,
    parameter [0:0] TOPADDSUB_UPPERINPUT = 0,
    parameter [1:0] TOPADDSUB_CARRYSELECT = 0,
    parameter [1:0] BOTOUTPUT_SELECT = 0,
    parameter [1:0] BOTADDSUB_LOWERINPUT = 0,
    parameter [0:0] BOTADDSUB_UPPERINPUT = 0,
    parameter [1:0] BOTADDSUB_CARRYSELECT = 0,
    parameter [0:0] MODE_8x8 = 0,
    parameter [0:0] A_SIGNED = 0,
    parameter [0:0] B_SIGNED = 0
) (
    input  wire        CLK,
    input  wire        CE,
    input  wire [15:0] A,
    input  wire [15:0] B,
    input  wire [15:0] C,
    input  wire [15:0] D,
    input  wire        AHOLD,
    input  wire        BHOLD,
    input  wire        CHOLD,
    input  wire        DHOLD,
    input  wire        IRSTTOP,
    input  wire        IRSTBOT,
    input  wire        ORSTTOP,
    input  wire        ORSTBOT,
    input  wire        OLOADTOP,
    input  wire        OLOADBOT,
    input  wire        ADDSUBTOP,
    input  wire        ADDSUBBOT,
    input  wire        OHOLDTOP,
    input  wire        OHOLDBOT,
    input  wire        CI,
    input  wire        ACCUMCI,
    input  wire        SIGNEXTIN,
    output wire [31:0] O,
    output wire        CO,
    output wire        ACCUMCO,
    output wire        SIGNEXTOUT
);
    localparam [25:0] MODE = {
        NEG_TRIGGER, C_REG, D_REG, TOP_8x8_MULT_REG, BOT_8x8_MULT_REG, PIPELINE_16x16_MULT_REG1, PIPELINE_16x16_MULT_REG2,
        TOPOUTPUT_SELECT, TOPADDSUB_LOWERINPUT, TOPADDSUB_UPPERINPUT, TOPADDSUB_CARRYSELECT,
        BOTOUTPUT_SELECT, BOTADDSUB_LOWERINPUT, BOTADDSUB_UPPERINPUT, BOTADDSUB_CARRYSELECT, MODE_8x8, 4'd0
    };

    reg  [15:0]        a_q;
    reg  [15:0]        b_q;
    reg  signed [15:0] top_q;
    reg  signed [15:0] bottom_q;
    reg  [31:0]        o_q;
    wire [15:0]        a = A_REG ? a_q : A;
    wire [15:0]        b = B_REG ? b_q : B;
    wire signed [8:0]  a1 = {a[15] && A_SIGNED, a[15:8]};
    wire signed [8:0]  a0 = {a[7] && A_SIGNED, a[7:0]};
    wire signed [8:0]  b1 = {b[15] && B_SIGNED, b[15:8]};
    wire signed [8:0]  b0 = {b[7] && B_SIGNED, b[7:0]};

    always @(posedge CLK) begin
        if (CE) begin
            a_q <= A;
            b_q <= B;
            top_q <= a1 * b1;
            bottom_q <= a0 * b0;
            o_q <= {C + top_q, D + bottom_q};
        end
    end

    generate
        if (MODE != 26'b0_0_0_1_1_0_0_01_01_1_00_01_01_1_00_1_0000) begin : gen_refused
            rws_model_lacks_this_mode u_refused ();
        end
    endgenerate

    assign O = o_q;
    assign {CO, ACCUMCO, SIGNEXTOUT} = 3'd0;

    wire unused = &{
        1'b0, AHOLD, BHOLD, CHOLD, DHOLD, IRSTTOP, IRSTBOT, ORSTTOP, ORSTBOT, OLOADTOP, OLOADBOT, ADDSUBTOP, ADDSUBBOT,
        OHOLDTOP, OHOLDBOT, CI, ACCUMCI, SIGNEXTIN
    };
endmodule
`default_nettype wire
