//! `gatewright.yaml`: the config as a file.
