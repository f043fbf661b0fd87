// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Multiplexer: dout = din[index], whatever comes where index is COUNT or more. SPLIT = 1: dout(t) belongs to din(t - 1) and
// index(t - 1); registers hold what is picked of every four entries. Throughput 1.
`default_nettype none
module rws_pick #(
    parameter COUNT = 6,
    parameter WIDTH = 8,
    parameter INDEX_W = 3,
    parameter SPLIT = 0
) (
    input  wire                   clk,
    input  wire [COUNT*WIDTH-1:0] din,
    input  wire [INDEX_W-1:0]     index,
    output wire [WIDTH-1:0]       dout
);
    generate
        if ((1 << INDEX_W) < COUNT) begin : gen_error
            rws_error_index_w_must_count_entries u_refused ();
        end
    endgenerate

    genvar i;
    generate
        if (SPLIT != 0) begin : gen_split
            localparam PARTS = (COUNT + 3) / 4;
            localparam LOW_W = (INDEX_W < 2) ? INDEX_W : 2;

            wire                  unused_index = &{1'b0, index};
            reg [PARTS*WIDTH-1:0] part_q;

            for (i = 0; i < PARTS; i = i + 1) begin : gen_part
                localparam SIZE = (COUNT - i * 4 < 4) ? COUNT - i * 4 : 4;

                wire [SIZE*WIDTH-1:0] part = din[i*4*WIDTH+:SIZE*WIDTH];

                if (SIZE > 1) begin : gen_pick
                    always @(posedge clk) part_q[i*WIDTH+:WIDTH] <= part[index[LOW_W-1:0]*WIDTH+:WIDTH];
                end else begin : gen_alone
                    always @(posedge clk) part_q[i*WIDTH+:WIDTH] <= part;
                end
            end

            if (PARTS > 1) begin : gen_parts
                reg [INDEX_W-3:0] index_q;

                always @(posedge clk) index_q <= index[INDEX_W-1:2];
                assign dout = part_q[index_q*WIDTH+:WIDTH];
            end else begin : gen_one
                assign dout = part_q;
            end
        end else begin : gen_whole
            wire unused_clk = &{1'b0, clk};

            assign dout = din[index*WIDTH+:WIDTH];
        end
    endgenerate
endmodule
`default_nettype wire
