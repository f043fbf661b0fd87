// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Two packed chain sums give back the sums of their fields, and adjusted codes their packed weights, for all values.
// Run by dsp_pack.ys with
// (FIELDS, FIELD_W, WORD_W) = (2, 21, 24), (2, 17, 48), (3, 10, 12), (4, 10, 12), (4, 10, 24).
module dsp_pack #(
    parameter FIELDS = 4,
    parameter FIELD_W = 10,
    parameter WORD_W = 12,
    parameter BITS = 4
) (
    input wire [FIELDS*FIELD_W-1:0] a,
    input wire [FIELDS*FIELD_W-1:0] b,
    input wire [2*BITS-1:0] w
);
    localparam [47:0] BIAS = ((48'd1 << ((FIELDS - 1) * FIELD_W)) - 48'd1) / ((48'd1 << FIELD_W) - 48'd1) << (FIELD_W - 1);

    reg  [47:0] sum_a;
    reg  [47:0] sum_b;
    wire [FIELDS*WORD_W-1:0] even;
    wire [FIELDS*WORD_W-1:0] odd;
    integer i;

    always @* begin
        sum_a = BIAS;
        sum_b = BIAS;
        for (i = 0; i < FIELDS; i = i + 1) begin
            sum_a = sum_a + ({{48{a[(i+1)*FIELD_W-1]}}, a[i*FIELD_W+:FIELD_W]} << (i * FIELD_W));
            sum_b = sum_b + ({{48{b[(i+1)*FIELD_W-1]}}, b[i*FIELD_W+:FIELD_W]} << (i * FIELD_W));
        end
    end

    rws_dsp_unpack #(.FIELDS(FIELDS), .FIELD_W(FIELD_W), .WORDS(FIELDS), .WORD_W(WORD_W), .EXTEND(0)) u_even (.p(sum_a), .words(even));
    rws_dsp_unpack #(.FIELDS(FIELDS), .FIELD_W(FIELD_W), .WORDS(FIELDS), .WORD_W(WORD_W), .EXTEND(1)) u_odd (.p(sum_b), .words(odd));

    genvar f;
    generate
        for (f = 0; f < FIELDS; f = f + 1) begin : gen_field
            wire [WORD_W-1:0] word = even[f*WORD_W+:WORD_W] + odd[f*WORD_W+:WORD_W];
            wire [47:0] expected = {{48{a[(f+1)*FIELD_W-1]}}, a[f*FIELD_W+:FIELD_W]} + {{48{b[(f+1)*FIELD_W-1]}}, b[f*FIELD_W+:FIELD_W]};
            always @* assert (word == expected[WORD_W-1:0]);
        end
    endgenerate

    wire signed [BITS-1:0] w0 = w[BITS-1:0];
    wire signed [BITS-1:0] w1 = w[2*BITS-1:BITS];
    wire [BITS-1:0] code1 = w1 - (w0 < 0);
    wire signed [FIELD_W+BITS-1:0] packed_code = {code1, {(FIELD_W-BITS){w0[BITS-1]}}, w0};
    always @* if (w1 != {1'b1, {(BITS-1){1'b0}}}) assert (packed_code == (w1 <<< FIELD_W) + w0);
endmodule
