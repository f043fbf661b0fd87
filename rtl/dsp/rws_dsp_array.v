// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Rows of an array in DSP blocks: when valid, acc <= (first ? 0 : acc) + sum over k of code[row, k] * act[px, k], signed, exact.
// CELLS "xc7" chains DSP slices with PACK_ROWS x PACK_PX products each (rws_dsp_block); otherwise each lane has
// multipliers of its own, PACK_ROWS = 2 rows in each (rws_lane_dsp). LATENCY to acc; valid and first belong to the last stage;
// acc is row-major, pixel-minor. Throughput 1.
`default_nettype none
module rws_dsp_array #(
    parameter [39:0] CELLS = "none",
    parameter TWIN = 0,
    parameter ROWS = 2,
    parameter INPUTS = 4,
    parameter PX = 1,
    parameter ACT_W = 4,
    parameter BITS = 4,
    parameter PACK_ROWS = 1,
    parameter PACK_PX = 1,
    parameter CHAINS = 1,
    parameter ACC_W = 16,
    parameter LATENCY = 5
) (
    input  wire                        clk,
    input  wire                        valid,
    input  wire                        first,
    input  wire [PX*INPUTS*ACT_W-1:0]  act,
    input  wire [ROWS*INPUTS*BITS-1:0] code,
    output wire [ROWS*PX*ACC_W-1:0]    acc
);
    generate
        if (CELLS != "xc7" && (PACK_ROWS > 2 || PACK_PX != 1 || CHAINS != 1)) begin : gen_error_0
            rws_error_packing_needs_xc7 u_refused ();
        end
        if (CELLS == "xc7"
            && LATENCY != (INPUTS + CHAINS - 1) / CHAINS + 4 + ((CHAINS > 2) ? 1 + CHAINS / 4 : 0)) begin : gen_error_1
            rws_error_latency_must_be_that_of_the_chains u_refused ();
        end
    endgenerate

    localparam [39:0] TWIN_CELLS = "none";
    localparam [39:0] BODY = (TWIN != 0) ? TWIN_CELLS : CELLS;

    genvar r;
    genvar p;
    generate
        if (CELLS == "xc7") begin : gen_xc7
            wire unused_latency = (LATENCY == 0);

            rws_dsp_block #(
                .CELLS(BODY),
                .INPUTS(INPUTS),
                .CHAINS(CHAINS),
                .ROWS(ROWS),
                .PX(PX),
                .PACK_ROWS(PACK_ROWS),
                .PACK_PX(PACK_PX),
                .ACT_W(ACT_W),
                .BITS(BITS),
                .ACC_W(ACC_W)
            ) u_block (
                .clk(clk),
                .valid(valid),
                .first(first),
                .act(act),
                .code(code),
                .acc(acc)
            );
        end else begin : gen_inferred
            wire unused_parameters = (TWIN == 0) && (PACK_PX == 0) && (CHAINS == 0);

            for (r = 0; r < ROWS; r = r + PACK_ROWS) begin : gen_row
                for (p = 0; p < PX; p = p + 1) begin : gen_pixel
                    wire [INPUTS*BITS-1:0] code1;
                    wire [ACC_W-1:0]       acc1;

                    if (PACK_ROWS == 2 && r + 1 < ROWS) begin : gen_partner
                        assign code1 = code[(r+1)*INPUTS*BITS+:INPUTS*BITS];
                        assign acc[((r+1)*PX+p)*ACC_W+:ACC_W] = acc1;
                    end else begin : gen_alone
                        wire unused_acc1 = &{1'b0, acc1};
                        assign code1 = {(INPUTS*BITS){1'b0}};
                    end

                    rws_lane_dsp #(
                        .CELLS(BODY),
                        .INPUTS(INPUTS),
                        .ACT_W(ACT_W),
                        .BITS(BITS),
                        .PAIR(PACK_ROWS - 1),
                        .ACC_W(ACC_W),
                        .LATENCY(LATENCY)
                    ) u_lane (
                        .clk(clk),
                        .valid(valid),
                        .first(first),
                        .act(act[p*INPUTS*ACT_W+:INPUTS*ACT_W]),
                        .code0(code[r*INPUTS*BITS+:INPUTS*BITS]),
                        .code1(code1),
                        .acc0(acc[(r*PX+p)*ACC_W+:ACC_W]),
                        .acc1(acc1)
                    );
                end
            end
        end
    endgenerate
endmodule
`default_nettype wire
