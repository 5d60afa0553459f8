//! The form of a config, checked before anything is compiled.
