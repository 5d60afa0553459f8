//! Configurations as people have them, each proved with each product that is run.

use std::collections::BTreeSet;

use gateway_core::prove::{Badge, markdown};

use crate::{proved, run};

/// A name and a configuration.
pub(crate) type Named = (&'static str, &'static str);

macro_rules! yaml {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("realistic/", $name, ".yaml")))),*]
    };
}

/// All of them.
pub(crate) const ALL: [Named; 10] = yaml![
    "admin",
    "backend_as_a_service",
    "browser_backend",
    "canary",
    "hosts",
    "legacy",
    "saas_api",
    "shop",
    "streaming",
    "webhooks",
];

async fn each_is_proved(product: &str) {
    let mut wrong = String::new();
    for (name, yaml) in ALL {
        let proof = proved(product, yaml, None).await;
        let asked: usize = proof.classes.iter().map(|class| class.asked).sum();
        assert!(asked > 100, "{name}: only {asked} requests were sent");
        if proof.badge != Badge::Proved {
            wrong.push_str(&format!("# {name}\n\n{}\n", markdown(&proof)));
        }
    }
    assert!(wrong.is_empty(), "{product}\n\n{wrong}");
}

/// A test a product, so that they run side by side.
macro_rules! products {
    ($($product:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $product() {
                each_is_proved(stringify!($product)).await;
            }
        )*

        const TRIED: &[&str] = &[$(stringify!($product)),*];
    };
}

products![caddy, envoy, haproxy, nginx, traefik];

#[test]
fn every_product_that_is_run_is_tried_with_realistic_configurations() {
    let tried: BTreeSet<_> = TRIED.iter().copied().collect();
    let all: BTreeSet<_> = run().map(|product| product.id).collect();
    assert_eq!(tried, all);
}
