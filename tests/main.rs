//! All that is tested without hardware tools, in one program: it is built once and its tests run side by side.

mod common;

mod arrays;
mod command_line;
mod emit;
mod errors;
mod examples;
mod fine_types;
mod golden;
mod host;
mod hostile;
mod kills;
mod lut_tables;
mod manifest;
mod number_systems;
mod onnx;
mod planner;
mod plans;
mod prescribed;
mod quant;
mod quantization_page;
mod quantize;
mod refusals;
mod rooms;
mod run;
mod shared_cores;
mod wide;
mod widths;
