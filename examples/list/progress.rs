//! The progress bar: the current step, its progress and the time that is left. The bar is on standard error, and only
//! if standard error is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

const DONE_AND_TODO: &str = "━╸─";

/// A bar for this many jobs to make.
pub(crate) fn over_jobs(count: u64) -> ProgressBar {
    let bar = ProgressBar::new(count);
    bar.set_style(style("{msg:10} {wide_bar} {human_pos} of {human_len} jobs  {eta} left"));
    bar
}

/// A bar for the bytes of a file. Opening the file sets the length.
pub(crate) fn over_file() -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.set_style(style("{msg:10} {wide_bar} {bytes} of {total_bytes}  {eta} left"));
    bar
}

/// A count of the bytes of a stream of unknown length.
pub(crate) fn over_stream() -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.set_style(style("{msg:10} {spinner} {bytes}  {elapsed}"));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars(DONE_AND_TODO)
}
