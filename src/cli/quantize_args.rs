//! Arguments of `quantize`.

use std::path::PathBuf;

use crate::quant::{ActClip, Method, QuantError, Settings, TrainOptions, Untyped, Variant, WeightClip};

/// What to quantize, how, and for what.
#[derive(Debug, clap::Args)]
pub(super) struct QuantizeArgs {
    /// The network: an ONNX or QONNX file.
    pub model: PathBuf,
    /// Samples to calibrate on: an .npz or .npy file whose first axis counts samples.
    #[arg(long, value_name = "FILE")]
    pub calib: PathBuf,
    /// Target that decides the share of rows on LUTs: a built-in name (see `rowsmith targets`) or a profile file.
    #[arg(short, long)]
    pub target: String,
    /// `msq`, `rmsmp`, `ausn`, `auto`, or one scheme for all rows, such as `fixed(4)`.
    #[arg(short, long, default_value = "auto")]
    pub method: Method,
    /// Folder to write: a new or empty one, or an earlier output, which is replaced.
    #[arg(short, long)]
    pub out: PathBuf,
    /// Output of the file that the core computes. By default, the only one with real numbers.
    #[arg(long, value_name = "NAME")]
    pub output: Option<String>,
    /// Samples to evaluate on, with an array `label` if there are labels.
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    /// Bits of weights.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(3..=5))]
    weight_bits: u8,
    /// Bits of activations between layers.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(2..=8))]
    act_bits: u32,
    /// Bits of the network's input and result, of operands of adds, and of averages.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=8))]
    edge_bits: u32,
    /// Share of rows on LUT lanes, 0 to 1. By default, the target decides.
    #[arg(long, value_name = "SHARE")]
    pub lut_share: Option<f64>,
    /// Share of rows in fixed(8), chosen by Hessian eigenvalue. By default 0.05 for rmsmp, otherwise 0.
    #[arg(long, value_name = "SHARE")]
    wide_share: Option<f64>,
    /// How the clip of each row of weights is chosen.
    #[arg(long, value_enum, default_value_t)]
    weight_clip: WeightClipArg,
    /// How the clip of activations is chosen: `max`, `mse`, or a percentage such as `99.9`.
    #[arg(long, default_value = "mse", value_parser = act_clip)]
    act_clip: ActClip,
    /// Bits of the requantization mantissa; row scales are chosen to fit it.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    mantissa_bits: u32,
    /// Round every weight to its nearest level, without compensating for the errors of the weights before it.
    #[arg(long)]
    nearest: bool,
    /// Leave biases uncorrected.
    #[arg(long)]
    plain_bias: bool,
    /// Requantize weights whose types the file prescribes.
    #[arg(long)]
    reassign: bool,
    /// Types of the tensors for which a quantized file prescribes none.
    #[arg(long, value_enum, default_value_t)]
    untyped: UntypedArg,
    /// Number of calibration samples for second-order statistics.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    images: u32,
    /// Seed of all random choices.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    pub training: TrainArgs,
}

/// Fine-tuning.
#[derive(Debug, clap::Args)]
pub(super) struct TrainArgs {
    /// Fine-tune on these samples; an array `label` holds their classes, if any.
    #[arg(long, value_name = "FILE")]
    pub train: Option<PathBuf>,
    /// Number of passes over the samples.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    epochs: u32,
    /// Number of samples per step.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65536))]
    batch: u32,
    /// Learning rate at the start.
    #[arg(long, default_value_t = TrainOptions::default().rate)]
    rate: f64,
    /// Choose schemes and scales again every N epochs; 0 for never.
    #[arg(long, value_name = "N", default_value_t = 5)]
    refresh: u32,
    /// How weights are pulled toward levels.
    #[arg(long, value_enum, default_value_t)]
    variant: VariantArg,
    /// File for the training state, to resume after an interrupt. By default, `OUT.train`.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
}

/// See [`WeightClip`].
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum WeightClipArg {
    /// The largest weight becomes the largest level.
    Max,
    /// Smallest squared error.
    #[default]
    Mse,
    /// Alternating least squares.
    Als,
}

/// See [`Untyped`].
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum UntypedArg {
    /// As wide as exact results need.
    #[default]
    Exact,
    /// Calibrated to --edge-bits, which a core can store.
    Narrow,
}

/// See [`Variant`].
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum VariantArg {
    /// Straight-through estimator.
    #[default]
    Ste,
    /// Alternating direction method of multipliers, then straight-through.
    Admm,
}

fn act_clip(text: &str) -> Result<ActClip, String> {
    match text {
        "max" => Ok(ActClip::MinMax),
        "mse" => Ok(ActClip::Mse),
        number => match number.parse() {
            Ok(percent) if (50.0..=100.0).contains(&percent) => Ok(ActClip::Percentile(percent)),
            _ => Err("give `max`, `mse`, or a percentage from 50 to 100".to_owned()),
        },
    }
}

impl QuantizeArgs {
    /// The quantizer's settings; shares are checked.
    pub fn settings(&self) -> Result<Settings, QuantError> {
        let usual = if self.method == Method::Rmsmp { 0.05 } else { 0.0 };
        let wide_share = self.wide_share.unwrap_or(usual);
        let lut_share = self.lut_share.unwrap_or(0.0);
        let legal = |share: f64| (0.0..=1.0).contains(&share);
        if !legal(lut_share) || !legal(wide_share) || lut_share + wide_share > 1.0 {
            return Err(QuantError::Settings(
                "--lut-share and --wide-share must be from 0 to 1, and together at most 1".into(),
            ));
        }
        if self.mantissa_bits > Settings::MOST_MANTISSA_BITS {
            let (bits, most) = (self.mantissa_bits, Settings::MOST_MANTISSA_BITS);
            return Err(QuantError::Settings(format!(
                "--mantissa-bits {bits}: every bit doubles the number of scales tried for each row; give at most {most}"
            )));
        }
        if !(self.training.rate.is_finite() && self.training.rate > 0.0) {
            return Err(QuantError::Settings("--rate must be a positive number".into()));
        }
        Ok(Settings {
            method: self.method,
            weight_bits: self.weight_bits,
            act_bits: self.act_bits,
            edge_bits: self.edge_bits,
            lut_share,
            wide_share,
            weight_clip: match self.weight_clip {
                WeightClipArg::Max => WeightClip::Max,
                WeightClipArg::Mse => WeightClip::Mse,
                WeightClipArg::Als => WeightClip::Als,
            },
            act_clip: self.act_clip,
            mantissa_bits: self.mantissa_bits,
            compensate: !self.nearest,
            correct_bias: !self.plain_bias,
            reassign: self.reassign,
            untyped: match self.untyped {
                UntypedArg::Exact => Untyped::Exact,
                UntypedArg::Narrow => Untyped::Narrow,
            },
            images: self.images as usize,
            seed: self.seed,
        })
    }

    /// The settings of fine-tuning.
    pub fn train_options(&self) -> TrainOptions {
        TrainOptions {
            epochs: self.training.epochs as usize,
            batch: self.training.batch as usize,
            rate: self.training.rate,
            refresh: self.training.refresh as usize,
            variant: match self.training.variant {
                VariantArg::Ste => Variant::StraightThrough,
                VariantArg::Admm => Variant::Admm,
            },
            seed: self.seed,
        }
    }

    /// Where the state of the training is kept.
    pub fn checkpoint(&self) -> PathBuf {
        let beside = || {
            // `.` and `..` have no name of their own.
            let named = self.out.file_name().is_some();
            let out = if named { self.out.clone() } else { self.out.canonicalize().unwrap_or_default() };
            let mut name = out.file_name().unwrap_or_default().to_owned();
            name.push(".train");
            out.with_file_name(name)
        };
        self.training.checkpoint.clone().unwrap_or_else(beside)
    }
}
