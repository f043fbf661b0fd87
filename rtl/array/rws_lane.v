// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// LUT lane: dot product of INPUTS unsigned activations with codes of SCHEME "sp2", "pot", "fixed" or "ausn"; when valid,
//   acc <= (first ? 0 : acc) + sum of rws_operand(act, code), modulo 2^ACC_W.
// Operands of negative codes are inverted, not negated; what that adds is a constant of the row, folded into its
// requantization. CELLS "none" is portable, "xc7", "ecp5", "ice40", "gowin" and "nexus" instantiate the family's cells; TWIN = 1
// replaces them by behaviour with the same LATENCY, which counts from act and code to acc. valid and first belong to the last
// stage. triple is 3 * act, made once for all rows; some cells of fixed and ausn use it. Throughput 1.
`default_nettype none
module rws_lane #(
    parameter [39:0] CELLS = "none",
    parameter TWIN = 0,
    parameter [39:0] SCHEME = "sp2",
    parameter INPUTS = 4,
    parameter ACT_W = 4,
    parameter P1 = 2,
    parameter P2 = 1,
    parameter CODE_W = 4,
    parameter WIDTH = 7,
    parameter ACC_W = 24,
    parameter LATENCY = 4
) (
    input  wire                        clk,
    input  wire                        valid,
    input  wire                        first,
    input  wire [INPUTS*ACT_W-1:0]     act,
    input  wire [INPUTS*(ACT_W+2)-1:0] triple,
    input  wire [INPUTS*CODE_W-1:0]    code,
    output wire [ACC_W-1:0]            acc
);
    generate
        if (CELLS != "none" && CELLS != "xc7" && CELLS != "ecp5"
            && CELLS != "ice40" && CELLS != "gowin" && CELLS != "nexus") begin : gen_error_0
            rws_error_unknown_cells u_refused ();
        end
        if (SCHEME != "sp2" && SCHEME != "pot" && SCHEME != "fixed" && SCHEME != "ausn") begin : gen_error_1
            rws_error_unknown_scheme u_refused ();
        end
        if (CELLS == "none" && LATENCY != 2 + $clog2(INPUTS)) begin : gen_error_2
            rws_error_latency_must_be_that_of_the_tree u_refused ();
        end
        if (CELLS != "none" && CELLS != "xc7" && CODE_W != 4) begin : gen_error_3
            rws_error_cells_take_codes_of_four_bits u_refused ();
        end
    endgenerate

    wire unused_triple = &{1'b0, triple};

    genvar k;
    generate
        if (TWIN == 0 && CELLS == "xc7") begin : gen_xc7
            rws_xc7_lane #(
                .SCHEME(SCHEME),
                .INPUTS(INPUTS),
                .ACT_W(ACT_W),
                .MAIN(P1),
                .SUP(P2),
                .CODE_W(CODE_W),
                .WIDTH(WIDTH),
                .ACC_W(ACC_W)
            ) u_lane (
                .clk(clk),
                .valid(valid),
                .first(first),
                .act(act),
                .triple(triple),
                .code(code),
                .acc(acc)
            );
        end else if (TWIN == 0 && CELLS == "ecp5") begin : gen_ecp5
            rws_ecp5_lane #(
                .SCHEME(SCHEME),
                .INPUTS(INPUTS),
                .ACT_W(ACT_W),
                .ACC_W(ACC_W)
            ) u_lane (
                .clk(clk),
                .valid(valid),
                .first(first),
                .act(act),
                .triple(triple),
                .code(code),
                .acc(acc)
            );
        end else if (TWIN == 0 && CELLS == "ice40") begin : gen_ice40
            rws_ice40_lane #(
                .SCHEME(SCHEME),
                .INPUTS(INPUTS),
                .ACT_W(ACT_W),
                .ACC_W(ACC_W)
            ) u_lane (
                .clk(clk),
                .valid(valid),
                .first(first),
                .act(act),
                .triple(triple),
                .code(code),
                .acc(acc)
            );
        end else if (TWIN == 0 && (CELLS == "gowin" || CELLS == "nexus")) begin : gen_alu
            rws_alu_lane #(
                .CELLS(CELLS),
                .SCHEME(SCHEME),
                .INPUTS(INPUTS),
                .ACT_W(ACT_W),
                .ACC_W(ACC_W)
            ) u_lane (
                .clk(clk),
                .valid(valid),
                .first(first),
                .act(act),
                .triple(triple),
                .code(code),
                .acc(acc)
            );
        end else begin : gen_behaviour
            wire [INPUTS*WIDTH-1:0] operand;

            for (k = 0; k < INPUTS; k = k + 1) begin : gen_input
                rws_operand #(
                    .SCHEME(SCHEME),
                    .ACT_W(ACT_W),
                    .P1(P1),
                    .P2(P2),
                    .CODE_W(CODE_W),
                    .WIDTH(WIDTH)
                ) u_operand (
                    .act(act[k*ACT_W+:ACT_W]),
                    .code(code[k*CODE_W+:CODE_W]),
                    .operand(operand[k*WIDTH+:WIDTH])
                );
            end

            if (TWIN == 0) begin : gen_portable
                rws_lane_sum #(
                    .INPUTS(INPUTS),
                    .WIDTH(WIDTH),
                    .ACC_W(ACC_W)
                ) u_sum (
                    .clk(clk),
                    .valid(valid),
                    .first(first),
                    .operand(operand),
                    .acc(acc)
                );
            end else begin : gen_twin
                rws_lane_twin #(
                    .INPUTS(INPUTS),
                    .WIDTH(WIDTH),
                    .ACC_W(ACC_W),
                    .LATENCY(LATENCY)
                ) u_sum (
                    .clk(clk),
                    .valid(valid),
                    .first(first),
                    .operand(operand),
                    .acc(acc)
                );
            end
        end
    endgenerate
endmodule
`default_nettype wire
