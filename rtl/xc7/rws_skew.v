// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Column skew of the DSP lanes: column k of dout is column k of din, max(0, delay(k) - 1) cycles later.
// INPUTS columns fall into CHAINS chains of SLOTS = ceil(INPUTS / CHAINS) slots; the first CHAINS * SLOTS - INPUTS chains have no slot 0.
//   delay(column of chain c, slot s) = s + (CHAINS > 2 ? floor((c mod (CHAINS / 2)) / 2) : 0)
// The DSP slice's second input registers make the last cycle of it. Throughput 1. No reset: the core's reset outlasts every line.
`default_nettype none
module rws_skew #(
    parameter INPUTS = 16,
    parameter CHAINS = 2,
    parameter WIDTH = 4
) (
    input  wire                    clk,
    input  wire [INPUTS*WIDTH-1:0] din,
    output wire [INPUTS*WIDTH-1:0] dout
);
    generate
        if (CHAINS < 1 || CHAINS > INPUTS) begin : gen_error
            rws_error_chains_must_not_exceed_inputs u_refused ();
        end
    endgenerate

    localparam SLOTS = (INPUTS + CHAINS - 1) / CHAINS;
    localparam SHORT = CHAINS * SLOTS - INPUTS;

    genvar c;
    genvar s;
    generate
        for (c = 0; c < CHAINS; c = c + 1) begin : gen_chain
            for (s = (c < SHORT) ? 1 : 0; s < SLOTS; s = s + 1) begin : gen_slot
                localparam COLUMN = c * SLOTS + s - ((c < SHORT) ? c + 1 : SHORT);
                localparam DELAY = s + ((CHAINS > 2) ? (c % (CHAINS / 2)) / 2 : 0);

                rws_delay #(
                    .WIDTH(WIDTH),
                    .CYCLES((DELAY > 1) ? DELAY - 1 : 0)
                ) u_line (
                    .clk(clk),
                    .din(din[COLUMN*WIDTH+:WIDTH]),
                    .dout(dout[COLUMN*WIDTH+:WIDTH])
                );
            end
        end
    endgenerate
endmodule
`default_nettype wire
