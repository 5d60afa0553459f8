//! One answer made of several. [`plan`] is what a route has of it, [`template`] what is put into the
//! requests for parts and [`reference`] where that is taken from, [`reads`] what of that is the caller's,
//! [`run`] asks for them, [`call`] is such a
//! request and [`reply`] its answer, [`merge`] makes the answer and says which rule decided.
//! Nothing here opens a connection: who is asked is up to [`ask::Ask`].

pub mod ask;
pub mod call;
pub mod lanes;
mod list;
pub mod merge;
pub mod plan;
pub mod read;
pub mod reads;
pub mod reference;
pub mod reply;
pub mod run;
pub mod shape;
pub mod simulate;
pub mod template;

#[cfg(test)]
mod tests;
