//! FPGA profiles: what a device has, and how much of it a core may use.

mod profile;

pub use profile::{BlockRam, Device, Dram, Family, Pins, Target, TargetError};
