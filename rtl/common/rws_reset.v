// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Stretches rst or soft_rst to at least 64 cycles, longer than the deepest pipeline, so that only state needs a reset.
// core_rst follows a cycle later, from a register; io_rst, for what is seen from outside, begins with rst itself.
`default_nettype none
module rws_reset (
    input  wire clk,
    input  wire rst,
    input  wire soft_rst,
    output wire core_rst,
    output wire io_rst
);
    reg [6:0] since_q;
    reg       core_rst_q;

    always @(posedge clk) begin
        if (rst || soft_rst) since_q <= 7'd0;
        else if (!since_q[6]) since_q <= since_q + 7'd1;
        core_rst_q <= rst || soft_rst || !since_q[6];
    end

    assign core_rst = core_rst_q;
    assign io_rst = rst || core_rst_q;
endmodule
`default_nettype wire
