//! What the host does around a core, in the user's own arrays: which array of a file is meant, from its numbers to the
//! core's integers and back, labels, and how good results are.

mod convert;
mod inputs;
mod labels;
mod pick;
mod reference;
mod score;

pub use convert::{Encoded, decode, encode, output_values, quantize_input};
pub use inputs::{Batches, Images, InputFile, Units, load_images};
pub(crate) use labels::labels_in;
pub use labels::{Classes, load_labels};
pub(crate) use pick::{by_name, finite, samples};
pub use reference::{Reference, Results};
pub use score::{Difference, Score};
