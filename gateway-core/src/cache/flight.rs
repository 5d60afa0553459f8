//! Requests for the same answer at the same time: one asks the service, the others wait for what it
//! gets (collapsed forwarding).

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::key::Key;
use super::vary::Selecting;

/// What is asked for: a key, and what is known to select among its answers.
pub type FlightKey = (Arc<Key>, Selecting);

/// All that is being asked for.
#[derive(Clone, Default)]
pub struct Flights(Arc<Mutex<HashMap<FlightKey, watch::Receiver<Landing>>>>);

/// How a request for an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// It has not.
    Flying,
    /// The answer is kept, or at least something is.
    Kept,
    /// The answer is of no use to anyone else.
    OfNoUse,
}

/// Part of a request in a flight.
pub enum Seat {
    /// It asks the service.
    Lead(Lead),
    /// Another asks, for it as well.
    Wait(watch::Receiver<Landing>),
}

/// Asks for all who wait; however it ends, they go on.
pub struct Lead {
    flights: Flights,
    key: Option<FlightKey>,
    told: watch::Sender<Landing>,
}

impl Flights {
    /// Takes part in the flight for `key`, which begins if there is none.
    pub fn join(&self, key: FlightKey) -> Seat {
        let mut flights = self.0.lock();
        if let Some(flight) = flights.get(&key) {
            return Seat::Wait(flight.clone());
        }
        let (told, flight) = watch::channel(Landing::Flying);
        flights.insert(key.clone(), flight);
        Seat::Lead(Lead {
            flights: self.clone(),
            key: Some(key),
            told,
        })
    }

    /// How many there are.
    pub fn running(&self) -> usize {
        self.0.lock().len()
    }
}

impl Lead {
    /// Ends the flight.
    pub fn land(mut self, how: Landing) {
        self.end(how);
    }

    fn end(&mut self, how: Landing) {
        if let Some(key) = self.key.take() {
            self.flights.0.lock().remove(&key);
            // Nobody waits: nobody needs to know.
            let _ = self.told.send(how);
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // Whoever waited asks anew: one of them leads.
        self.end(Landing::Kept);
    }
}

/// Waits until a flight has ended.
pub async fn landed(mut flight: watch::Receiver<Landing>) -> Landing {
    match flight.wait_for(|landing| *landing != Landing::Flying).await {
        Ok(landing) => *landing,
        Err(_) => Landing::Kept,
    }
}
