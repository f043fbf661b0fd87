//! Scripts for the outside tools: pure functions of their arguments.

use crate::target::Family;

/// Yosys: read, write the elaborated memories for a check of their images, synthesise with the hierarchy kept or flat,
/// count.
pub fn synth_script(family: Family, top: &str, files: &[String], flat: bool) -> String {
    // The vendors' libraries declare the cells that lanes instantiate.
    let (library, synth) = match family {
        Family::Ice40 => ("+/ice40/cells_sim.v", "synth_ice40 -dsp"),
        Family::Ecp5 => ("+/ecp5/cells_sim.v +/ecp5/cells_bb.v", "synth_ecp5"),
        // Pads and clock buffers belong to the design around the core.
        Family::Xc7 => ("+/xilinx/cells_sim.v +/xilinx/cells_xtra.v", "synth_xilinx -family xc7 -noiopad -noclkbuf"),
    };
    let hierarchy = match (family, flat) {
        (Family::Ice40 | Family::Ecp5, false) => " -noflatten",
        (Family::Xc7, true) => " -flatten",
        _ => "",
    };
    let files = files.join(" ");
    format!(
        "read_verilog -lib {library}\n\
         read_verilog {files}\n\
         hierarchy -check -top {top}\n\
         proc\n\
         write_json elaborated.json\n\
         {synth}{hierarchy} -top {top}\n\
         check -assert\n\
         tee -q -o stat.json stat -json\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts() {
        let files = ["rtl/rws_mac.v".to_owned(), "rtl/net.v".to_owned()];
        for family in Family::ALL {
            insta::assert_snapshot!(format!("script_{family}"), synth_script(family, "net", &files, false));
        }
    }
}
