// SPDX-License-Identifier: MIT OR Apache-2.0
// Echo core of the tool tests: every byte passes one `toy_lane`; `index` counts the beats of the image.
`default_nettype none
module toy_core #(
    parameter LANES = 4
) (
    input  wire                clk,
    input  wire                rst,
    input  wire [8*LANES-1:0]  s_axis_tdata,
    input  wire                s_axis_tvalid,
    output wire                s_axis_tready,
    input  wire                s_axis_tlast,
    output wire [8*LANES-1:0]  m_axis_tdata,
    output wire                m_axis_tvalid,
    input  wire                m_axis_tready,
    output wire                m_axis_tlast,
    output wire [32*LANES-1:0] product
);
    reg       valid_q;
    reg       last_q;
    reg [7:0] index_q;
    wire      en = s_axis_tvalid && s_axis_tready;

    assign s_axis_tready = !valid_q || m_axis_tready;
    assign m_axis_tvalid = valid_q;
    assign m_axis_tlast  = last_q;

    always @(posedge clk) begin
        if (en) last_q <= s_axis_tlast;
        if (rst) begin
            valid_q <= 1'b0;
            index_q <= 8'd0;
        end else begin
            if (s_axis_tready) valid_q <= s_axis_tvalid;
            if (en) index_q <= s_axis_tlast ? 8'd0 : index_q + 8'd1;
        end
    end

    genvar i;
    generate
        for (i = 0; i < LANES; i = i + 1) begin : gen_lane
            toy_lane #(
                .TABLE ("toy_table.hex")
            ) u_lane (
                .clk      (clk),
                .en       (en),
                .in_data  (s_axis_tdata[8*i +: 8]),
                .index    (index_q),
                .out_data (m_axis_tdata[8*i +: 8]),
                .product  (product[32*i +: 32])
            );
        end
    endgenerate
endmodule
`default_nettype wire
