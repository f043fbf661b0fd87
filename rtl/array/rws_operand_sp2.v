// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Operand of an unsigned activation and an sp2 code {sign, f1, f2}, combinational and exact:
//   product = (f1 ? act << ~f1 : 0) + (f2 ? act << ~f2 : 0) with f2 zero-extended to M1 bits; M1 >= M2 >= 1,
//   operand = sign ? ~product : product.
`default_nettype none
module rws_operand_sp2 #(
    parameter ACT_W = 4,
    parameter M1 = 2,
    parameter M2 = 1
) (
    input  wire [ACT_W-1:0]         act,
    input  wire [M1+M2:0]           code,
    output wire [ACT_W+(1<<M1)-2:0] operand
);
    generate
        if (M2 < 1 || M1 < M2) begin : gen_error
            rws_error_m1_must_be_at_least_m2 u_refused ();
        end
    endgenerate

    localparam WIDTH = ACT_W + (1 << M1) - 1;

    wire [WIDTH-1:0] a = {{(WIDTH-ACT_W){1'b0}}, act};
    wire             sign = code[M1+M2];
    wire [M1-1:0]    f1 = code[M2+:M1];
    wire [M1-1:0]    f2 = {{(M1-M2){1'b0}}, code[M2-1:0]};
    wire [WIDTH-1:0] t1 = (f1 != {M1{1'b0}}) ? a << ~f1 : {WIDTH{1'b0}};
    wire [WIDTH-1:0] t2 = (f2 != {M1{1'b0}}) ? a << ~f2 : {WIDTH{1'b0}};

    assign operand = (t1 + t2) ^ {WIDTH{sign}};
endmodule
`default_nettype wire
