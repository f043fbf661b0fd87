//! Progress on a terminal; indicatif hides itself in a pipe.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A spinner for work of unknown length.
pub(super) fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// A bar over a known number of things.
pub(super) fn bar(what: &str, total: u64) -> ProgressBar {
    styled(what, total, "{msg} {bar:40} {pos}/{len} {eta}")
}

/// A bar over work whose unit says nothing to a user.
pub(super) fn share(what: &str, total: u64) -> ProgressBar {
    styled(what, total, "{msg} {bar:40} {percent} % {eta}")
}

fn styled(what: &str, total: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(total).with_message(what.to_owned());
    style.map_or(bar.clone(), |style| bar.with_style(style))
}
