//! ONNX files, QONNX included: read, and brought into the form of a float graph.

mod act;
mod array;
mod attributes;
mod broadcast;
mod call;
mod data;
mod domain;
mod draft;
mod error;
mod fault;
mod finish;
mod fuse;
mod import;
mod limits;
mod load;
mod names;
mod operator;
mod ops;
mod order;
mod output;
mod padding;
mod picks;
mod proto;
mod scaling;
mod view;
mod weights;
mod window;

pub use error::OnnxError;
pub use fault::{NodeFault, Reason};
pub use load::{load, load_output, read};
