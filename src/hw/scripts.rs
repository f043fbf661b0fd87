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
    yosys_script(family, top, files, false, "write_json netlist.json")
}

fn yosys_script(family: Family, top: &str, files: &[String], flat: bool, last: &str) -> String {
    let synth = match family {
        Family::Ice40 => "synth_ice40 -dsp",
        // Wide multiplexers of PFUMX and L6MUX21 take up to twice the LUTs, and tie eight of them to one place.
        Family::Ecp5 => "synth_ecp5 -nowidelut",
        // Pads and clock buffers belong to the design around the core.
        Family::Xc7 => "synth_xilinx -family xc7 -noiopad -noclkbuf",
    };
    let hierarchy = match (family, flat) {
        (Family::Ice40 | Family::Ecp5, false) => " -noflatten",
        (Family::Xc7, true) => " -flatten",
        _ => "",
    };
    let files = files.join(" ");
    format!(
        // The family's cells are declared, and missing modules found, by the synthesis command.
        "read_verilog {files}\n\
         hierarchy -top {top}\n\
         proc\n\
         write_json elaborated.json\n\
         {synth}{hierarchy} -top {top}\n\
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
