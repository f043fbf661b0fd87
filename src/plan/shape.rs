//! The shape of a core: channels, pixels and rows per cycle, and what the rows are built of.

use super::{Lane, PlanError};
use std::fmt;

/// Rows of all arrays together, at most.
pub(super) const MOST_ROWS: usize = 256;

/// Rows of one lane kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArraySpec {
    /// Lane kind.
    pub lane: Lane,
    /// Rows per cycle.
    pub rows: usize,
}

/// The numbers of a shape, as `--shape` gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Input channels per cycle (CI).
    pub ci: usize,
    /// Output pixels per cycle (PX).
    pub px: usize,
    /// Rows per cycle (R).
    pub rows: usize,
    /// Elements of a pixel that are requantized per cycle (Q), where it is given.
    pub q: Option<usize>,
    /// Pixels that are drained at once (D), where it is given.
    pub drained: Option<usize>,
    /// Bits of a digit, where they are given.
    pub digit: Option<u32>,
}

/// Everything that fixes the core's hardware apart from memory sizes and widths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CoreShape {
    /// Input channels per cycle (CI).
    pub ci: usize,
    /// Output pixels per cycle (PX).
    pub px: usize,
    /// Elements of a pixel that are requantized and written per cycle (Q); divides CI and the number of rows.
    pub q: usize,
    /// Pixels that this is done for at once (D); divides PX. The stride of what reads a result has to divide it too.
    pub drained: usize,
    /// Bits of an activation that the arrays read at once, in so many passes as it has digits; all of the widest one's in one pass where
    /// there is no number.
    pub digit: Option<u32>,
    /// Arrays; their rows add up to R.
    pub arrays: Vec<ArraySpec>,
}

impl CoreShape {
    /// Rows per cycle of all arrays (R).
    pub fn rows(&self) -> usize {
        self.arrays.iter().map(|a| a.rows).sum()
    }

    /// The arrays, as `--rows` takes them.
    pub fn array_names(&self) -> Vec<String> {
        self.arrays.iter().map(ToString::to_string).collect()
    }

    /// `--shape` and `--rows` that ask for this shape.
    pub fn arguments(&self) -> (String, String) {
        let digit = self.digit.map(|bits| format!("@{bits}")).unwrap_or_default();
        let [ci, px, rows] = [self.ci, self.px, self.rows()];
        let drained = if self.drained > 1 { format!("x{}", self.drained) } else { String::new() };
        (format!("{ci}x{px}x{rows}x{}{drained}{digit}", self.q), self.array_names().join(","))
    }

    /// Multiply-accumulates per cycle.
    pub fn macs_per_cycle(&self) -> usize {
        self.ci * self.px * self.rows()
    }

    /// Slices of Q rows per step.
    pub fn slices(&self) -> usize {
        self.rows() / self.q
    }

    /// Elements requantized per cycle.
    pub fn values(&self) -> usize {
        self.q * self.drained
    }

    /// Spans of D pixels in a row of so many.
    pub fn spans(&self, width: usize) -> usize {
        width.div_ceil(self.drained)
    }

    /// Slices of Q channels per memory word.
    pub fn word_slices(&self) -> usize {
        self.ci / self.q
    }

    /// Checks the arithmetic of the shape.
    pub fn check(&self) -> Result<(), PlanError> {
        let rows = self.rows();
        if !(1..=64).contains(&self.ci) || !(1..=16).contains(&self.px) || !(1..=MOST_ROWS).contains(&rows) {
            return Err(PlanError::shape(format!("{self}: CI must be 1..64, PX 1..16 and R 1..{MOST_ROWS}")));
        }
        if self.q == 0 || !self.ci.is_multiple_of(self.q) || !rows.is_multiple_of(self.q) {
            return Err(PlanError::shape(format!("{self}: Q = {} must divide CI and R", self.q)));
        }
        if self.drained == 0 || !self.px.is_multiple_of(self.drained) {
            return Err(PlanError::shape(format!("{self}: D = {} must divide PX", self.drained)));
        }
        if self.digit.is_some_and(|bits| !(2..=8).contains(&bits)) {
            return Err(PlanError::shape(format!("{self}: a digit must have 2..8 bits")));
        }
        if self.arrays.is_empty() || self.arrays.len() > 8 || self.arrays.iter().any(|a| a.rows == 0) {
            return Err(PlanError::shape(format!("{self}: give 1 to 8 arrays, none of them empty")));
        }
        Ok(())
    }

    /// Cycles from pass to pass at least: sums of digits are read again three cycles after they are written.
    pub(super) const DIGIT_SPACING: usize = 3;

    /// Passes in which the arrays read an activation of so many bits.
    pub fn digits(&self, bits: u32) -> usize {
        self.digit.map_or(1, |digit| bits.div_ceil(digit) as usize)
    }

    /// Reads `CIxPXxR`, `CIxPXxRxQ` or `CIxPXxRxQxD`, and the bits of a digit behind `@`.
    pub fn parse_dims(text: &str) -> Result<Dims, PlanError> {
        let neither = || PlanError::shape(format!("`{text}` is not CIxPXxR[xQ[xD]][@BITS]"));
        let (dims, digit) = match text.split_once('@') {
            Some((dims, bits)) => (dims, Some(bits.trim().parse().map_err(|_| neither())?)),
            None => (text, None),
        };
        let numbers: Option<Vec<usize>> = dims.split('x').map(|n| n.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(numbers) if numbers.iter().any(|n| *n > MOST_ROWS) => {
                Err(PlanError::shape(format!("`{text}`: every number of a shape must be at most {MOST_ROWS}")))
            }
            Some(&[ci, px, rows]) => Ok(Dims { ci, px, rows, q: None, drained: None, digit }),
            Some(&[ci, px, rows, q]) => Ok(Dims { ci, px, rows, q: Some(q), drained: None, digit }),
            Some(&[ci, px, rows, q, d]) => Ok(Dims { ci, px, rows, q: Some(q), drained: Some(d), digit }),
            _ => Err(neither()),
        }
    }

    /// Reads `lane=rows,lane=rows`; commas inside parentheses belong to the lane.
    pub fn parse_rows(text: &str) -> Result<Vec<ArraySpec>, PlanError> {
        let mut parts = vec![String::new()];
        let mut depth = 0;
        for c in text.chars() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            match parts.last_mut() {
                Some(last) if c != ',' || depth > 0 => last.push(c),
                _ => parts.push(String::new()),
            }
        }
        let read = |part: &String| {
            let (lane, rows) =
                part.split_once('=').ok_or_else(|| PlanError::shape(format!("`{part}` is not lane=rows")))?;
            let rows = rows.trim().parse().ok().filter(|rows| (1..=MOST_ROWS).contains(rows));
            let rows = rows.ok_or_else(|| PlanError::shape(format!("`{part}`: rows must be 1..{MOST_ROWS}")))?;
            Ok(ArraySpec { lane: lane.parse().map_err(PlanError::shape)?, rows })
        };
        parts.iter().map(read).collect()
    }
}

impl fmt::Display for CoreShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.ci, self.px, self.rows())?;
        self.digit.map_or(Ok(()), |bits| write!(f, "@{bits}"))
    }
}

impl fmt::Display for ArraySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.lane, self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_numbers_are_refused() {
        for text in
            ["4x1x9223372036854775807", "18446744073709551615x1x4", "4x1x257", "4x1x-1", "4x1", "4x1x4@", "4x1x4@-4"]
        {
            assert!(CoreShape::parse_dims(text).is_err(), "{text}");
        }
        for text in ["dsp(4)=18446744073709551615,sp2(4)=9", "sp2(4)=0", "sp2(4)=257"] {
            assert!(CoreShape::parse_rows(text).is_err(), "{text}");
        }
        assert_eq!(
            CoreShape::parse_dims("4x1x256x2").unwrap(),
            Dims { ci: 4, px: 1, rows: 256, q: Some(2), drained: None, digit: None }
        );
        assert_eq!(
            CoreShape::parse_dims("4x4x8x2x2@4").unwrap(),
            Dims { ci: 4, px: 4, rows: 8, q: Some(2), drained: Some(2), digit: Some(4) }
        );
    }
}
