// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ROWS x PX dot products in LUT lanes (see rws_lane), accumulated over steps; a part of rws_array.
// Activations are unsigned; where COPY_ROWS > 0 they pass a register for every COPY_ROWS rows, which keeps the
// wires short. valid and first come a cycle before the accumulators take the sums. Latency to acc LATENCY, 1 more with copies;
// throughput 1; sums modulo 2^ACC_W.
`default_nettype none
module rws_lut_rows #(
    parameter [39:0] CELLS = "none",
    parameter TWIN = 0,
    parameter [39:0] LANE = "sp2",
    parameter ROWS = 2,
    parameter INPUTS = 4,
    parameter PX = 1,
    parameter ACT_W = 4,
    parameter P1 = 2,
    parameter P2 = 1,
    parameter CODE_W = 4,
    parameter WIDTH = 7,
    parameter ACC_W = 16,
    parameter LATENCY = 4,
    parameter COPY_ROWS = 0
) (
    input  wire                          clk,
    input  wire                          valid,
    input  wire                          first,
    input  wire [PX*INPUTS*ACT_W-1:0]    act,
    input  wire [ROWS*INPUTS*CODE_W-1:0] code,
    output wire [ROWS*PX*ACC_W-1:0]      acc
);
    generate
        if (COPY_ROWS < 0) begin : gen_error
            rws_error_copy_rows_must_be_a_count u_refused ();
        end
    endgenerate

    localparam COPIED = (COPY_ROWS > 0) ? 1 : 0;
    localparam SHARE = (COPY_ROWS > 0) ? COPY_ROWS : ROWS;
    // Lanes that take three times the activation, made once for all rows.
    localparam TRIPLED = (CELLS != "none" && (LANE == "ausn" || (LANE == "fixed" && CELLS != "ecp5"))) ? 1 : 0;

    wire [PX*INPUTS*(ACT_W+2)-1:0] triple;

    genvar r;
    genvar q;
    genvar p;
    generate
        for (p = 0; p < PX * INPUTS; p = p + 1) begin : gen_operand
            if (TRIPLED) begin : gen_triple
                rws_triple #(
                    .ACT_W(ACT_W)
                ) u_triple (
                    .act(act[p*ACT_W+:ACT_W]),
                    .triple(triple[p*(ACT_W+2)+:ACT_W+2])
                );
            end else begin : gen_single
                assign triple[p*(ACT_W+2)+:ACT_W+2] = {(ACT_W+2){1'b0}};
            end
        end

        for (r = 0; r < ROWS; r = r + SHARE) begin : gen_share
            wire [PX*INPUTS*ACT_W-1:0]     act_copy;
            wire [PX*INPUTS*(ACT_W+2)-1:0] triple_copy;

            rws_copy #(
                .WIDTH(PX * INPUTS * ACT_W),
                .CYCLES(COPIED)
            ) u_act (
                .clk(clk),
                .din(act),
                .dout(act_copy)
            );

            rws_copy #(
                .WIDTH(PX * INPUTS * (ACT_W + 2)),
                .CYCLES(TRIPLED ? COPIED : 0)
            ) u_triple (
                .clk(clk),
                .din(triple),
                .dout(triple_copy)
            );

            for (q = r; q < r + SHARE && q < ROWS; q = q + 1) begin : gen_row
                wire valid_d;
                wire first_d;

                rws_copy #(
                    .WIDTH(2),
                    .CYCLES(1)
                ) u_control (
                    .clk(clk),
                    .din({valid, first}),
                    .dout({valid_d, first_d})
                );

                for (p = 0; p < PX; p = p + 1) begin : gen_lane
                    rws_lane #(
                        .CELLS(CELLS),
                        .TWIN(TWIN),
                        .SCHEME(LANE),
                        .INPUTS(INPUTS),
                        .ACT_W(ACT_W),
                        .P1(P1),
                        .P2(P2),
                        .CODE_W(CODE_W),
                        .WIDTH(WIDTH),
                        .ACC_W(ACC_W),
                        .LATENCY(LATENCY)
                    ) u_lane (
                        .clk(clk),
                        .valid(valid_d),
                        .first(first_d),
                        .act(act_copy[p*INPUTS*ACT_W+:INPUTS*ACT_W]),
                        .triple(triple_copy[p*INPUTS*(ACT_W+2)+:INPUTS*(ACT_W+2)]),
                        .code(code[q*INPUTS*CODE_W+:INPUTS*CODE_W]),
                        .acc(acc[(q*PX+p)*ACC_W+:ACC_W])
                    );
                end
            end
        end
    endgenerate
endmodule
`default_nettype wire
