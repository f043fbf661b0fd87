//! Manifests and weights that are wrong, and what is said of them.

mod refused;
mod safetensors_file;
