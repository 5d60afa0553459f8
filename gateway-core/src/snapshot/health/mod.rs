//! Whether a target is well: what checks say, and what requests say.

pub mod checked;
pub mod ejection;
