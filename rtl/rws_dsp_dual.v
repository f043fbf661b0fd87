// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Two multiply-adds of 8 x 8 bits in one DSP block, o and addend of 16 bits each, modulo 2^16:
//   o1(t+1) = addend1(t) + w1 * a,   o0(t+1) = addend0(t) + w0 * a   of cycle t - 1 - DELAY, weights signed, a signed where A_SIGNED = 1.
// DELAY = 1 spends the block's input registers. Latency 2 + DELAY, throughput 1.
// CELLS: "ice40" (SB_MAC16 in its 8 x 8 mode), "none" (behavioural twin, same latency).
`default_nettype none
module rws_dsp_dual #(
    parameter [39:0] CELLS = "none",
    parameter A_SIGNED = 0,
    parameter DELAY = 0
) (
    input  wire        clk,
    input  wire [7:0]  w0,
    input  wire [7:0]  w1,
    input  wire [7:0]  a,
    input  wire [31:0] addend,
    output wire [31:0] o
);
    generate
        if (CELLS == "ice40") begin : gen_ice40
            wire [2:0] unused_carries;

            SB_MAC16 #(
                .NEG_TRIGGER(1'b0),
                .C_REG(1'b0),
                .A_REG(DELAY != 0),
                .B_REG(DELAY != 0),
                .D_REG(1'b0),
                .TOP_8x8_MULT_REG(1'b1),
                .BOT_8x8_MULT_REG(1'b1),
                .PIPELINE_16x16_MULT_REG1(1'b0),
                .PIPELINE_16x16_MULT_REG2(1'b0),
                .TOPOUTPUT_SELECT(2'b01),
                .TOPADDSUB_LOWERINPUT(2'b01),
                .TOPADDSUB_UPPERINPUT(1'b1),
                .TOPADDSUB_CARRYSELECT(2'b00),
                .BOTOUTPUT_SELECT(2'b01),
                .BOTADDSUB_LOWERINPUT(2'b01),
                .BOTADDSUB_UPPERINPUT(1'b1),
                .BOTADDSUB_CARRYSELECT(2'b00),
                .MODE_8x8(1'b1),
                .A_SIGNED(1'b1),
                .B_SIGNED(A_SIGNED != 0)
            ) u_mac (
                .CLK(clk),
                .CE(1'b1),
                .A({w1, w0}),
                .B({a, a}),
                .C(addend[31:16]),
                .D(addend[15:0]),
                .AHOLD(1'b0),
                .BHOLD(1'b0),
                .CHOLD(1'b0),
                .DHOLD(1'b0),
                .IRSTTOP(1'b0),
                .IRSTBOT(1'b0),
                .ORSTTOP(1'b0),
                .ORSTBOT(1'b0),
                .OLOADTOP(1'b0),
                .OLOADBOT(1'b0),
                .ADDSUBTOP(1'b0),
                .ADDSUBBOT(1'b0),
                .OHOLDTOP(1'b0),
                .OHOLDBOT(1'b0),
                .CI(1'b0),
                .ACCUMCI(1'b0),
                .SIGNEXTIN(1'b0),
                .O(o),
                .CO(unused_carries[0]),
                .ACCUMCO(unused_carries[1]),
                .SIGNEXTOUT(unused_carries[2])
            );

            wire unused = &{1'b0, unused_carries};
        end else begin : gen_none
            wire signed [7:0] w0_d;
            wire signed [7:0] w1_d;
            wire signed [8:0] a_d;
            reg  signed [15:0] m0_q;
            reg  signed [15:0] m1_q;
            reg  [31:0]        o_q;

            rws_delay #(
                .WIDTH(25),
                .CYCLES(DELAY)
            ) u_inputs (
                .clk(clk),
                .din({w1, w0, a[7] && A_SIGNED != 0, a}),
                .dout({w1_d, w0_d, a_d})
            );

            always @(posedge clk) begin
                m0_q <= w0_d * a_d;
                m1_q <= w1_d * a_d;
                o_q <= {addend[31:16] + m1_q, addend[15:0] + m0_q};
            end

            assign o = o_q;
        end
    endgenerate
endmodule
`default_nettype wire
