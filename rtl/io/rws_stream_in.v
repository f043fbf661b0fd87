// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Weights from DRAM by PORTS read ports, each with PER columns of 64 bits of every word of a ring of 2^RING_W words. Words are used in
// the order in which they come: first pulses with a step that uses a word for the first time, which needs ready; last with one that
// does not need its word any more, DELAY cycles before the arrays have read it. set writes a register from word: bit p the base of
// port p, bit PORTS the beats of a pass over the weights, at which all ports start. write is for each port {we, column, addr, data}.
// A reset of the core (flush) lets reads on their way come in and starts over; rst forgets them.
`default_nettype none
module rws_stream_in #(
    parameter PORTS = 1,
    parameter PER = 4,
    parameter RING_W = 9,
    parameter COLUMN_W = 2,
    parameter DELAY = 8
) (
    input  wire                clk,
    input  wire                rst,
    input  wire                flush,
    input  wire [PORTS:0]      set,
    input  wire [31:0]         word,
    input  wire                first,
    input  wire                last,
    output wire                ready,
    output wire                error,
    output wire [PORTS*(65+COLUMN_W+RING_W)-1:0] write,
    output wire [32*PORTS-1:0] araddr,
    output wire [8*PORTS-1:0]  arlen,
    output wire [PORTS-1:0]    arvalid,
    input  wire [PORTS-1:0]    arready,
    input  wire [64*PORTS-1:0] rdata,
    input  wire [2*PORTS-1:0]  rresp,
    input  wire [PORTS-1:0]    rvalid,
    output wire [PORTS-1:0]    rready
);
    localparam WRITE_W = 65 + COLUMN_W + RING_W;

    reg  [31:0]      beats_q;
    reg              restart_q;
    wire             freed;
    wire [PORTS-1:0] arrived;
    wire [PORTS-1:0] errors;
    reg  [PORTS-1:0] some_q;

    always @(posedge clk) begin
        if (rst) beats_q <= 32'd0;
        else if (set[PORTS]) beats_q <= word;
        restart_q <= flush || (|set);
    end

    rws_delay #(
        .WIDTH(1),
        .CYCLES(DELAY)
    ) u_freed (
        .clk(clk),
        .din(last && !restart_q),
        .dout(freed)
    );

    genvar p;
    generate
        for (p = 0; p < PORTS; p = p + 1) begin : gen_port
            reg  [31:0]     base_q;
            // Words that have come and were not used yet.
            reg  [RING_W:0] ahead_q;
            wire [RING_W:0] ahead = ahead_q + {{RING_W{1'b0}}, arrived[p]} - {{RING_W{1'b0}}, first};

            always @(posedge clk) begin
                if (set[p]) base_q <= word;
                if (rst || restart_q) begin
                    ahead_q <= {(RING_W+1){1'b0}};
                    some_q[p] <= 1'b0;
                end else begin
                    ahead_q <= ahead;
                    some_q[p] <= ahead != {(RING_W+1){1'b0}};
                end
            end

            rws_axi_read #(
                .PER(PER),
                .RING_W(RING_W),
                .COLUMN_W(COLUMN_W)
            ) u_read (
                .clk(clk),
                .rst(rst),
                .flush(restart_q),
                .base(base_q),
                .beats(beats_q),
                .freed(freed),
                .arrived(arrived[p]),
                .error(errors[p]),
                .we(write[p*WRITE_W+64+RING_W+COLUMN_W]),
                .column(write[p*WRITE_W+64+RING_W+:COLUMN_W]),
                .addr(write[p*WRITE_W+64+:RING_W]),
                .data(write[p*WRITE_W+:64]),
                .araddr(araddr[32*p+:32]),
                .arlen(arlen[8*p+:8]),
                .arvalid(arvalid[p]),
                .arready(arready[p]),
                .rdata(rdata[64*p+:64]),
                .rresp(rresp[2*p+:2]),
                .rvalid(rvalid[p]),
                .rready(rready[p])
            );
        end
    endgenerate

    assign ready = &some_q;
    assign error = |errors;
endmodule
`default_nettype wire
