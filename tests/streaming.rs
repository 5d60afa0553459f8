//! Bodies stream through, and what cuts them off is noticed.
