//! Parts of the document that several tables share, and what they stand for.

use serde::{Deserialize, Serialize};

use crate::ir::{ActType, Fault, Requant, Rounding, Tensor, limits};

/// `[input]`: the graph's input tensor.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputEntry {
    pub name: String,
    pub shape: Vec<u64>,
    pub bits: i64,
    #[serde(default)]
    pub signed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clamp: Option<[i64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_point: Option<i64>,
}

/// `[output]`: which tensor is the result.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputEntry {
    pub tensor: String,
}

/// The type of a layer's result.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeEntry {
    pub bits: i64,
    #[serde(default)]
    pub signed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clamp: Option<[i64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_point: Option<i64>,
}

/// Requantization constants of an operator without rows.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequantEntry {
    pub mul: i64,
    pub add: i64,
    pub shift: i64,
}

/// `requant` of a pool (one, or one per number of image pixels), of `add` and `concat` (one per operand) or of `leaky_relu`
/// (one per sign).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged, expecting = "expected `{ mul, add, shift }` or a list of them")]
pub(super) enum RequantKey {
    One(RequantEntry),
    List(Vec<RequantEntry>),
}

/// The value of `rounding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoundingName {
    Floor,
    HalfEven,
    HalfOdd,
}

/// The integers of a tensor and their real meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct TensorType {
    pub act: ActType,
    pub scale: Option<f64>,
    pub offset: f64,
    pub zero_point: i32,
}

impl TensorType {
    /// What an entry states.
    pub(super) fn stated(entry: &TypeEntry) -> Result<Self, Fault> {
        let act = ActType::within(entry.bits, entry.signed, entry.clamp)?;
        let scale = limits::scale(entry.scale)?;
        let zero_point = act.zero_point(entry.zero_point.unwrap_or_default())?;
        // A zero point that is not stated leaves the offset free: padding is the integer 0, whatever it means.
        let offset = limits::offset(entry.offset, zero_point, entry.zero_point.and(scale))?;
        Ok(Self { act, scale, offset: offset.unwrap_or_default(), zero_point })
    }

    /// The type of a tensor.
    pub(super) fn of(tensor: &Tensor) -> Self {
        Self { act: tensor.act, scale: tensor.scale, offset: tensor.offset, zero_point: tensor.zero_point }
    }

    /// The entry of this type; the least that says all.
    pub(super) fn entry(self) -> TypeEntry {
        let Self { act, scale, offset, zero_point } = self;
        TypeEntry {
            bits: act.bits.into(),
            signed: act.signed,
            clamp: Some([act.lo.into(), act.hi.into()]),
            scale,
            offset: (offset != 0.0).then_some(offset),
            zero_point: (zero_point != 0).then_some(zero_point.into()),
        }
    }
}

impl RequantEntry {
    /// The constants, if they are in range.
    pub(super) fn read(self) -> Result<Requant, Fault> {
        Requant::within(self.mul, self.add, self.shift)
    }
}

impl From<Requant> for RequantEntry {
    fn from(requant: Requant) -> Self {
        Self { mul: requant.mul as i64, add: requant.add, shift: requant.shift.into() }
    }
}

impl RequantKey {
    /// A list of sets.
    pub(super) fn list(requants: &[Requant]) -> Self {
        Self::List(requants.iter().copied().map(RequantEntry::from).collect())
    }
}

/// How a layer rounds.
pub(super) fn rounding(entry: Option<RoundingName>) -> Rounding {
    match entry {
        None | Some(RoundingName::Floor) => Rounding::Floor,
        Some(RoundingName::HalfEven) => Rounding::HalfEven,
        Some(RoundingName::HalfOdd) => Rounding::HalfOdd,
    }
}

/// The name of a rounding; rounding down has none.
pub(super) fn rounding_name(rounding: Rounding) -> Option<RoundingName> {
    match rounding {
        Rounding::Floor => None,
        Rounding::HalfEven => Some(RoundingName::HalfEven),
        Rounding::HalfOdd => Some(RoundingName::HalfOdd),
    }
}
