// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Half to even, for x >>> S whose x holds half a unit of the result: keep(t) is 0 where the lowest bit of the result of
// x(t - 1) has to be cleared, for all S bits that it loses are zero, so that an odd result is a half rounded up. S = DROPPED
// + shift; rest tells whether any of the DROPPED bits, cut off x before, is set. With guard > 0 a half is looked for in the upper
// guard of the bits alone; shift is guard at least then. Nothing is cleared where S is 0 or even is 0.
// Throughput 1.
`default_nettype none
module rws_even #(
    parameter WIDTH = 16,
    parameter SHIFT_W = 3,
    parameter GUARD_W = 1,
    parameter DROPPED = 0
) (
    input  wire               clk,
    input  wire               even,
    input  wire [GUARD_W-1:0] guard,
    input  wire [WIDTH-1:0]   x,
    input  wire               rest,
    input  wire [SHIFT_W-1:0] shift,
    output wire               keep
);
    generate
        if (DROPPED < 0) begin : gen_error
            rws_error_dropped_must_be_a_count u_refused ();
        end
    endgenerate

    localparam BOTH_W = (SHIFT_W > GUARD_W) ? SHIFT_W : GUARD_W;

    wire [BOTH_W-1:0] wide_shift = {{(BOTH_W-SHIFT_W){1'b0}}, shift};
    wire [BOTH_W-1:0] wide_guard = {{(BOTH_W-GUARD_W){1'b0}}, guard};
    wire              guarded = guard != {GUARD_W{1'b0}};
    wire [BOTH_W-1:0] below = (guarded && wide_shift > wide_guard) ? wide_shift - wide_guard : {BOTH_W{1'b0}};
    wire [WIDTH-1:0]  lost = x & ~({WIDTH{1'b1}} << shift) & ({WIDTH{1'b1}} << below);
    wire              whole = (DROPPED == 0) && (shift == {SHIFT_W{1'b0}});
    reg               keep_q;

    always @(posedge clk) keep_q <= !even || (rest && !guarded) || (|lost) || whole;

    assign keep = keep_q;
endmodule
`default_nettype wire
