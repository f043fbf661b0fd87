//! The report page of a quantization.

use super::QuantReport;
use crate::hw::EmitError;

/// One self-contained HTML page.
pub fn quantization_page(report: &QuantReport) -> Result<String, EmitError> {
    Ok(format!("<pre>{}</pre>", super::quantization_table(report)))
}
