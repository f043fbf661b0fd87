// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// y(t) = min(max(x(t - 1 - SPLIT), lo), hi), all signed, X_W > Y_W. SPLIT = 1 compares in a cycle of its own. Throughput 1;
// what does not fit Y_W bits saturates at lo or hi.
`default_nettype none
module rws_clamp #(
    parameter X_W = 12,
    parameter Y_W = 5,
    parameter SPLIT = 0
) (
    input  wire           clk,
    input  wire [X_W-1:0] x,
    input  wire [Y_W-1:0] lo,
    input  wire [Y_W-1:0] hi,
    output wire [Y_W-1:0] y
);
    generate
        if (X_W <= Y_W) begin : gen_error
            rws_error_x_w_must_exceed_y_w u_refused ();
        end
    endgenerate

    // Only what fits Y_W bits needs a comparison.
    wire       [X_W-Y_W:0] top = x[X_W-1:Y_W-1];
    wire                   fits = (&top) || !(|top);
    wire signed [Y_W-1:0]  value = x[Y_W-1:0];
    wire signed [Y_W-1:0]  least = lo;
    wire signed [Y_W-1:0]  most = hi;
    wire                   under = fits ? value < least : x[X_W-1];
    wire                   over = fits ? value > most : !x[X_W-1];
    reg  [Y_W-1:0]         y_q;

    generate
        if (SPLIT) begin : gen_split
            reg           under_q;
            reg           over_q;
            reg [Y_W-1:0] value_q;

            always @(posedge clk) begin
                under_q <= under;
                over_q <= over;
                value_q <= value;
                y_q <= under_q ? lo : over_q ? hi : value_q;
            end
        end else begin : gen_whole
            always @(posedge clk) y_q <= under ? lo : over ? hi : value;
        end
    endgenerate

    assign y = y_q;
endmodule
`default_nettype wire
