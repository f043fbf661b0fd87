//! Scripts for the outside tools: pure functions of their arguments.

use crate::target::{Family, Target};

/// Suffix of the module that puts a core behind three pins, to be placed alone.
const WRAPPER: &str = "_ooc";

/// The wrapper's module for the core `top`.
pub fn wrapper_name(top: &str) -> String {
    format!("{top}{WRAPPER}")
}

/// Files of the wrapper of core `top`, beside those of the core itself.
pub fn wrapper_files(top: &str) -> [String; 2] {
    ["synth/rws_ooc.v".to_owned(), format!("synth/{}.v", wrapper_name(top))]
}

/// Yosys: read, write the elaborated memories for a check of their images, synthesise with the hierarchy kept or flat,
/// count.
pub fn synth_script(family: Family, top: &str, files: &[String], flat: bool) -> String {
    yosys_script(family, top, files, flat, "tee -q -o stat.json stat -json")
}

/// Yosys: the same with the netlist instead of the counts, so that the cells that are placed are those that are counted.
pub fn netlist_script(family: Family, top: &str, files: &[String]) -> String {
    // Only the root has pads, and nextpnr takes Gowin's as cells.
    let pads = match family {
        Family::Gowin => format!("iopadmap -bits -inpad IBUF O:I -outpad OBUF I:O {top}\n"),
        _ => String::new(),
    };
    yosys_script(family, top, files, false, &format!("{pads}write_json netlist.json"))
}

/// Carry cells of Nexus at the end of a chain must have no carry input. Yosys's mapping leaves it open, but abc9, up to 0.70 at
/// least, ties it to 0 (its issue 4081), and nextpnr refuses that.
const NEXUS_CHAINS: &str = "read_verilog -icells <<EOT
(* techmap_celltype = \"CCU2\" *)
module chain_end(input CIN, A0, B0, C0, D0, A1, B1, C1, D1, output S0, S1, COUT);
    parameter INJECT = \"NO\";
    parameter INIT0 = \"0x0000\";
    parameter INIT1 = \"0x0000\";
    parameter _TECHMAP_CONSTMSK_CIN_ = 0;
    parameter _TECHMAP_CONSTVAL_CIN_ = 0;
    wire _TECHMAP_FAIL_ = !(_TECHMAP_CONSTMSK_CIN_ && !_TECHMAP_CONSTVAL_CIN_);
    CCU2 #(.INJECT(INJECT), .INIT0(INIT0), .INIT1(INIT1)) _TECHMAP_REPLACE_ (.A0(A0), .B0(B0), .C0(C0), .D0(D0),
        .A1(A1), .B1(B1), .C1(C1), .D1(D1), .S0(S0), .S1(S1), .COUT(COUT));
endmodule
EOT
design -stash chains
";

fn yosys_script(family: Family, top: &str, files: &[String], flat: bool, last: &str) -> String {
    let synth = match family {
        Family::Ice40 => "synth_ice40 -dsp",
        // Wide multiplexers of PFUMX and L6MUX21 take up to twice the LUTs, and tie eight of them to one place.
        Family::Ecp5 => "synth_ecp5 -nowidelut",
        // Pads and clock buffers belong to the design around the core.
        Family::Xc7 => "synth_xilinx -family xc7 -noiopad -noclkbuf",
        // GW1N and GW2A differ in cells that no core has. Pads would come to the ports of every module that is kept.
        // LUTs joined by multiplexers cost a third more LUTs here, a twentieth on Nexus.
        Family::Gowin => "synth_gowin -family gw2a -noiopads -nowidelut",
        Family::Nexus => "synth_nexus -family lifcl -nowidelut",
    };
    let hierarchy = match (family, flat) {
        (Family::Ice40 | Family::Ecp5 | Family::Gowin | Family::Nexus, false) => " -noflatten",
        (Family::Xc7, true) => " -flatten",
        _ => "",
    };
    let files = files.join(" ");
    let synth = format!("{synth}{hierarchy} -top {top}");
    let (before, synth) = match family {
        Family::Nexus => {
            let parts = format!("{synth} -run begin:map_cells\ntechmap -map %chains\n{synth} -run map_cells:");
            (NEXUS_CHAINS, parts)
        }
        _ => ("", synth),
    };
    format!(
        // The family's cells are declared, and missing modules found, by the synthesis command.
        "{before}read_verilog {files}\n\
         hierarchy -top {top}\n\
         proc\n\
         write_json elaborated.json\n\
         {synth}\n\
         check -assert\n\
         {last}\n"
    )
}

/// Vivado, in the emitted folder: synthesise, place and route the core alone and report timing and utilisation.
///
/// `None` without a part. Every word is a name that was checked: letters, digits, `_` and `-`, with folders in `files`.
pub fn vivado_script(target: &Target, top: &str, files: &[String]) -> Option<String> {
    let device = target.device.as_ref().filter(|_| target.family == Family::Xc7)?;
    let (part, files) = (&device.part, files.join(" ../../"));
    let period = 1000.0 / target.clock_mhz;
    Some(format!(
        "# vivado -mode batch -source ../../synth/vivado.tcl, in work/vivado with mem/*.hex copied there (`make vivado`)\n\
         read_verilog {{../../{files}}}\n\
         synth_design -top {top} -part {part} -mode out_of_context\n\
         create_clock -name clk -period {period:.3} [get_ports clk]\n\
         opt_design\n\
         place_design\n\
         phys_opt_design\n\
         route_design\n\
         report_timing_summary -file timing.txt\n\
         report_timing -max_paths 10 -file paths.txt\n\
         report_utilization -hierarchical -file utilization.txt\n\
         write_checkpoint -force {top}.dcp\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts() {
        let files = ["rtl/rws_mac.v".to_owned(), "rtl/net.v".to_owned()];
        for family in Family::ALL {
            insta::assert_snapshot!(format!("script_{family}"), synth_script(family, "net", &files, false));
            insta::assert_snapshot!(format!("netlist_{family}"), netlist_script(family, "net", &files));
        }
        let target = Target::find("xc7z020").unwrap();
        insta::assert_snapshot!("vivado", vivado_script(&target, "net", &files).unwrap());
    }
}
