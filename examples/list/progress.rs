//! The progress bar: what is being done, how far, how long yet. On standard error, and only where that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

const DONE_AND_TODO: &str = "━╸─";

/// A bar over this many jobs that are made.
pub(crate) fn over_jobs(count: u64) -> ProgressBar {
    let bar = ProgressBar::new(count);
    bar.set_style(style("{msg:10} {bar:32} {human_pos} of {human_len} jobs  {eta} left"));
    bar
}

/// A bar over the bytes of a file, whose length becomes known when it is opened.
pub(crate) fn over_file() -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.set_style(style("{msg:10} {bar:32} {bytes} of {total_bytes}  {eta} left"));
    bar
}

/// A count of the bytes of a stream that ends when it ends.
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
