//! What tells one network from another: the hash of its files.

/// Hash of both files; the length keeps bytes from moving from one to the other unnoticed.
pub(super) fn digest(manifest: &[u8], weights: Option<&[u8]>) -> String {
    let weights = weights.unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(manifest.len() as u64).to_le_bytes());
    hasher.update(manifest);
    hasher.update(weights);
    hasher.finalize().to_hex().to_string()
}
