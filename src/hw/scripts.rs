//! Scripts for the outside tools: pure functions of their arguments.

use crate::target::Family;

/// Yosys: read, write the elaborated memories for a check of their images, synthesise with the hierarchy kept, count.
pub fn synth_script(family: Family, top: &str, files: &[String]) -> String {
    let synth = match family {
        Family::Ice40 => format!("synth_ice40 -dsp -noflatten -top {top}"),
        Family::Ecp5 => format!("synth_ecp5 -noflatten -top {top}"),
        // Not flattened unless asked; pads and clock buffers belong to the design around the core.
        Family::Xc7 => format!("synth_xilinx -family xc7 -noiopad -noclkbuf -top {top}"),
    };
    let files = files.join(" ");
    format!(
        "read_verilog {files}\n\
         hierarchy -check -top {top}\n\
         proc\n\
         write_json elaborated.json\n\
         {synth}\n\
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
            insta::assert_snapshot!(format!("script_{family}"), synth_script(family, "net", &files));
        }
    }
}
