//! Place and route: how fast a core is on a device, what it takes there, and which of its modules sets the pace.

mod error;
mod nextpnr;
mod packer;
mod path;
mod report;
mod router;
mod scopes;
mod seeds;

pub use error::RouteError;
pub use nextpnr::Nextpnr;
pub use packer::Packer;
pub use path::{CriticalPath, Place, Segment};
pub use report::{RouteReport, Used};
pub use router::{Placer, RouteJob, Router};
pub use seeds::{Miss, SeedReport, SeedResult};
