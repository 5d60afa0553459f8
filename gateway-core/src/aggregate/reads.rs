//! What of a caller's request is put into those for parts: answers to requests that differ in it are
//! never taken for each other.

use http::{HeaderName, Method};

use super::plan::{ForEach, Part, Plan};
use super::reference::{Reference, Root};

/// What of a caller's request is put into those for parts, beside its path and its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Headers.
    pub headers: Vec<HeaderName>,
    /// Parameters of the query, decoded.
    pub query: Vec<String>,
}

impl Plan {
    /// What of a caller's request is put into those for parts.
    pub fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        for reference in self.parts.iter().flat_map(Part::references) {
            match &reference.root {
                Root::Header(name) => reads.headers.push(name.clone()),
                Root::Query(name) => reads.query.push(name.clone()),
                Root::Part(_) | Root::Item | Root::Path(_) | Root::Body => {}
            }
        }
        reads
            .headers
            .sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        reads.headers.dedup();
        reads.query.sort_unstable();
        reads.query.dedup();
        reads
    }

    /// The first part that is more than a question, so that it has to be asked for each time.
    pub fn changing(&self) -> Option<&Part> {
        self.parts.iter().find(|part| part.method != Method::GET)
    }
}

impl Part {
    /// All that its request is made of.
    fn references(&self) -> Vec<&Reference> {
        // No `..`: whatever a request is made of tells answers apart.
        let Self {
            name: _,
            service: _,
            method: _,
            path,
            query,
            headers,
            body,
            timeout: _,
            required: _,
            retries: _,
            mount: _,
            must_be_object: _,
            shape: _,
            default: _,
            max_bytes: _,
            for_each,
            needs: _,
            is_needed: _,
        } = self;
        let of_query = query.iter().map(|(_, text)| text);
        let of_headers = headers.iter().map(|(_, text)| text);
        let texts = std::iter::once(path).chain(of_query).chain(of_headers);
        let mut all: Vec<_> = texts.flat_map(|text| text.references()).collect();
        if let Some(body) = body {
            body.references(&mut all);
        }
        all.extend(for_each.iter().map(|ForEach { list, .. }| list));
        all
    }
}
