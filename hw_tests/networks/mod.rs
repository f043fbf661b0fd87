//! Networks on cores of all families, against the golden model and the cycle model.

mod corners;
mod harness;
mod maxima;
mod seeds;
mod strips;
