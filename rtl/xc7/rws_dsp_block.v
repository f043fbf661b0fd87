// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Block of ROWS x PX dot products in DSP lanes of PACK_ROWS rows x PACK_PX pixels (see rws_dsp_lane for the sums, CHAINS and LATENCY).
// Activations are skewed here, once for all rows, and codes, once for all pixels (see rws_skew). Rows are packed in order,
// PACK_ROWS by PACK_ROWS, and the weights memory adjusts each such group; where rows or pixels do not fill the last lane, it
// computes with zeros.
// acc is row-major, pixel-minor. Throughput 1; exact, as rws_dsp_lane refuses what is not.
`default_nettype none
module rws_dsp_block #(
    parameter [39:0] CELLS = "none",
    parameter INPUTS = 16,
    parameter CHAINS = 4,
    parameter ROWS = 16,
    parameter PX = 2,
    parameter PACK_ROWS = 2,
    parameter PACK_PX = 2,
    parameter ACT_W = 4,
    parameter BITS = 4,
    parameter ACC_W = 24
) (
    input  wire                        clk,
    input  wire                        valid,
    input  wire                        first,
    input  wire [PX*INPUTS*ACT_W-1:0]  act,
    input  wire [ROWS*INPUTS*BITS-1:0] code,
    output wire [ROWS*PX*ACC_W-1:0]    acc
);
    localparam ROW_LANES = (ROWS + PACK_ROWS - 1) / PACK_ROWS;
    localparam PX_LANES = (PX + PACK_PX - 1) / PACK_PX;
    localparam ALL_ROWS = ROW_LANES * PACK_ROWS;
    localparam ALL_PX = PX_LANES * PACK_PX;
    localparam ACTS_W = INPUTS * ACT_W;
    localparam CODES_W = INPUTS * BITS;

    wire [ALL_PX*ACTS_W-1:0]    act_skewed;
    wire [ALL_ROWS*CODES_W-1:0] code_skewed;

    genvar r;
    genvar p;
    genvar i;
    genvar j;
    generate
        for (p = 0; p < ALL_PX; p = p + 1) begin : gen_act
            if (p < PX) begin : gen_skew
                rws_skew #(
                    .INPUTS(INPUTS),
                    .CHAINS(CHAINS),
                    .WIDTH(ACT_W)
                ) u_skew (
                    .clk(clk),
                    .din(act[p*ACTS_W+:ACTS_W]),
                    .dout(act_skewed[p*ACTS_W+:ACTS_W])
                );
            end else begin : gen_idle
                assign act_skewed[p*ACTS_W+:ACTS_W] = {ACTS_W{1'b0}};
            end
        end

        for (r = 0; r < ALL_ROWS; r = r + 1) begin : gen_code
            if (r < ROWS) begin : gen_skew
                rws_skew #(
                    .INPUTS(INPUTS),
                    .CHAINS(CHAINS),
                    .WIDTH(BITS)
                ) u_skew (
                    .clk(clk),
                    .din(code[r*CODES_W+:CODES_W]),
                    .dout(code_skewed[r*CODES_W+:CODES_W])
                );
            end else begin : gen_idle
                assign code_skewed[r*CODES_W+:CODES_W] = {CODES_W{1'b0}};
            end
        end

        for (r = 0; r < ROW_LANES; r = r + 1) begin : gen_row
            for (p = 0; p < PX_LANES; p = p + 1) begin : gen_pixel
                wire [PACK_ROWS*PACK_PX*ACC_W-1:0] accs;

                rws_dsp_lane #(
                    .CELLS(CELLS),
                    .INPUTS(INPUTS),
                    .CHAINS(CHAINS),
                    .ROWS(PACK_ROWS),
                    .PX(PACK_PX),
                    .ACT_W(ACT_W),
                    .BITS(BITS),
                    .ACC_W(ACC_W)
                ) u_lane (
                    .clk(clk),
                    .valid(valid),
                    .first(first),
                    .act(act_skewed[p*PACK_PX*ACTS_W+:PACK_PX*ACTS_W]),
                    .code(code_skewed[r*PACK_ROWS*CODES_W+:PACK_ROWS*CODES_W]),
                    .acc(accs)
                );

                for (i = 0; i < PACK_ROWS; i = i + 1) begin : gen_lane_row
                    for (j = 0; j < PACK_PX; j = j + 1) begin : gen_lane_pixel
                        if (r * PACK_ROWS + i < ROWS && p * PACK_PX + j < PX) begin : gen_used
                            assign acc[((r*PACK_ROWS+i)*PX+p*PACK_PX+j)*ACC_W+:ACC_W] = accs[(i*PACK_PX+j)*ACC_W+:ACC_W];
                        end else begin : gen_idle
                            wire unused = &{1'b0, accs[(i*PACK_PX+j)*ACC_W+:ACC_W]};
                        end
                    end
                end
            end
        end
    endgenerate
endmodule
`default_nettype wire
