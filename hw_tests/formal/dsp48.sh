#!/bin/sh
# DSP48E1 wrappers equal their behavioural bodies with Yosys's cell model, for all inputs: YOSYS=yosys sh hw_tests/formal/dsp48.sh
set -e
prove() { # module, parameters, model
    "${YOSYS:-yosys}" -q -p "
        read_verilog -sv rtl/xc7/$1.v rtl/common/rws_delay.v $3
        chparam -set CELLS \"none\" $2 $1
        hierarchy -top $1; proc; flatten; rename $1 gold; design -stash gold
        read_verilog -sv rtl/xc7/$1.v rtl/common/rws_delay.v $3
        chparam -set CELLS \"xc7\" $2 $1
        hierarchy -top $1; proc; flatten; rename $1 gate; design -stash gate
        design -copy-from gold gold; design -copy-from gate gate
        miter -equiv -flatten -make_outputs gold gate miter
        hierarchy -top miter; setattr -unset init w:*; opt; wreduce; opt
        simplemap t:\$dff t:\$dffe t:\$sdff t:\$sdffe t:\$mux; opt_merge; opt_clean; opt -full
        sat -verify -tempinduct -set-init-zero -prove trigger 0 miter
    "
    echo "proven: $1 $2 ${3##*/}"
}
for model in +/xilinx/cells_sim.v rtl/sim/cells/xc7_dsp.v; do
    for head in 0 1; do for preadd in 0 1; do for delay in 0 1; do
        prove rws_dsp_mac "-set HEAD $head -set BIAS 48'd1099512676352 -set PREADD $preadd -set DELAY $delay" "$model"
    done; done; done
    for lanes in 1 2 4; do for kind in 0 1 2; do
        prove rws_dsp_sum "-set LANES $lanes -set KIND $kind" "$model"
    done; done
done
