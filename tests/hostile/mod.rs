//! Arguments, files and streams that mean harm.

mod attack;
mod files;
mod runs;
