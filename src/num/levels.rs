//! The levels of a scheme as sorted tables, made once per scheme.

use std::sync::OnceLock;

use super::Scheme;

/// All magnitudes of a scheme with their codes.
#[derive(Debug)]
pub struct Levels {
    magnitudes: Box<[i32]>,
    bodies: Box<[u32]>,
}

/// Slots for the first and the second parameter of a scheme.
const SLOTS: [usize; 2] = [17, 5];
const FAMILIES: usize = 4;

static TABLES: [OnceLock<Levels>; FAMILIES * SLOTS[0] * SLOTS[1]] =
    [const { OnceLock::new() }; FAMILIES * SLOTS[0] * SLOTS[1]];

impl Levels {
    /// The table of a scheme; the first call makes it.
    pub fn of(scheme: Scheme) -> &'static Self {
        let (family, first, second) = match scheme {
            Scheme::Fixed { bits } => (0, bits, 0),
            Scheme::Pot { bits } => (1, bits, 0),
            Scheme::Sp2 { m1, m2 } => (2, m1, m2),
            Scheme::Ausn { bits, sup } => (3, bits, sup),
        };
        let slot = (family * SLOTS[0] + usize::from(first)) * SLOTS[1] + usize::from(second);
        TABLES[slot].get_or_init(|| Self::build(scheme))
    }

    /// Of several codes for one magnitude the smallest stays.
    fn build(scheme: Scheme) -> Self {
        let bodies = 0..1u32 << (scheme.bits() - 1);
        let mut pairs: Vec<(i32, u32)> = bodies.map(|body| (scheme.decode_magnitude(body), body)).collect();
        pairs.sort_unstable();
        pairs.dedup_by_key(|(magnitude, _)| *magnitude);
        let (magnitudes, bodies): (Vec<i32>, Vec<u32>) = pairs.into_iter().unzip();
        Self { magnitudes: magnitudes.into(), bodies: bodies.into() }
    }

    /// All magnitudes on the integer grid, ascending, without duplicates, zero first.
    pub fn magnitudes(&self) -> &[i32] {
        &self.magnitudes
    }

    /// Largest magnitude on the integer grid.
    pub fn max(&self) -> i32 {
        self.magnitudes[self.magnitudes.len() - 1]
    }

    /// Whether `level` is one of the scheme's signed levels.
    pub fn contains(&self, level: i32) -> bool {
        self.body(level).is_some()
    }

    /// The signed level nearest to `grid_value` (a weight divided by the row's scale); a tie goes to the smaller magnitude.
    pub fn project(&self, grid_value: f64) -> i32 {
        let magnitude = grid_value.abs().clamp(0.0, f64::from(self.max()));
        let above = self.magnitudes.partition_point(|&level| f64::from(level) < magnitude);
        let upper = self.magnitudes[above];
        let lower = self.magnitudes[above.saturating_sub(1)];
        let below = magnitude - f64::from(lower) <= f64::from(upper) - magnitude;
        let nearest = if below { lower } else { upper };
        if grid_value < 0.0 { -nearest } else { nearest }
    }

    /// The canonical code of a level without its sign.
    fn body(&self, level: i32) -> Option<u32> {
        let magnitude = i32::try_from(level.unsigned_abs()).ok()?;
        self.magnitudes.binary_search(&magnitude).ok().map(|index| self.bodies[index])
    }
}

/// What a scheme's table answers.
impl Scheme {
    /// All magnitudes on the integer grid, ascending, without duplicates, zero first.
    pub fn magnitudes(self) -> &'static [i32] {
        Levels::of(self).magnitudes()
    }

    /// Whether `level` is one of the scheme's signed levels.
    pub fn contains(self, level: i32) -> bool {
        Levels::of(self).contains(level)
    }

    /// The canonical code of a signed level, `None` when the level is not on the scheme's grid.
    ///
    /// Zero is positive; of several codes for one magnitude the smallest field value is canonical.
    pub fn code(self, level: i32) -> Option<u32> {
        let bits = self.bits();
        let body = Levels::of(self).body(level)?;
        Some(match self {
            Self::Fixed { .. } => level as u32 & ((1 << bits) - 1),
            _ if level < 0 => body | 1 << (bits - 1),
            _ => body,
        })
    }

    /// The signed level nearest to `grid_value`: [`Levels::project`] of the scheme's table.
    pub fn project(self, grid_value: f64) -> i32 {
        Levels::of(self).project(grid_value)
    }
}
