//! Reports: what people read at the end, and the same as JSON.

mod design;
mod front;
mod page;
mod quantization;
mod routing;
mod table;

pub use design::{Accuracy, DesignReport, Measured, accuracy};
pub use front::{front_figure, front_table};
pub use page::quantization_page;
pub use quantization::{QUANT_REPORT, QuantReport, quantization_table};
pub use routing::route_text;
pub use table::{comparison_table, design_table, module_table, plan_table, resource_table};
