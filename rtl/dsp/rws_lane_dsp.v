// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// DSP lane: dot products of INPUTS unsigned activations with two rows of two's complement weights, one multiplier per input; when
// valid, acc <= (first ? 0 : acc) + dot product.
//   packed = {w1 - (w0 < 0), w0} with w0 sign-extended to OFFSET bits, so that packed = w1 * 2^OFFSET + w0;
// the adder tree sums both products at once, and the low sum's sign is given back to the high one at the end.
// The weights memory holds w1 - (w0 < 0) already. PAIR = 0 computes one row only, unpacked (code1 and acc1 idle).
// LATENCY to acc: that of a product in CELLS (rws_dsp_product), 2 + ceil(log2(INPUTS)) more; valid and first belong to the last
// stage. Throughput 1, exact.
`default_nettype none
module rws_lane_dsp #(
    parameter [39:0] CELLS = "none",
    parameter INPUTS = 4,
    parameter ACT_W = 4,
    parameter BITS = 4,
    parameter PAIR = 1,
    parameter ACC_W = 16,
    parameter LATENCY = 5
) (
    input  wire                    clk,
    input  wire                    valid,
    input  wire                    first,
    input  wire [INPUTS*ACT_W-1:0] act,
    input  wire [INPUTS*BITS-1:0]  code0,
    input  wire [INPUTS*BITS-1:0]  code1,
    output wire [ACC_W-1:0]        acc0,
    output wire [ACC_W-1:0]        acc1
);
    generate
        if (LATENCY < 3 + $clog2(INPUTS)) begin : gen_error_0
            rws_error_latency_must_be_that_of_the_tree u_refused ();
        end
        if (PAIR < 0 || PAIR > 1) begin : gen_error_1
            rws_error_pair_must_be_one_or_none u_refused ();
        end
    endgenerate

    localparam EXT_W = ACT_W + 1;
    localparam SUM_W = EXT_W + BITS - 1 + $clog2(INPUTS);
    localparam OFFSET = SUM_W;
    localparam PACK_W = (PAIR != 0) ? OFFSET + BITS : BITS;
    localparam PROD_W = PACK_W + EXT_W;
    localparam LEAVES = 1 << $clog2(INPUTS);
    localparam TOTAL_W = PROD_W + $clog2(INPUTS);
    localparam USED_W = (PAIR != 0) ? OFFSET + SUM_W : SUM_W;

    wire [LEAVES*PROD_W-1:0] leaves;
    wire [TOTAL_W-1:0]       total;

    genvar k;
    generate
        for (k = 0; k < LEAVES; k = k + 1) begin : gen_input
            if (k < INPUTS) begin : gen_product
                wire [EXT_W-1:0]  a = {1'b0, act[k*ACT_W+:ACT_W]};
                wire [PACK_W-1:0] packed_w;

                if (PAIR != 0) begin : gen_pair
                    assign packed_w = {
                        code1[k*BITS+:BITS],
                        {(OFFSET-BITS){code0[(k+1)*BITS-1]}},
                        code0[k*BITS+:BITS]
                    };
                end else begin : gen_single
                    assign packed_w = code0[k*BITS+:BITS];
                end

                rws_dsp_product #(
                    .CELLS(CELLS),
                    .A_W(EXT_W),
                    .B_W(PACK_W),
                    .LATENCY(LATENCY - 2 - $clog2(INPUTS))
                ) u_product (
                    .clk(clk),
                    .a(a),
                    .b(packed_w),
                    .product(leaves[k*PROD_W+:PROD_W])
                );
            end else begin : gen_pad
                assign leaves[k*PROD_W+:PROD_W] = {PROD_W{1'b0}};
            end
        end
    endgenerate

    rws_tree #(
        .COUNT(LEAVES),
        .WIDTH(PROD_W)
    ) u_tree (
        .clk(clk),
        .din(leaves),
        .dout(total)
    );

    // Levels are symmetric, so the product of two lowest numbers never comes: its bit is spare.
    wire unused_top = &{1'b0, total[TOTAL_W-1:USED_W]};
    reg [SUM_W-1:0] sum0_q;
    reg [ACC_W-1:0] acc0_q;

    always @(posedge clk) begin
        sum0_q <= total[SUM_W-1:0];
        if (valid) acc0_q <= (first ? {ACC_W{1'b0}} : acc0_q) + {{(ACC_W-SUM_W){sum0_q[SUM_W-1]}}, sum0_q};
    end
    assign acc0 = acc0_q;

    generate
        if (PAIR != 0) begin : gen_unpack
            reg [SUM_W-1:0] sum1_q;
            reg [ACC_W-1:0] acc1_q;

            always @(posedge clk) begin
                sum1_q <= total[OFFSET+:SUM_W] + {{(SUM_W-1){1'b0}}, total[OFFSET-1]};
                if (valid) acc1_q <= (first ? {ACC_W{1'b0}} : acc1_q) + {{(ACC_W-SUM_W){sum1_q[SUM_W-1]}}, sum1_q};
            end
            assign acc1 = acc1_q;
        end else begin : gen_idle
            wire unused_code1 = &{1'b0, code1};
            assign acc1 = {ACC_W{1'b0}};
        end
    endgenerate
endmodule
`default_nettype wire
