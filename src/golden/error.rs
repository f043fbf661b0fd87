//! Inputs that do not fit the network.

/// Why an input image was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum GoldenError {
    /// The image has another number of values than the input tensor.
    #[error("image {image} has {found} values, but the input `{input}` needs {expected}")]
    #[diagnostic(code("RWS-G001"), help("give channels x height x width values, in this order"))]
    Length {
        /// Index in the batch.
        image: usize,
        /// Name of the input tensor.
        input: String,
        /// Values given.
        found: usize,
        /// Values needed.
        expected: usize,
    },
    /// A value lies outside the type of the input tensor.
    #[error("image {image}: value {value} at index {index} is outside {lo} to {hi}")]
    #[diagnostic(code("RWS-G002"), help("quantize the image to the type of the network's input"))]
    Value {
        /// Index in the batch.
        image: usize,
        /// Position in the image.
        index: usize,
        /// The value.
        value: i32,
        /// Smallest value allowed.
        lo: i32,
        /// Largest value allowed.
        hi: i32,
    },
}
