// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Image output: FIFO of DEPTH beats of Q elements, each sign-extended or truncated to OUT_W bits, with tlast on every
// (beat_last + 1)-th beat. Room is reserved before a block of words is computed (reserve, at most once in so many cycles);
// a drained word that is not pushed gives its place back (skip), as does every word sent. A reservation is counted so late
// that those of three cycles before, at most three words, are not yet seen: room says that the largest block, BLOCK_MOST, and 3 words are free.
`default_nettype none
module rws_axis_out #(
    parameter Q = 2,
    parameter Y_W = 9,
    parameter OUT_W = 8,
    parameter DEPTH = 16,
    parameter ADDR_W = 4,
    parameter BEAT_W = 3,
    parameter BLOCK_W = 2,
    parameter BLOCK_MOST = 2
) (
    input  wire               clk,
    input  wire               rst,
    // of rws_header, stable but in reset
    input  wire [BEAT_W-1:0]  beat_last,
    input  wire [BLOCK_W-1:0] block,
    output wire               room,
    input  wire               reserve,
    input  wire               skip,
    input  wire               push,
    input  wire [Q*Y_W-1:0]   din,
    output wire [Q*OUT_W-1:0] m_axis_tdata,
    output wire               m_axis_tvalid,
    input  wire               m_axis_tready,
    output wire               m_axis_tlast
);
    localparam FREE_W = ADDR_W + 1;
    localparam [FREE_W-1:0] FREE_ALL = DEPTH;
    localparam [FREE_W-1:0] ENOUGH = BLOCK_MOST + 3;
    localparam ADDR_LAST_I = DEPTH - 1;
    localparam [ADDR_W-1:0] ADDR_LAST = ADDR_LAST_I[ADDR_W-1:0];

    reg [FREE_W-1:0] free_q;
    reg              room_q;
    reg              reserve_q;
    reg [1:0]        back_q;
    reg [FREE_W-1:0] stored_q;
    reg [ADDR_W-1:0] write_q;
    reg [ADDR_W-1:0] read_q;
    reg              valid_q;
    reg [BEAT_W-1:0] beat_q;

    wire [FREE_W-1:0] need = {{(FREE_W-BLOCK_W){1'b0}}, block};
    wire pop = m_axis_tvalid && m_axis_tready;
    wire load = stored_q != {FREE_W{1'b0}} && (!valid_q || m_axis_tready);
    wire beat_end = beat_q == beat_last;
    wire [Q*OUT_W-1:0] elements;

    genvar q;
    generate
        for (q = 0; q < Q; q = q + 1) begin : gen_element
            if (Y_W < OUT_W) begin : gen_extend
                assign elements[q*OUT_W+:OUT_W] = {{(OUT_W-Y_W){din[(q+1)*Y_W-1]}}, din[q*Y_W+:Y_W]};
            end else begin : gen_same
                assign elements[q*OUT_W+:OUT_W] = din[q*Y_W+:OUT_W];
            end
            if (Y_W > OUT_W) begin : gen_truncate
                wire unused_high = &{1'b0, din[q*Y_W+OUT_W+:Y_W-OUT_W]};
            end
        end
    endgenerate

    always @(posedge clk) begin
        if (rst) begin
            free_q <= FREE_ALL;
            room_q <= 1'b0;
            reserve_q <= 1'b0;
            back_q <= 2'd0;
            stored_q <= {FREE_W{1'b0}};
            write_q <= {ADDR_W{1'b0}};
            read_q <= {ADDR_W{1'b0}};
            valid_q <= 1'b0;
            beat_q <= {BEAT_W{1'b0}};
        end else begin
            reserve_q <= reserve;
            back_q <= {1'b0, pop} + {1'b0, skip};
            free_q <= free_q - (reserve_q ? need : {FREE_W{1'b0}}) + {{(FREE_W-2){1'b0}}, back_q};
            room_q <= free_q >= ENOUGH;
            stored_q <= stored_q + {{(FREE_W-1){1'b0}}, push} - {{(FREE_W-1){1'b0}}, load};
            if (push) write_q <= (write_q == ADDR_LAST) ? {ADDR_W{1'b0}} : write_q + {{(ADDR_W-1){1'b0}}, 1'b1};
            if (load) read_q <= (read_q == ADDR_LAST) ? {ADDR_W{1'b0}} : read_q + {{(ADDR_W-1){1'b0}}, 1'b1};
            valid_q <= load || (valid_q && !m_axis_tready);
            if (pop) beat_q <= beat_end ? {BEAT_W{1'b0}} : beat_q + {{(BEAT_W-1){1'b0}}, 1'b1};
        end
    end

    rws_ram #(
        .WIDTH(Q*OUT_W),
        .DEPTH(DEPTH),
        .ADDR_W(ADDR_W),
        .INIT(""),
        .LOGIC(0)
    ) u_ram (
        .clk(clk),
        .we(push),
        .waddr(write_q),
        .wdata(elements),
        .re(load),
        .raddr(read_q),
        .rdata(m_axis_tdata)
    );

    assign room = room_q;
    assign m_axis_tvalid = valid_q;
    assign m_axis_tlast = beat_end;
endmodule
`default_nettype wire
