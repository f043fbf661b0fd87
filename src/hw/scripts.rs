//! Scripts for the outside tools: pure functions of their arguments.

use crate::plan::families::facts;
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
    let pads = facts(family).flow.pads.map(|command| format!("{command} {top}\n")).unwrap_or_default();
    yosys_script(family, top, files, false, &format!("{pads}write_json netlist.json"))
}

fn yosys_script(family: Family, top: &str, files: &[String], flat: bool, last: &str) -> String {
    let flow = facts(family).flow;
    let (synth, hierarchy) = (flow.synth, if flat { flow.flat } else { flow.kept });
    let files = files.join(" ");
    let synth = format!("{synth}{hierarchy} -top {top}");
    let (before, synth) = match flow.rules {
        Some(rules) => {
            let parts = format!("{synth} -run begin:map_cells\ntechmap -map %chains\n{synth} -run map_cells:");
            (rules, parts)
        }
        None => ("", synth),
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
    let device = target.device.as_ref().filter(|_| facts(target.family).flow.vivado)?;
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
