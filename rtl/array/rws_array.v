// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Array of ROWS x PX dot products of INPUTS activations per cycle, accumulated over steps.
//   acc = (first ? 0 : acc) + dot product;   where last: hold = acc, and captured pulses, LEAD cycles before hold changes.
// Lanes accumulate LATENCY cycles after their operands. Activations and control wait WAIT cycles before, so that all arrays
// of a core capture at once, in registers of their own for every NEAR_ROWS rows of LUT lanes, and where COPY_ROWS > 0 one more
// in a register for every COPY_ROWS of them; codes come after all that.
// LANE "dsp" computes signed sums in DSP blocks (P1 = bits; PACK_ROWS x PACK_PX products per multiplier); "sp2", "pot",
// "fixed" and "ausn" compute sums of rws_operand in LUTs (see rws_lut_rows).
// hold is row-major, pixel-minor, each value extended to HOLD_W. ACC_W is wide enough by the width algebra. Throughput 1.
`default_nettype none
module rws_array #(
    parameter [39:0] CELLS = "none",
    parameter TWIN = 0,
    parameter [39:0] LANE = "sp2",
    parameter ROWS = 2,
    parameter INPUTS = 4,
    parameter PX = 1,
    parameter ACT_W = 4,
    parameter P1 = 2,
    parameter P2 = 1,
    parameter PACK_ROWS = 1,
    parameter PACK_PX = 1,
    parameter CHAINS = 1,
    parameter CODE_W = 4,
    parameter WIDTH = 7,
    parameter ACC_W = 16,
    parameter HOLD_W = 17,
    parameter LATENCY = 4,
    parameter WAIT = 0,
    parameter NEAR_ROWS = 2,
    parameter COPY_ROWS = 0,
    parameter LEAD = 0
) (
    input  wire                          clk,
    input  wire                          valid,
    input  wire                          first,
    input  wire                          last,
    input  wire [PX*INPUTS*ACT_W-1:0]    act,
    input  wire [ROWS*INPUTS*CODE_W-1:0] code,
    output wire [ROWS*PX*HOLD_W-1:0]     hold,
    output wire                          captured
);
    generate
        if ((LANE == "dsp" && COPY_ROWS != 0) || WAIT < 0 || LATENCY < 2 || LEAD > 2 || NEAR_ROWS < 1) begin : gen_error
            rws_error_array_parameters_out_of_range u_refused ();
        end
    endgenerate

    localparam GROUP = (LANE == "dsp") ? ROWS : NEAR_ROWS;
    localparam COPIED = (COPY_ROWS > 0) ? 1 : 0;
    localparam CONTROL = WAIT + COPIED + LATENCY - 2;
    localparam NEAR = (CONTROL > 0) ? 1 : 0;
    // Groups of rows wait in registers of their own: the last of each is a copy of the others'.
    localparam APART = (WAIT > 0 && GROUP < ROWS) ? 1 : 0;

    wire [ROWS*PX*ACC_W-1:0]      acc;
    // valid, first and last on their way, and near the rows; each row is told a cycle after its accumulators took the last sums.
    wire [2:0]                    control;
    wire [ROWS-1:0]               taken;

    rws_delay #(
        .WIDTH(3),
        .CYCLES(CONTROL - NEAR)
    ) u_control (
        .clk(clk),
        .din({valid, first, last}),
        .dout(control)
    );

    genvar r;
    generate
        for (r = 0; r < ROWS; r = r + GROUP) begin : gen_near
            localparam COUNT = (ROWS - r < GROUP) ? ROWS - r : GROUP;

            wire [PX*INPUTS*ACT_W-1:0] waited;
            wire [PX*INPUTS*ACT_W-1:0] operand;
            wire                       valid_near;
            wire                       first_near;
            wire                       last_near;
            reg                        last_q;
            rws_copy #(
                .WIDTH(3),
                .CYCLES(NEAR)
            ) u_near (
                .clk(clk),
                .din(control),
                .dout({valid_near, first_near, last_near})
            );

            always @(posedge clk) last_q <= valid_near && last_near;
            assign taken[r+:COUNT] = {COUNT{last_q}};

            rws_delay #(
                .WIDTH(PX * INPUTS * ACT_W),
                .CYCLES(WAIT - APART)
            ) u_wait (
                .clk(clk),
                .din(act),
                .dout(waited)
            );

            rws_copy #(
                .WIDTH(PX * INPUTS * ACT_W),
                .CYCLES(APART)
            ) u_apart (
                .clk(clk),
                .din(waited),
                .dout(operand)
            );

            if (LANE == "dsp") begin : gen_dsp
                wire unused_parameters = (P2 == 0) && (WIDTH == 0);
                reg  valid_q;
                reg  first_q;

                always @(posedge clk) begin
                    valid_q <= valid_near;
                    first_q <= first_near;
                end

                rws_dsp_array #(
                    .CELLS(CELLS),
                    .TWIN(TWIN),
                    .ROWS(ROWS),
                    .INPUTS(INPUTS),
                    .PX(PX),
                    .ACT_W(ACT_W),
                    .BITS(P1),
                    .PACK_ROWS(PACK_ROWS),
                    .PACK_PX(PACK_PX),
                    .CHAINS(CHAINS),
                    .ACC_W(ACC_W),
                    .LATENCY(LATENCY)
                ) u_rows (
                    .clk(clk),
                    .valid(valid_q),
                    .first(first_q),
                    .act(operand),
                    .code(code),
                    .acc(acc)
                );
            end else begin : gen_lut
                wire unused_parameters = (PACK_ROWS == 0) && (PACK_PX == 0) && (CHAINS == 0);

                rws_lut_rows #(
                    .CELLS(CELLS),
                    .TWIN(TWIN),
                    .LANE(LANE),
                    .ROWS(COUNT),
                    .INPUTS(INPUTS),
                    .PX(PX),
                    .ACT_W(ACT_W),
                    .P1(P1),
                    .P2(P2),
                    .CODE_W(CODE_W),
                    .WIDTH(WIDTH),
                    .ACC_W(ACC_W),
                    .LATENCY(LATENCY),
                    .COPY_ROWS(COPY_ROWS)
                ) u_rows (
                    .clk(clk),
                    .valid(valid_near),
                    .first(first_near),
                    .act(operand),
                    .code(code[r*INPUTS*CODE_W+:COUNT*INPUTS*CODE_W]),
                    .acc(acc[r*PX*ACC_W+:COUNT*PX*ACC_W])
                );
            end
        end
    endgenerate

    rws_hold #(
        .ROWS(ROWS),
        .PX(PX),
        .ACC_W(ACC_W),
        .SIGNED((LANE == "dsp") ? 1 : 0),
        .HOLD_W(HOLD_W),
        .LEAD(LEAD)
    ) u_hold (
        .clk(clk),
        .taken(taken),
        .acc(acc),
        .hold(hold),
        .captured(captured)
    );
endmodule
`default_nettype wire
