//! The report page of a quantization: one HTML file that needs nothing else.

mod chart;
mod figures;
mod layer;
mod view;

pub use view::quantization_page;
