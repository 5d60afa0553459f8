//! The gateway without a window.

fn main() {}
