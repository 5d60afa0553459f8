//! Why a token is not good.

use crate::config::TokenAlgorithm;

/// Why a token is not good. Its text is for the log and names the claim; it holds nothing that
/// would make the token good again. [`Self::told`] is for the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than any token needs to be.
    #[error("The token is longer than {most} bytes.")]
    TooLong {
        /// The most that is taken.
        most: usize,
    },
    /// Not of the form `header.claims.signature`; the text says what is wrong.
    #[error("What was sent is no token: {0}.")]
    Malformed(&'static str),
    /// `crit` names what has to be understood, and nothing is that is not in RFC 7515.
    #[error("The token's header has `crit`, which names extensions that are not known here.")]
    Critical,
    /// `none`, or no algorithm at all that is known.
    #[error("The token's algorithm `{0}` is not one that signs.")]
    AlgorithmUnknown(String),
    /// Not on the issuer's list.
    #[error("The token is signed with {0:?}, which is not among the issuer's `algorithms`.")]
    AlgorithmRefused(TokenAlgorithm),
    /// Nobody whose tokens are taken on this route.
    #[error("The token's `iss` is {0}, which is no issuer that this route takes.")]
    IssuerUnknown(String),
    /// The set has several keys, and the token does not say which.
    #[error("The token's header has no `kid`, and the issuer has more than one key.")]
    KeyUnnamed,
    /// The set has no such key.
    #[error("The issuer has no key that is called `{0}`.")]
    KeyUnknown(String),
    /// The key is not for this algorithm.
    #[error("The key that the token names is not one for {0:?}.")]
    KeyUnfit(TokenAlgorithm),
    /// Changed, or signed by somebody else.
    #[error("The token's signature is not right.")]
    Signature,
    /// A claim is missing, of the wrong type or not as it has to be.
    #[error("The token's `{claim}` {problem}.")]
    Claim {
        /// The claim.
        claim: &'static str,
        /// What is wrong with it, with its value.
        problem: String,
        /// What is wrong with it, for the caller.
        told: &'static str,
    },
}

impl TokenError {
    /// What the caller is told: plain ASCII without `"` and `\`, as RFC 6750 wants it in
    /// `error_description`.
    pub fn told(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "The token is too long.",
            Self::Malformed(_) => "What was sent is no token.",
            Self::Critical => "The token needs extensions that are not known here (crit).",
            Self::AlgorithmUnknown(_) | Self::AlgorithmRefused(_) => {
                "The algorithm of the token is not taken (alg)."
            }
            Self::IssuerUnknown(_) => "Tokens of this issuer are not taken here (iss).",
            Self::KeyUnnamed => "The token must name its key (kid).",
            Self::KeyUnknown(_) | Self::KeyUnfit(_) => "The key of the token is not known (kid).",
            Self::Signature => "The signature of the token is not right.",
            Self::Claim { told, .. } => told,
        }
    }
}

/// A text of the token's, short and without control characters.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = text.escape_debug().take(MOST).collect();
    if text.chars().count() > MOST {
        shown.push('…');
    }
    shown
}
