//! ONNX files, QONNX included: read, and brought into the form of a float graph.

mod array;
mod attributes;
mod call;
mod classical;
mod conv;
mod data;
mod draft;
mod elementwise;
mod error;
mod fault;
mod finish;
mod fold;
mod fuse;
mod import;
mod limits;
mod load;
mod names;
mod operators;
mod order;
mod output;
mod pad;
mod padding;
mod pool;
mod proto;
mod qlinear;
mod quant;
mod rectifier;
mod resize;
mod scaling;
mod shape;
mod view;
mod weights;
mod window;

pub use error::OnnxError;
pub use fault::{NodeFault, Reason};
pub use load::{load, load_output, read};
