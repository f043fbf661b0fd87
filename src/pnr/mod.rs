//! Place and route: how fast a core is on a device, what it takes there, and which of its modules sets the pace.

mod error;
mod job;
mod nextpnr;
mod packer;
mod path;
mod report;
mod router;
mod scopes;
mod seeds;

pub use error::RouteError;
pub use job::{Placer, RouteJob};
pub use nextpnr::Nextpnr;
pub use packer::Packer;
pub use path::{CriticalPath, Segment};
pub use report::{RouteReport, Used};
pub use router::Router;
pub use scopes::Place;
pub use seeds::{Miss, SeedReport, SeedResult};
