// SPDX-License-Identifier: MIT OR Apache-2.0
// One byte lane: out_data = table[in_data] + index (mod 256), product = in_data * index, both signed. Latency 1.
`default_nettype none
module toy_lane #(
    parameter TABLE = "toy_table.hex"
) (
    input  wire        clk,
    input  wire        en,
    input  wire [7:0]  in_data,
    input  wire [7:0]  index,
    output wire [7:0]  out_data,
    output wire [31:0] product
);
    reg [7:0] table_rom [0:511];
    reg [7:0] word_q;
    reg [7:0] index_q;
    reg signed [15:0] product_q;

    initial $readmemh(TABLE, table_rom, 0, 511);

    always @(posedge clk)
        if (en) begin
            word_q    <= table_rom[{1'b0, in_data}];
            index_q   <= index;
            product_q <= $signed(in_data) * $signed(index);
        end

    assign out_data = word_q + index_q;
    assign product  = {{16{product_q[15]}}, product_q};
endmodule
`default_nettype wire
