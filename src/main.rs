//! The `rowsmith` binary.

use rowsmith::cli::{self, Outcome};

fn main() -> Outcome {
    cli::main()
}
