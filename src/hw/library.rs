//! The static modules of `rtl/`, embedded and copied byte for byte, and which of them a core uses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use crate::plan::families::{CoreArrays, facts};
use crate::plan::{ArrayBuild, ArraySpec, Core};
use crate::target::Family;

static FOLDER: Dir = include_dir!("$CARGO_MANIFEST_DIR/rtl");

/// A static module.
pub struct Module {
    /// Path below `rtl/`.
    pub path: &'static str,
    /// Verilog.
    pub text: &'static str,
    /// Modules that it names, whatever its parameters.
    names: BTreeSet<&'static str>,
}

/// The modules by name.
static MODULES: LazyLock<BTreeMap<&'static str, Module>> = LazyLock::new(|| {
    let folders = FOLDER.dirs().filter(|folder| !folder.path().starts_with("sim"));
    let files = folders.flat_map(Dir::files).filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
    let module = |(path, text): (&'static str, &'static str)| {
        let name = path.rsplit('/').next()?.strip_suffix(".v")?;
        Some((name, Module { path, text, names: names(text).collect() }))
    };
    files.filter_map(module).collect()
});

/// Words of a Verilog text, comments left out.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let words = code.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    words.filter(|word| !word.is_empty())
}

/// Names with the prefix of static modules.
fn names(text: &str) -> impl Iterator<Item = &str> {
    words(text).filter(|word| word.starts_with("rws_"))
}

/// A file of `rtl/` by its path there.
pub fn file(path: &str) -> &'static str {
    let file = FOLDER.get_file(path).and_then(|file| file.contents_utf8());
    file.unwrap_or_else(|| panic!("rtl/{path} is part of the program"))
}

/// Models of the cells that modules of a family instantiate, as paths below `rtl/`: the files with a cell that is named.
pub fn cell_models(family: Family, modules: &[&Module]) -> Vec<&'static str> {
    let own = [format!("{}.v", family.name()), format!("{}_dsp.v", family.name())];
    let named: BTreeSet<&str> = modules.iter().flat_map(|module| words(module.text)).collect();
    let used = |text| words(text).zip(words(text).skip(1)).any(|(word, name)| word == "module" && named.contains(name));
    let files = FOLDER.get_dir("sim/cells").into_iter().flat_map(Dir::files);
    let files = files.filter(|file| own.iter().any(|name| file.path().ends_with(name)));
    files.filter(|file| file.contents_utf8().is_some_and(used)).filter_map(|file| file.path().to_str()).collect()
}

/// The modules that generated texts use, those below them included, in order of their paths. Modules that `idle` names are
/// in no branch that the core takes.
pub fn used(texts: &[&str], idle: &BTreeSet<&str>) -> Vec<&'static Module> {
    let mut open: Vec<&str> = texts.iter().flat_map(|text| names(text)).collect();
    let mut found = BTreeMap::new();
    while let Some(name) = open.pop() {
        let Some(module) = MODULES.get(name).filter(|module| !idle.contains(name) && !found.contains_key(module.path))
        else {
            continue;
        };
        found.insert(module.path, module);
        open.extend(&module.names);
    }
    found.into_values().collect()
}

/// Modules in branches that a core does not take. In a simulation, memory images are checked and behaviour may stand for lanes.
pub fn idle(core: &Core, simulated: bool) -> BTreeSet<&'static str> {
    let arrays = || core.shape.arrays.iter().zip(&core.builds);
    let rows = || arrays().filter(|(array, _)| !array.lane.is_dsp());
    let blocks = |chained: bool| arrays().any(|(array, build)| array.lane.is_dsp() && (build.chains > 1) == chained);
    let family = core.family();
    let portable = rows().any(|(_, build)| build.cells == "none");
    let behaves = |(array, build): (&ArraySpec, &ArrayBuild)| {
        simulated || build.cells == "none" || (family.portable_products)(array.lane)
    };
    let operand = |scheme| rows().filter(|(array, _)| array.lane.module_name() == scheme).any(behaves);
    let uses = [
        ("rws_even", core.widths.even > 0 || core.widths.sum_even > 0),
        ("rws_second", core.units.second),
        ("rws_maxima", core.units.pooled),
        ("rws_window_axis", core.units.pooled),
        ("rws_digit_sum", core.room.digits > 1),
        ("rws_bend", core.widths.bent > 0),
        ("rws_requant_sum", core.units.residual),
        ("rws_residual", core.units.residual),
        ("rws_loader", core.loading.has_loader()),
        ("rws_window", core.input.folds()),
        ("rws_queue", core.input.folds() && core.room.strip > 0),
        ("rws_strips", core.room.strip > 0),
        ("rws_buffers", core.room.strip == 0),
        ("rws_vector", core.units.pooling()),
        ("rws_dsp_array", blocks(true) || blocks(false)),
        // Two chains need no adders.
        ("rws_dsp_half", arrays().any(|(_, build)| build.chains > 2)),
        ("rws_lane_dsp", blocks(false)),
        ("rws_dsp_product", core.scale_multiplier() == 1 || blocks(false)),
        ("rws_dsp_scale", core.scale_multiplier() == 2),
        // A block that adds, too, makes whole sums of rows; operands of adds and second results are left.
        ("rws_scale_product", core.scale_multiplier() < 2 || core.units.residual || core.units.second),
        ("rws_lut_rows", rows().next().is_some()),
        ("rws_triple", arrays().any(|(array, build)| family.is_tripled(array.lane, *build))),
        ("rws_lane_sum", portable),
        ("rws_lane_twin", simulated),
        ("rws_image_check", simulated),
        ("rws_operand", rows().any(behaves)),
        ("rws_operand_sp2", operand("sp2")),
        ("rws_operand_pot", operand("pot")),
        ("rws_operand_fixed", operand("fixed")),
        ("rws_operand_ausn", operand("ausn")),
    ];
    let unused = uses.into_iter().filter(|(_, used)| !used).map(|(name, _)| name);
    unused.chain(idle_of_families(core)).collect()
}

/// Modules of families that the core does not use: those of others, and those of its own that its arrays have no use for.
fn idle_of_families(core: &Core) -> BTreeSet<&'static str> {
    let built = CoreArrays { arrays: &core.shape.arrays, builds: &core.builds, ci: core.shape.ci };
    let own: BTreeMap<&str, bool> = (core.family().modules)(built).into_iter().collect();
    let all = Family::ALL.into_iter().flat_map(|family| (facts(family).modules)(built));
    let named = all.map(|(name, _)| name).filter(|name| own.get(name) != Some(&true));
    named.chain(foreign(core.target.family)).collect()
}

/// Modules in the folders of other families.
fn foreign(family: Family) -> impl Iterator<Item = &'static str> {
    let others = move || Family::ALL.into_iter().filter(move |other| *other != family);
    let is_foreign = move |module: &Module| others().any(|other| module.path.split('/').next() == Some(other.name()));
    MODULES.iter().filter(move |(_, module)| is_foreign(module)).map(|(name, _)| *name)
}
