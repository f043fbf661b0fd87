//! `core.toml`: a core as a file, from which networks are compiled for it later.

use serde::{Deserialize, Serialize};

use super::core::{Core, Loading, Source, Weights};
use super::input::InputUnit;
use super::room::Room;
use super::units::Units;
use super::widths::Widths;
use super::{ArrayBuild, CoreShape, PlanError};
use crate::target::Target;

/// Version of the file.
const FORMAT: u32 = 5;
/// Widest number of a core: fields of programs have fewer than 128 bits.
const WIDEST: u32 = 127;

/// A core but for what follows from it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoreFile {
    format: u32,
    name: String,
    /// `CIxPXxRxQ[xD]` and `lane=rows,...`, as `--shape` and `--rows` take them.
    shape: String,
    rows: String,
    output_bits: u32,
    loading: Loading,
    units: Units,
    input: InputUnit,
    room: Room,
    widths: Widths,
    target: Target,
}

/// What tells files of other versions, whatever else they have.
#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl Core {
    /// The text of the core's file.
    ///
    /// # Panics
    ///
    /// Never: a core is plain data.
    pub fn to_toml(&self) -> String {
        let (shape, rows) = self.shape.arguments();
        let file = CoreFile {
            format: FORMAT,
            name: self.name.clone(),
            shape,
            rows,
            output_bits: self.output_bits,
            loading: self.loading,
            units: self.units,
            input: self.input.clone(),
            room: self.room.clone(),
            widths: self.widths.clone(),
            target: self.target.clone(),
        };
        let text = toml::to_string(&file).unwrap_or_else(|error| panic!("a core is plain data: {error}"));
        format!(
            "# A core of Rowsmith: what its Verilog depends on. `rowsmith program --core` compiles networks for it.\n{text}"
        )
    }

    /// Reads a core's file; `file` names it in messages.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, PlanError> {
        let bad = |cause: String| PlanError::CoreFile { file: file.to_owned(), cause };
        let Version { format } = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        if format != FORMAT {
            return Err(bad(format!("format {format} is not supported; this version reads format {FORMAT}")));
        }
        let read: CoreFile = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        let target = read.target.checked().map_err(bad)?;
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !read.name.starts_with(|c: char| c.is_ascii_lowercase())
            || !read.name.chars().all(letters)
            || read.name.len() > 64
        {
            return Err(bad(
                "name must be at most 64 lower-case letters, digits and `_`, starting with a letter".to_owned()
            ));
        }
        let dims = CoreShape::parse_dims(&read.shape)?;
        let arrays = CoreShape::parse_rows(&read.rows)?;
        let (q, drained) = (dims.q.unwrap_or(0), dims.drained.unwrap_or(1));
        let shape = CoreShape { ci: dims.ci, px: dims.px, q, drained, digit: dims.digit, arrays };
        shape.check()?;
        if shape.rows() != dims.rows || read.widths.acc.len() != shape.arrays.len() {
            return Err(bad("shape, rows and widths.acc do not match".to_owned()));
        }
        if !read.widths.within(WIDEST) || !read.room.is_sane() || ![8, 16, 32].contains(&read.output_bits) {
            return Err(bad("a width or a number of the room is out of range".to_owned()));
        }
        if read.loading.weights == Weights::Dram {
            if target.dram.is_none() {
                return Err(bad("loading.weights is `dram`, but there is no [target.dram]".to_owned()));
            }
            if read.loading.source == Source::Bitstream {
                return Err(bad(
                    "weights from DRAM need a loader: loading.source must be `both` or `loader`".to_owned()
                ));
            }
            if !(read.room.weight_words.is_power_of_two() && read.room.weight_words >= 64) {
                return Err(bad("room.weight_words of a ring must be a power of two, 64 at least".to_owned()));
            }
        }
        if (read.room.pooled_words > 0) != read.units.pooled {
            return Err(bad("only a core with maxima of results has room for rows of them".to_owned()));
        }
        if let Some(rule) = read.widths.contradiction(&shape, read.room.digits, target.family, read.units) {
            return Err(bad(format!("the numbers of [widths] do not match: {rule}")));
        }
        if !read.input.is_sane(shape.q) {
            return Err(bad("the numbers of [input] do not match".to_owned()));
        }
        let operand = read.widths.operand;
        let build = |array: &super::ArraySpec| ArrayBuild::of(array.lane, target.family, shape.ci, shape.px, operand);
        Ok(Self {
            builds: shape.arrays.iter().map(build).collect(),
            name: read.name,
            shape,
            output_bits: read.output_bits,
            loading: read.loading,
            units: read.units,
            input: read.input,
            room: read.room,
            widths: read.widths,
            target,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;
    use crate::plan::Request;

    type Edit = fn(&mut Widths);

    /// Whatever else a file of another version has.
    #[test]
    fn other_versions_are_told() {
        let error = Core::from_toml("format = 2\nanother = 1", "core.toml").unwrap_err().to_string();
        assert!(error.contains("format 2 is not supported"), "{error}");
    }

    /// A ring needs a memory behind it, and addresses that wrap.
    #[test]
    fn rings_without_sense_are_refused() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let network = manifest::load(&folder.join("resnet8-shape/resnet8_shape.toml")).unwrap();
        let request = Request { oversize: true, ..Request::parse(Some("4x2x8"), Some("dsp(4)=2,sp2(4)=6")).unwrap() };
        let request = Request { loading: Loading::DRAM, ..request };
        let core = request.plan(&network, &Target::find("xc7z020").unwrap()).unwrap().core;
        assert_eq!(Core::from_toml(&core.to_toml(), "core.toml").unwrap(), core);
        let mut odd = core.clone();
        odd.room.weight_words = 500;
        let error = Core::from_toml(&odd.to_toml(), "core.toml").unwrap_err().to_string();
        assert!(error.contains("a power of two"), "{error}");
        let error = Core::from_toml(
            &Core { target: Target { dram: None, ..core.target.clone() }, ..core }.to_toml(),
            "core.toml",
        );
        let error = error.unwrap_err().to_string();
        assert!(error.contains("no [target.dram]"), "{error}");
        let request = Request { loading: Loading::DRAM, ..Request::default() };
        let error = request.plan(&network, &Target::find("ice40up5k").unwrap()).unwrap_err().to_string();
        assert!(error.contains("no [dram] section"), "{error}");
    }

    /// Every width that another one follows from, made smaller or larger by one, is refused.
    #[test]
    fn widths_that_contradict_each_other_are_refused() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let network = manifest::load(&folder.join("resnet8-shape/resnet8_shape.toml")).unwrap();
        let request = Request { oversize: true, ..Request::parse(Some("4x2x8"), Some("dsp(4)=2,sp2(4)=6")).unwrap() };
        let core = request.plan(&network, &Target::find("xc7z020").unwrap()).unwrap().core;
        assert_eq!(Core::from_toml(&core.to_toml(), "core.toml").unwrap(), core);
        let edits: [(Edit, &str); 8] = [
            (|w| w.act = w.operand - 1, "operand is wider"),
            (|w| w.acc[0] = 3, "acc is narrower"),
            (|w| w.vec = w.act, "vec is not wider"),
            (|w| w.hold = w.acc[0] - 1, "hold is narrower"),
            (|w| w.y = w.act, "y is not wider"),
            (|w| w.total = w.hold, "total is not wider"),
            (|w| w.res_total = w.res, "res_total is not wider"),
            (|w| w.scale_levels += 1, "scale_levels is not that"),
        ];
        for (edit, rule) in edits {
            let mut core = core.clone();
            edit(&mut core.widths);
            let error = Core::from_toml(&core.to_toml(), "core.toml").unwrap_err().to_string();
            assert!(error.contains(rule), "{rule}: {error}");
        }
    }
}
