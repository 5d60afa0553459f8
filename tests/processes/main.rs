//! Programs that the gateway runs for its services (PR-1 to PR-5, SE-4): real programs, good and bad.

mod harness;

mod badly_behaved;
mod by_hand;
mod changes;
mod health;
mod languages;
mod load;
mod trust;
