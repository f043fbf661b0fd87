// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation only: ends the simulation where an AXI4-Stream breaks its protocol. Once tvalid is high, it stays and tdata, tkeep and tlast
// stay as they are until a cycle with tready; tlast is set on every BEATS-th beat and no other (BEATS = 0: anywhere); tkeep is all ones, but
// in the beat with tlast, where the lowest bytes are kept. Watches a stream, one beat per cycle at most, and drives nothing. In reset
// tvalid is low, and a new packet begins.
`default_nettype none
module rws_axis_check #(
    parameter WIDTH = 32,
    parameter BEATS = 0
) (
    input wire             clk,
    input wire             rst,
    input wire             tvalid,
    input wire             tready,
    input wire [WIDTH-1:0] tdata,
    input wire [WIDTH/8-1:0] tkeep,
    input wire             tlast
);
    localparam [WIDTH/8-1:0] ONE = 1;

    reg             stalled_q;
    reg [WIDTH-1:0] tdata_q;
    reg [WIDTH/8-1:0] tkeep_q;
    reg             tlast_q;
    integer         beats_q;
    wire            whole = beats_q + 1 == BEATS;

    always @(posedge clk) begin
        stalled_q <= !rst && tvalid && !tready;
        tdata_q <= tdata;
        tkeep_q <= tkeep;
        tlast_q <= tlast;
        if (rst) beats_q <= 0;
        else if (tvalid && tready) beats_q <= tlast ? 0 : beats_q + 1;

        if (!rst) begin
            if (stalled_q === 1'b1 && !tvalid) begin
                $display("%m: tvalid fell before the beat was taken");
                $stop;
                $finish;
            end
            if (stalled_q === 1'b1 && tvalid && (tdata !== tdata_q || tkeep !== tkeep_q || tlast !== tlast_q)) begin
                $display("%m: tdata, tkeep or tlast changed before the beat was taken");
                $stop;
                $finish;
            end
            if (tvalid && (!tkeep[0] || (tkeep & (tkeep + ONE)) != {(WIDTH/8){1'b0}} || (!tlast && !(&tkeep)))) begin
                $display("%m: tkeep is %b", tkeep);
                $stop;
                $finish;
            end
            if (BEATS > 0 && tvalid && tready && tlast != whole) begin
                $display("%m: tlast is %0d in beat %0d of %0d", tlast, beats_q + 1, BEATS);
                $stop;
                $finish;
            end
        end
    end
endmodule
`default_nettype wire
