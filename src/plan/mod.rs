//! Planner: from a network and a target to a core's shape, row order, memory map, program, cycles and resources.

mod build;
mod cost;
mod cycles;
mod error;
pub mod fields;
mod flow;
mod graph;
mod lane;
mod layout;
mod loads;
mod lowering;
mod memory;
mod model;
mod order;
mod ratio;
mod search;
mod shape;
mod splits;
mod support;
mod survey;
mod uses;
mod widths;

pub use build::{ArrayBuild, multiplier_cells};
pub use cost::{ModuleCost, Resources, Term};
pub use error::PlanError;
pub use graph::{Residual, Step, StepGraph, StepKind, Stored};
pub use lane::{Lane, Operand, clog2};
pub use layout::{ActLayout, Fold, Tap};
pub use model::{Memories, Place, Plan, PlannedStep, ResLayout};
pub use order::{Orders, RowOrder, conv, matrix};
pub use ratio::lut_share;
pub use search::Request;
pub use shape::{ArraySpec, CoreShape, Dims};
pub use splits::ArrayUse;
pub use survey::Survey;
pub use widths::{Constants, Widths, settle, shifted};
