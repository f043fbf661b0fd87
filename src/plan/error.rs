//! Why a network cannot be planned for a target.

use miette::Diagnostic;

use super::Short;

/// Planning errors, each with a stable code and a remedy.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
pub enum PlanError {
    /// A resource runs out.
    #[error(
        "`{network}` does not fit {target}: it needs {need} {resource}, but only {have} are usable ({over} too many)"
    )]
    #[diagnostic(
        code("RWS-P001"),
        help("choose a larger target, a smaller network, or a smaller array with --shape and --rows")
    )]
    DoesNotFit {
        /// Network.
        network: String,
        /// Target.
        target: String,
        /// LUTs, DSP blocks or block RAM.
        resource: &'static str,
        /// Needed units.
        need: u64,
        /// Usable units.
        have: u64,
        /// Excess.
        over: u64,
    },
    /// No array takes a row.
    #[error("layer `{layer}`, row {row}: no array of this core takes {scheme}")]
    #[diagnostic(code("RWS-P002"), help("add an array for the scheme to --rows, or leave --rows out"))]
    NoLane {
        /// Layer.
        layer: String,
        /// Row.
        row: usize,
        /// Its scheme.
        scheme: String,
    },
    /// Tied rows cannot share a position.
    #[error(
        "channel {channel} is {first_scheme} in layer `{first}` and {second_scheme} in layer `{second}`; \
             the two layers are added, and no array takes both schemes"
    )]
    #[diagnostic(
        code("RWS-P003"),
        help("give the channel the same scheme in both layers, or add an array that takes both, such as dsp(8)")
    )]
    TiedRows {
        /// Channel.
        channel: usize,
        /// One layer.
        first: String,
        /// Its scheme for the channel.
        first_scheme: String,
        /// The other layer.
        second: String,
        /// Its scheme for the channel.
        second_scheme: String,
    },
    /// `--shape` or `--rows` make no core.
    #[error("{cause}")]
    #[diagnostic(
        code("RWS-P004"),
        help(
            "--shape is CIxPXxR, such as 8x2x16, with xQ, xD and @BITS if need be; --rows lists lane=rows, such as dsp(4)=4,sp2(4)=12"
        )
    )]
    Shape {
        /// What is wrong.
        cause: String,
    },
    /// A core that is there already has no room for a network.
    #[error("`{network}` does not fit the core `{core}`: {}", short.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    #[diagnostic(code("RWS-P006"), help("make one core for all networks: rowsmith core FIRST.toml SECOND.toml"))]
    CoreTooSmall {
        /// Network.
        network: String,
        /// Core.
        core: String,
        /// What there is too little of.
        short: Vec<Short>,
    },
    /// A network whose images cannot be computed side by side.
    #[error("`{network}` has no frames: {cause}")]
    #[diagnostic(code("RWS-P008"), help("leave out --frame: images are computed one after another then"))]
    Frame {
        /// Network.
        network: String,
        /// What stands against it.
        cause: String,
    },
    /// A layer that cannot be computed alone.
    #[error("layer `{layer}` of `{network}` cannot be taken alone: {cause}")]
    #[diagnostic(code("RWS-P009"), help("name a layer with one operand; `rowsmith check` lists the layers"))]
    Layer {
        /// Network.
        network: String,
        /// Layer.
        layer: String,
        /// What stands against it.
        cause: String,
    },
    /// The file of a core cannot be used.
    #[error("{file}: {cause}")]
    #[diagnostic(code("RWS-P007"), help("`rowsmith core` and `rowsmith generate` write the file"))]
    CoreFile {
        /// The file.
        file: String,
        /// What is wrong.
        cause: String,
    },
    /// Something the core cannot do yet.
    #[error("{what}")]
    #[diagnostic(code("RWS-P005"), help("docs/manifest.md says what a core supports"))]
    Unsupported {
        /// What.
        what: String,
    },
}

impl PlanError {
    pub(super) fn unsupported(what: &str) -> Self {
        Self::Unsupported { what: what.to_owned() }
    }

    pub(super) fn shape(cause: impl Into<String>) -> Self {
        Self::Shape { cause: cause.into() }
    }
}
