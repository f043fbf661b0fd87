// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Signed product in a register, for a DSP block: product(t) = a(t - LATENCY) * b(t - LATENCY). LATENCY is 1, 2 with
// registers of the operands, or more with others behind the block. CELLS "ecp5", "gowin" and "nexus", with a LATENCY of 2 at
// least, take the block's own registers; otherwise the multiplier is inferred.
// Its border is kept where a design is flattened: Yosys's iCE40 DSP pass, up to 0.70 at least, takes an adder behind two
// such products into one block and loses the other block. Throughput 1.
`default_nettype none
(* keep_hierarchy *)
module rws_dsp_product #(
    parameter [39:0] CELLS = "none",
    parameter A_W = 5,
    parameter B_W = 4,
    parameter LATENCY = 1
) (
    input  wire               clk,
    input  wire [A_W-1:0]     a,
    input  wire [B_W-1:0]     b,
    output wire [A_W+B_W-1:0] product
);
    generate
        if (LATENCY < 1) begin : gen_error_0
            rws_error_latency_must_be_positive u_refused ();
        end
        if ((CELLS == "ecp5" || CELLS == "gowin" || CELLS == "nexus")
            && (LATENCY < 2 || A_W > 18 || B_W > 18)) begin : gen_error_1
            rws_error_operands_must_fit_the_multiplier u_refused ();
        end
    endgenerate

    wire [A_W+B_W-1:0] product_d;

    rws_delay #(
        .WIDTH(A_W + B_W),
        .CYCLES((LATENCY > 2) ? LATENCY - 2 : 0)
    ) u_behind (
        .clk(clk),
        .din(product_d),
        .dout(product)
    );

    generate
        if (CELLS == "ecp5" || CELLS == "gowin" || CELLS == "nexus") begin : gen_cells
            // At the top of the ports: zeros behind a number are one net for all blocks, copies of its sign would be a net for each.
            wire [17:0] wide_a = {a, {(18-A_W){1'b0}}};
            wire [17:0] wide_b = {b, {(18-B_W){1'b0}}};
            wire [35:0] p;
            wire        unused_low = &{1'b0, p};

            if (CELLS == "ecp5") begin : gen_ecp5
                rws_ecp5_mult u_mult (
                    .clk(clk),
                    .a(wide_a),
                    .b(wide_b),
                    .p(p)
                );
            end else if (CELLS == "gowin") begin : gen_gowin
                rws_gowin_mult u_mult (
                    .clk(clk),
                    .a(wide_a),
                    .b(wide_b),
                    .p(p)
                );
            end else begin : gen_nexus
                rws_nexus_mult u_mult (
                    .clk(clk),
                    .a(wide_a),
                    .b(wide_b),
                    .p(p)
                );
            end

            assign product_d = p[35-:A_W+B_W];
        end else begin : gen_inferred
            wire signed [A_W-1:0]     a_d;
            wire signed [B_W-1:0]     b_d;
            reg  signed [A_W+B_W-1:0] product_q;

            if (LATENCY > 1) begin : gen_registered
                reg [A_W-1:0] a_q;
                reg [B_W-1:0] b_q;

                always @(posedge clk) begin
                    a_q <= a;
                    b_q <= b;
                end

                assign a_d = a_q;
                assign b_d = b_q;
            end else begin : gen_direct
                assign a_d = a;
                assign b_d = b;
            end

            always @(posedge clk) product_q <= b_d * a_d;

            assign product_d = product_q;
        end
    endgenerate
endmodule
`default_nettype wire
