// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// ECP5: product of an activation and a code of SCHEME "pot" (4) or "ausn" (4;1) before its coarse shift, inverted where sign is
// set; e tells the coarse shift of rws_ecp5_window. triple = 3 * act. Latency 2, throughput 1, exact.
//   pot: a << ~f1[1:0], zero where f1 is;   ausn: ((a << 1) + s * a) << e[0], zero where e and s are.
`default_nettype none
module rws_ecp5_fine #(
    parameter [39:0] SCHEME = "pot",
    parameter ACT_W = 4
) (
    input  wire             clk,
    input  wire [ACT_W-1:0] act,
    input  wire [ACT_W+1:0] triple,
    input  wire [3:0]       code,
    output wire [ACT_W+2:0] fine,
    output wire             e
);
    generate
        if (SCHEME != "pot" && SCHEME != "ausn") begin : gen_error
            rws_error_unknown_scheme u_refused ();
        end
    endgenerate

    localparam FINE_W = ACT_W + 3;

    wire              unused_triple = &{1'b0, triple};
    reg  [2:0]        word_q;
    wire [FINE_W-1:0] product;
    reg  [FINE_W-1:0] fine_q;
    reg               e_q;

    generate
        if (SCHEME == "ausn") begin : gen_ausn
            wire [ACT_W+1:0] twice = {1'b0, act & {ACT_W{|code[2:1]}}, 1'b0};
            reg  [ACT_W+1:0] main_q;

            always @(posedge clk) main_q <= code[0] ? triple : twice;
            assign product = word_q[0] ? {main_q, 1'b0} : {1'b0, main_q};
        end else begin : gen_pot
            reg [ACT_W:0] main_q;

            always @(posedge clk) main_q <= (code[0] ? {1'b0, act} : {act, 1'b0}) & {(ACT_W+1){|code[2:0]}};
            assign product = word_q[0] ? {2'b00, main_q} : {main_q, 2'b00};
        end
    endgenerate

    always @(posedge clk) begin
        word_q <= code[3:1];
        fine_q <= product ^ {FINE_W{word_q[2]}};
        e_q <= word_q[1];
    end

    assign fine = fine_q;
    assign e = e_q;
endmodule
`default_nettype wire
