// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Hold registers of an array: hold = acc two cycles after taken, in each of ROWS rows of PX accumulators, each extended to HOLD_W, by
// its sign where SIGNED = 1; captured pulses LEAD cycles before hold changes. taken comes a cycle before acc has what is held, and a
// register of each row's own takes it from there. Values stay until the next. Throughput 1. HOLD_W >= ACC_W, so nothing is lost.
`default_nettype none
module rws_hold #(
    parameter ROWS = 2,
    parameter PX = 1,
    parameter ACC_W = 16,
    parameter SIGNED = 0,
    parameter HOLD_W = 17,
    parameter LEAD = 0
) (
    input  wire                      clk,
    input  wire [ROWS-1:0]           taken,
    input  wire [ROWS*PX*ACC_W-1:0]  acc,
    output wire [ROWS*PX*HOLD_W-1:0] hold,
    output wire                      captured
);
    genvar r;
    genvar p;
    generate
        if (HOLD_W < ACC_W) begin : gen_error
            rws_error_hold_w_must_hold_acc_w u_refused ();
        end

        for (r = 0; r < ROWS; r = r + 1) begin : gen_row
            wire done;

            rws_copy #(
                .WIDTH(1),
                .CYCLES(1)
            ) u_done (
                .clk(clk),
                .din(taken[r]),
                .dout(done)
            );

            for (p = r * PX; p < (r + 1) * PX; p = p + 1) begin : gen_value
                reg [ACC_W-1:0] hold_q;

                always @(posedge clk) begin
                    if (done) hold_q <= acc[p*ACC_W+:ACC_W];
                end

                if (HOLD_W > ACC_W) begin : gen_extend
                    wire top = (SIGNED != 0) && hold_q[ACC_W-1];
                    assign hold[p*HOLD_W+:HOLD_W] = {{(HOLD_W-ACC_W){top}}, hold_q};
                end else begin : gen_exact
                    assign hold[p*HOLD_W+:HOLD_W] = hold_q;
                end
            end
        end
    endgenerate

    rws_delay #(
        .WIDTH(1),
        .CYCLES(2 - LEAD)
    ) u_captured (
        .clk(clk),
        .din(taken[0]),
        .dout(captured)
    );
endmodule
`default_nettype wire
