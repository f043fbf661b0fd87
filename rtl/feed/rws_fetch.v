// SPDX-License-Identifier: MIT OR Apache-2.0 OR CC0-1.0
// Window feed: reads PX consecutive pixels of a channel block at any alignment, one tap per cycle.
// Pixel p of block o is output pixel (y, x) with y * PITCH + x = o * PX + p. The tap adds a flat offset, split at compile
// time into rows (tap_row) and banks (tap_rot); pixels that fall outside the image at (y + dy, x + dx) are pad in all their channels.
// PAD_W = 0: pad is 0 in all layers. With DIGIT_W > 0 a word holds a digit of ACT_W bits of what it stands for, digit says which, and pad is
// the whole number.
// STRIP_W > 0: of a layer with strips the tap stays in the channel block, a ring of 2^STRIP_W rows that begins at a multiple of them.
// Stages: 1 coordinates and tap, 2 address and mask, 3 bank addresses, MEM_LATENCY of memory, rotated operands. Latency
// from s1_* 3 + MEM_LATENCY.
`default_nettype none
module rws_fetch #(
    parameter PX = 2,
    parameter CI = 4,
    parameter ACT_W = 4,
    parameter PAD_W = 0,
    parameter DIGIT_W = 0,
    parameter PADDED_W = (PAD_W > 0) ? PAD_W : 1,
    parameter DIGITS_W = (DIGIT_W > 0) ? DIGIT_W : 1,
    parameter ADDR_W = 6,
    parameter BANK_W = 1,
    parameter XW = 5,
    parameter STRIP_W = 0,
    parameter MEM_LATENCY = 1
) (
    input  wire                   clk,
    input  wire                   init,
    input  wire                   strips,
    input  wire [XW-1:0]          pitch,
    input  wire [XW-1:0]          step_y,
    input  wire [XW-1:0]          step_x,
    input  wire [XW-1:0]          in_h,
    input  wire [XW-1:0]          in_w,
    input  wire [PADDED_W-1:0]    pad,
    input  wire                   sum,
    input  wire                   vector,
    input  wire                   s0_block,
    input  wire                   s0_origin,
    input  wire                   s1_valid,
    input  wire                   s1_first,
    input  wire                   s1_last,
    input  wire [ADDR_W-1:0]      s1_addr,
    input  wire [DIGITS_W-1:0]    s1_digit,
    input  wire [ADDR_W-1:0]      tap_row,
    input  wire [BANK_W-1:0]      tap_rot,
    input  wire [XW-1:0]          tap_dy,
    input  wire [XW-1:0]          tap_dx,
    input  wire                   tap_short_y,
    input  wire                   tap_short_x,
    output wire [PX*ADDR_W-1:0]   mem_raddr,
    input  wire [PX*CI*ACT_W-1:0] mem_rdata,
    output wire                   array_valid,
    output wire                   vector_valid,
    output wire                   vector_sum,
    output wire                   first,
    output wire                   last,
    output wire [PX*CI*ACT_W-1:0] act
);
    localparam WORD_W = CI * ACT_W;

    reg [XW-1:0] walk_y_q;
    reg [XW-1:0] walk_x_q;
    reg          init_q;
    reg [XW:0]   step_back_q;
    reg [ADDR_W-1:0] addr2_q;
    reg [BANK_W-1:0] rot2_q;
    reg [PX-1:0]     inside2_q;
    reg [PX*ADDR_W-1:0] raddr3_q;
    wire [BANK_W-1:0] rot;
    wire [PX-1:0]     within_image;
    reg [PX*WORD_W-1:0] act_q;
    wire [XW-1:0]    limit_y = in_h - {{(XW-1){1'b0}}, tap_short_y};
    wire [XW-1:0]    limit_x = in_w - {{(XW-1){1'b0}}, tap_short_x};
    wire             walk_wrap = walk_x_q + {{(XW-1){1'b0}}, 1'b1} == pitch;

    // Coordinates of the first block's pixels, shifted in one per init cycle from the last lane to the first.
    always @(posedge clk) begin
        init_q <= init;
        step_back_q <= {1'b0, step_x} - {1'b0, pitch};
        if (init) begin
            walk_y_q <= !init_q ? {XW{1'b0}} : walk_y_q + {{(XW-1){1'b0}}, walk_wrap};
            walk_x_q <= (!init_q || walk_wrap) ? {XW{1'b0}} : walk_x_q + {{(XW-1){1'b0}}, 1'b1};
        end
    end

    wire [(PX+1)*2*XW-1:0] chain;
    assign chain[PX*2*XW+:2*XW] = {walk_y_q, walk_x_q};
    wire unused_chain = &{1'b0, chain[2*XW-1:0]};

    // Steps of a layer are under way when the next one's fields come in, but no more when its coordinates are made.
    wire [ACT_W-1:0]       padding;
    generate
        if (PAD_W != 0) begin : gen_pad
            localparam ALL_W = ACT_W << DIGIT_W;
            reg  [PADDED_W-1:0] pad_q;
            wire [ALL_W-1:0]    digits;
            always @(posedge clk) if (init) pad_q <= pad;
            assign digits[PADDED_W-1:0] = pad_q;
            if (ALL_W > PADDED_W) begin : gen_short
                assign digits[ALL_W-1:PADDED_W] = {(ALL_W-PADDED_W){1'b0}};
            end
            if (DIGIT_W > 0) begin : gen_digit
                wire [DIGITS_W-1:0] digit;
                rws_delay #(
                    .WIDTH(DIGITS_W),
                    .CYCLES(2 + MEM_LATENCY)
                ) u_digit (
                    .clk(clk),
                    .din(s1_digit),
                    .dout(digit)
                );
                assign padding = digits[digit*ACT_W+:ACT_W];
            end else begin : gen_whole
                wire unused_digit = &{1'b0, s1_digit};
                assign padding = digits;
            end
        end else begin : gen_zero
            wire unused_pad = &{1'b0, pad, s1_digit};
            assign padding = {ACT_W{1'b0}};
        end
    endgenerate

    // The bits of an address that taps change.
    wire [ADDR_W-1:0] moving;
    wire [ADDR_W-1:0] tapped = s1_addr + tap_row;
    generate
        if (STRIP_W > 0) begin : gen_strips
            reg strips_q;
            always @(posedge clk) if (init) strips_q <= strips;
            assign moving = {{(ADDR_W-STRIP_W){!strips_q}}, {STRIP_W{1'b1}}};
        end else begin : gen_rows
            wire unused_strips = strips;
            assign moving = {ADDR_W{1'b1}};
        end
    endgenerate

    wire [PX-1:0]          from_here = {PX{1'b1}} << rot2_q;
    wire [2*PX*WORD_W-1:0] twice = {mem_rdata, mem_rdata};
    wire                   unused_twice = &{1'b0, twice[(2*PX-1)*WORD_W+:WORD_W]};

    genvar p;
    generate
        for (p = 0; p < PX; p = p + 1) begin : gen_pixel
            reg  [2*XW-1:0] start_q;
            reg  [XW-1:0]   y_q;
            reg  [XW-1:0]   x_q;
            wire [XW:0]     x_far = {1'b0, x_q} + {1'b0, step_x};
            wire [XW:0]     x_near = {1'b0, x_q} + step_back_q;
            wire            wrap = !x_near[XW];
            wire [XW-1:0]   tap_y = y_q + tap_dy;
            wire [XW-1:0]   tap_x = x_q + tap_dx;
            wire            unused_carry = &{1'b0, x_far[XW]};

            assign chain[p*2*XW+:2*XW] = start_q;

            always @(posedge clk) begin
                if (init_q) start_q <= chain[(p+1)*2*XW+:2*XW];
                if (s0_block) begin
                    y_q <= s0_origin ? start_q[XW+:XW] : y_q + step_y + {{(XW-1){1'b0}}, wrap};
                    x_q <= s0_origin ? start_q[0+:XW] : wrap ? x_near[XW-1:0] : x_far[XW-1:0];
                end
                inside2_q[p] <= tap_y < limit_y && tap_x < limit_x;
            end

            // Bank p holds the row after addr2_q when the rotation has carried past it.
            wire [ADDR_W-1:0] near = addr2_q + {{(ADDR_W-1){1'b0}}, !from_here[p]};

            always @(posedge clk) raddr3_q[p*ADDR_W+:ADDR_W] <= (near & moving) | (addr2_q & ~moving);

            // Lane p reads bank (p + rot) mod PX.
            wire [PX*WORD_W-1:0] turned = twice[p*WORD_W+:PX*WORD_W];
            wire                 near_inside;
            wire [BANK_W-1:0]    near_rot;

            rws_delay #(
                .WIDTH(1 + BANK_W),
                .CYCLES(1)
            ) u_near (
                .clk(clk),
                .din({within_image[p], rot}),
                .dout({near_inside, near_rot})
            );

            always @(posedge clk)
                act_q[p*WORD_W+:WORD_W] <= near_inside ? turned[near_rot*WORD_W+:WORD_W] : {CI{padding}};
        end
    endgenerate

    always @(posedge clk) begin
        addr2_q <= (tapped & moving) | (s1_addr & ~moving);
        rot2_q <= tap_rot;
    end

    rws_delay #(
        .WIDTH(PX + BANK_W),
        .CYCLES(MEM_LATENCY)
    ) u_word (
        .clk(clk),
        .din({inside2_q, rot2_q}),
        .dout({within_image, rot})
    );

    rws_delay #(
        .WIDTH(5),
        .CYCLES(3 + MEM_LATENCY)
    ) u_control (
        .clk(clk),
        .din({s1_valid && !vector, s1_valid && vector, sum, s1_first, s1_last}),
        .dout({array_valid, vector_valid, vector_sum, first, last})
    );

    assign mem_raddr = raddr3_q;
    assign act = act_q;
endmodule
`default_nettype wire
