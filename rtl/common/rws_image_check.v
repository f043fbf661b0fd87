// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Simulation only: ends the simulation unless FILE holds exactly DEPTH lines of as many hexadecimal digits as WIDTH takes. An empty
// name is no image.
`default_nettype none
module rws_image_check #(
    parameter WIDTH = 8,
    parameter DEPTH = 16,
    parameter FILE = ""
) ();
    localparam DIGITS = (WIDTH + 3) / 4;

    generate
        if (FILE != "") begin : gen_check
            integer            file;
            integer            found;
            integer            length;
            reg                good;
            reg [8*DIGITS+7:0] line;
            wire               unused_digits = &{1'b0, line[8*DIGITS+7:8]};

            initial begin
                good = 1'b1;
                found = 0;
                file = $fopen(FILE, "r");
                if (file == 0) begin
                    $display("%m: memory image %s cannot be read", FILE);
                    $stop;
                    $finish;
                end else begin
                    length = $fgets(line, file);
                    while (length != 0) begin
                        good = good && length == DIGITS + 1 && line[7:0] == 8'h0A;
                        found = found + 1;
                        length = $fgets(line, file);
                    end
                    $fclose(file);
                    if (!good || found != DEPTH) begin
                        $display("%m: memory image %s is not %0d lines of %0d digits", FILE, DEPTH, DIGITS);
                        $stop;
                        $finish;
                    end
                end
            end
        end
    endgenerate
endmodule
`default_nettype wire
