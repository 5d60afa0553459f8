//! Ways to show who is asking, alone and together.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::harness::signers::{Signer, time};
use crate::harness::{TestGateway, Upstream, assert_free_of, exchange_raw, gateway, upstream};

const PASSWORD: &str = "grüße:an:alle";
const ISS: &str = "https://id.example/";

/// Hashing takes a while, so it is done once for all tests of a process.
async fn hash() -> &'static str {
    static HASH: OnceCell<String> = OnceCell::const_new();
    HASH.get_or_init(|| async { gateway_core::passwords::hash(PASSWORD) })
        .await
}

async fn yaml(shop: &Upstream, keys: &std::path::Path, authentication: &str) -> String {
    format!(
        "
version: 1
listen: {{port: 1}}
services: [{{name: shop, targets: [{{url: '{}'}}]}}]
consumers:
  - {{name: anna, groups: [staff], scopes: [own], password_hash: '{}'}}
  - {{name: berta}}
issuers:
  - {{name: id, issuer: '{ISS}', audiences: [shop], algorithms: [ES256], jwks: {{file: '{}'}}}}
routes:
  - {{name: shop, service: shop, match: {{path: /shop}}, authentication: {{{authentication}}}}}
",
        shop.url(),
        hash().await,
        keys.display()
    )
}

/// A gateway and all that callers could show it.
struct Doorkeeper {
    gateway: TestGateway,
    shop: Upstream,
    signer: Signer,
    key: String,
    keys: tempfile::NamedTempFile,
}

impl Doorkeeper {
    async fn new(authentication: &str) -> Self {
        let shop = upstream("ok").await;
        let signer = Signer::new("ES256");
        let keys = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(keys.path(), signer.jwks("one")).unwrap();
        let gateway = gateway(&yaml(&shop, keys.path(), authentication).await).await;
        let key = gateway.issue_key("mobile");
        Self {
            gateway,
            shop,
            signer,
            key,
            keys,
        }
    }

    async fn apply(&self, authentication: &str) {
        let yaml = yaml(&self.shop, self.keys.path(), authentication).await;
        self.gateway.apply(&yaml).await;
    }

    fn token(&self, good: bool) -> String {
        let exp = time(if good { 600 } else { -600 });
        let claims = serde_json::json!({"iss": ISS, "aud": "shop", "sub": "tanja", "scope": "read", "exp": exp});
        self.signer.token("ES256", "one", &claims)
    }

    async fn ask(&self, headers: &[(&str, String)]) -> reqwest::Response {
        let request = self.gateway.client.get(self.gateway.url("/shop"));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, value)
        });
        request.send().await.unwrap()
    }
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// What a caller shows of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    Nothing,
    Good,
    Bad,
}

const SHOWN: [Shown; 3] = [Shown::Nothing, Shown::Good, Shown::Bad];

/// The rule, said once more: who the caller is, or the code it is refused with.
fn expected(
    order: &[&str],
    shown: [Shown; 3],
    all: bool,
    anonymous: bool,
) -> Result<Option<&'static str>, &'static str> {
    let of = |way: &str| match way {
        "api_key" => (shown[0], "mobile", "key_malformed"),
        "basic" => (shown[1], "anna", "password_invalid"),
        _ => (shown[2], "tanja", "token_invalid"),
    };
    let mut ways = order.iter().map(|way| of(way));
    if anonymous && shown == [Shown::Nothing; 3] {
        return Ok(None);
    }
    if !all {
        return match ways.find(|(shown, ..)| *shown != Shown::Nothing) {
            None => Err("credential_missing"),
            Some((Shown::Good, who, _)) => Ok(Some(who)),
            Some((_, _, code)) => Err(code),
        };
    }
    for (shown, _, code) in ways.clone() {
        match shown {
            Shown::Nothing => return Err("credential_missing"),
            Shown::Bad => return Err(code),
            Shown::Good => {}
        }
    }
    Ok(ways.next().map(|(_, who, _)| who))
}

#[tokio::test]
async fn whatever_is_shown_any_all_and_anonymous_mean_what_they_say() {
    let door = Doorkeeper::new("methods: [api_key]").await;
    for order in [["api_key", "basic", "jwt"], ["jwt", "api_key", "basic"]] {
        for (all, anonymous) in [(false, false), (false, true), (true, false), (true, true)] {
            let require = if all { "all" } else { "any" };
            let methods = order.join(", ");
            door.apply(&format!(
                "methods: [{methods}], require: {require}, anonymous: {anonymous}"
            ))
            .await;
            for n in 0..27 {
                let shown = [SHOWN[n % 3], SHOWN[n / 3 % 3], SHOWN[n / 9]];
                let mut headers = Vec::new();
                let mut show = |shown, name, good: String, bad: String| match shown {
                    Shown::Nothing => {}
                    Shown::Good => headers.push((name, good)),
                    Shown::Bad => headers.push((name, bad)),
                };
                show(
                    shown[0],
                    "x-api-key",
                    door.key.clone(),
                    "gw_dev_wrong".to_owned(),
                );
                let auth = "authorization";
                show(
                    shown[1],
                    auth,
                    basic("anna", PASSWORD),
                    basic("anna", "wrong"),
                );
                let [good, bad] = [true, false].map(|good| format!("Bearer {}", door.token(good)));
                show(shown[2], auth, good, bad);
                let before = door.shop.seen().len();
                let answer = door.ask(&headers).await;
                let case = format!("{order:?} {require} anonymous={anonymous} {shown:?}");
                match expected(&order, shown, all, anonymous) {
                    Ok(who) => {
                        assert_eq!(answer.status(), 200, "{case}");
                        let seen = door.shop.seen().pop().unwrap();
                        let named = seen.headers.get("x-consumer-id");
                        let named = named.map(|name| name.to_str().unwrap());
                        assert_eq!(named, who, "{case}");
                    }
                    Err(code) => {
                        assert_eq!(answer.status(), 401, "{case}");
                        let challenges: Vec<_> = answer
                            .headers()
                            .get_all("www-authenticate")
                            .iter()
                            .collect();
                        assert_eq!(challenges.len(), 3, "{case}: {challenges:?}");
                        let problem: Value = answer.json().await.unwrap();
                        assert_eq!(problem["code"], code, "{case}");
                        assert_eq!(door.shop.seen().len(), before, "{case}");
                    }
                }
            }
        }
    }
}

/// RFC 7617
#[tokio::test]
async fn a_name_and_its_password_are_taken_and_stay_here() {
    let door = Doorkeeper::new("methods: [basic]").await;
    for _ in 0..3 {
        let answer = door
            .ask(&[("authorization", basic("anna", PASSWORD))])
            .await;
        assert_eq!(answer.status(), 200);
    }
    let seen = door.shop.seen().pop().unwrap();
    assert_eq!(seen.headers["x-consumer-id"], "anna");
    assert_eq!(seen.headers["x-credential-id"], "anna");
    assert!(!seen.headers.contains_key("authorization"));
    for (credential, reason) in [
        (
            basic("anna", "wrong"),
            "The password of consumer `anna` is wrong.",
        ),
        (
            basic("anna", ""),
            "The password of consumer `anna` is wrong.",
        ),
        (basic("berta", ""), "Consumer `berta` has no password."),
        (
            basic("Anna", PASSWORD),
            "No consumer has the name that was sent.",
        ),
        (
            basic("", PASSWORD),
            "No consumer has the name that was sent.",
        ),
        (basic("zoe", "x"), "No consumer has the name that was sent."),
        ("Basic ####".to_owned(), "What was sent is no name"),
        ("Basic YW5uYQ==".to_owned(), "What was sent is no name"),
        (
            "Basic ".to_owned() + &"YTph".repeat(2_000),
            "What was sent is no name",
        ),
    ] {
        let answer = door.ask(&[("authorization", credential)]).await;
        assert_eq!(answer.status(), 401, "{reason}");
        assert_eq!(
            answer.headers()["www-authenticate"],
            "Basic realm=\"gatewright\", charset=\"UTF-8\""
        );
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "password_invalid");
        assert!(!problem["detail"].to_string().contains("anna"), "{problem}");
        let (_, _, sentence) = door.gateway.newest().await;
        let reason = reason.trim_end_matches('.').to_lowercase();
        assert!(sentence.to_lowercase().contains(&reason), "{sentence}");
    }
    let two = [basic("anna", PASSWORD), basic("anna", "other")];
    let two = two.map(|credential| ("authorization", credential));
    assert_eq!(door.ask(&two).await.status(), 401, "several different ones");
}

#[tokio::test]
async fn a_changed_password_is_in_force_at_once() {
    let door = Doorkeeper::new("methods: [basic]").await;
    let old = [("authorization", basic("anna", PASSWORD))];
    assert_eq!(door.ask(&old).await.status(), 200);
    let yaml = yaml(&door.shop, door.keys.path(), "methods: [basic]").await;
    let changed = yaml.replace(hash().await, &gateway_core::passwords::hash("new"));
    door.gateway.apply(&changed).await;
    assert_eq!(door.ask(&old).await.status(), 401);
    let new = [("authorization", basic("anna", "new"))];
    assert_eq!(door.ask(&new).await.status(), 200);
}

#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    let door = Doorkeeper::new("methods: [basic]").await;
    let time = async |name: &str| {
        let mut times = Vec::new();
        for n in 0..9 {
            let header = [("authorization", basic(name, &format!("wrong {n}")))];
            let began = std::time::Instant::now();
            assert_eq!(door.ask(&header).await.status(), 401);
            times.push(began.elapsed());
        }
        times.sort();
        times[4]
    };
    let (known, unknown) = (time("anna").await, time("nobody").await);
    assert!(
        unknown * 3 > known && known * 3 > unknown,
        "{known:?} and {unknown:?}"
    );
}

#[tokio::test]
async fn a_flood_of_wrong_passwords_holds_no_other_request() {
    let door = Doorkeeper::new("methods: [basic, api_key]").await;
    let wrong: Vec<_> = (0..40)
        .map(|n| [("authorization", basic("anna", &n.to_string()))])
        .collect();
    let flood = async {
        let answers = wrong.iter().map(|header| door.ask(header));
        let answers = futures_util::future::join_all(answers).await;
        assert!(answers.iter().all(|answer| answer.status() == 401));
        std::time::Instant::now()
    };
    let keyed = async {
        for _ in 0..10 {
            let answer = door.ask(&[("x-api-key", door.key.clone())]).await;
            assert_eq!(answer.status(), 200);
        }
        std::time::Instant::now()
    };
    let (flood_ended, keyed_ended) = tokio::join!(flood, keyed);
    assert!(keyed_ended < flood_ended);
}

#[tokio::test]
async fn an_authorization_that_was_not_used_goes_on_to_the_service() {
    let door = Doorkeeper::new("methods: [api_key, jwt]").await;
    let theirs = ("authorization", "Basic dGhlaXJzOg==".to_owned());
    let key = ("x-api-key", door.key.clone());
    assert_eq!(door.ask(&[key, theirs.clone()]).await.status(), 200);
    let seen = door.shop.seen().pop().unwrap();
    assert_eq!(seen.headers["authorization"], theirs.1.as_str());
    assert!(!seen.headers.contains_key("x-api-key"));
    // A bearer token that is a key is one, also where tokens are taken.
    let bearer = format!("Bearer {}", door.key);
    assert_eq!(door.ask(&[("authorization", bearer)]).await.status(), 200);
    let token = format!("Bearer {}", door.token(true));
    assert_eq!(door.ask(&[("authorization", token)]).await.status(), 200);
    let seen = door.shop.seen().pop().unwrap();
    assert_eq!(seen.headers["x-consumer-id"], "tanja");
    assert!(!seen.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_caller_cannot_say_who_it_is_by_itself() {
    let door = Doorkeeper::new("methods: [jwt], anonymous: true").await;
    let lies = [
        "forwarded",
        "x-consumer-id",
        "x-credential-id",
        "x-real-ip",
        "x_consumer_groups",
        "x_consumer-id",
        "x_consumer_id",
        "x_consumer_scopes",
        "x_credential_id",
        "x_forwarded_for",
        "x_forwarded_host",
        "x_forwarded_proto",
        "x_real_ip",
        "x_request_id",
    ];
    let lies = lies.map(|name| (name, "root".to_owned()));
    assert_eq!(door.ask(&lies).await.status(), 200);
    let seen = door.shop.only();
    for (name, _) in lies {
        assert!(!seen.headers.contains_key(name), "{name}");
    }
}

/// Many servers read `X_API_KEY` as `X-API-Key`.
#[tokio::test]
async fn a_key_stays_here_and_out_of_the_log_however_its_header_is_spelt() {
    let door = Doorkeeper::new("methods: [jwt, api_key], anonymous: true").await;
    let spellings = ["x_api_key", "X_API-KEY", "x-api_key"];
    let smuggled = |secret: &str| spellings.map(|name| (name, secret.to_owned())).to_vec();
    let ways = [
        ("smuggled-beside-a-key", "x-api-key", door.key.clone()),
        (
            "smuggled-beside-a-key-as-token",
            "authorization",
            format!("Bearer {}", door.key),
        ),
        (
            "smuggled-beside-a-token",
            "authorization",
            format!("Bearer {}", door.token(true)),
        ),
        ("smuggled-alone", "accept", "*/*".to_owned()),
    ];
    for (secret, name, value) in &ways {
        let mut headers = smuggled(secret);
        headers.push((name, value.clone()));
        headers.push(("x_mine", "theirs".to_owned()));
        assert_eq!(door.ask(&headers).await.status(), 200, "{secret}");
        let seen = door.shop.seen().pop().unwrap();
        for name in spellings {
            assert!(!seen.headers.contains_key(name), "{secret}: {name}");
        }
        assert_eq!(seen.headers["x_mine"], "theirs");
    }
    // A key that the token beside it made needless.
    let token = format!("Bearer {}", door.token(true));
    let beside = [("authorization", token), ("x-api-key", door.key.clone())];
    assert_eq!(door.ask(&beside).await.status(), 200);
    let seen = door.shop.seen().pop().unwrap();
    assert_eq!(seen.headers["x-consumer-id"], "tanja");
    assert!(!seen.headers.contains_key("x-api-key"));
    // Where no keys are taken, it is the service's own.
    door.apply("methods: [basic]").await;
    let mut headers = smuggled("smuggled-to-the-service");
    headers.push(("authorization", basic("anna", PASSWORD)));
    assert_eq!(door.ask(&headers).await.status(), 200);
    let seen = door.shop.seen().pop().unwrap();
    assert_eq!(seen.headers["x_api_key"], "smuggled-to-the-service");

    assert_eq!(door.gateway.rows().await.len(), ways.len() + 2);
    let secrets = ["smuggled", &door.key];
    let dir = door.gateway.stop().await;
    assert_free_of(dir.path(), &secrets);
}

/// KEY-4: whatever the caller was known by.
#[tokio::test]
async fn a_key_beside_what_the_caller_was_known_by_stays_here() {
    let door = Doorkeeper::new("methods: [api_key]").await;
    let key = door.key.clone();
    let bearer = |token: &str| ("authorization", format!("Bearer {token}"));
    let header = ("x-api-key", key.clone());
    let theirs = bearer("for-the-service");
    let query = format!("/shop?a=1&api_key={key}&b=2");
    let asker = Upstream::start(|_| http::Response::new(crate::harness::full(""))).await;
    let forward = format!(
        "methods: [forward, api_key], forward: {{url: '{}', request_headers: [Authorization]}}",
        asker.url()
    );
    let ways = "methods: [jwt, basic, api_key]";
    let anna = ("authorization", basic("anna", PASSWORD));
    let token = bearer(&door.token(true));
    for (authentication, path, shown, left) in [
        (
            "methods: [api_key]",
            "/shop",
            vec![header.clone(), bearer(&key)],
            None,
        ),
        (
            "methods: [api_key]",
            "/shop",
            vec![header.clone(), theirs.clone()],
            Some("Bearer for-the-service"),
        ),
        (
            "methods: [api_key, jwt]",
            "/shop",
            vec![header, bearer(&key)],
            None,
        ),
        (ways, "/shop", vec![token.clone(), bearer(&key)], None),
        (ways, &query, vec![token], None),
        (ways, &query, vec![anna], None),
        (&forward, "/shop", vec![bearer(&key)], None),
        (
            &forward,
            &query,
            vec![theirs],
            Some("Bearer for-the-service"),
        ),
    ] {
        let yaml = yaml(&door.shop, door.keys.path(), authentication).await;
        let places = "api_keys: {query: api_key}\n";
        door.gateway.apply(&format!("{yaml}{places}")).await;
        let request = door.gateway.client.get(door.gateway.url(path));
        let request = shown.iter().fold(request, |request, (name, value)| {
            request.header(*name, value)
        });
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{authentication} {path} {shown:?}");
        let seen = door.shop.seen().pop().unwrap();
        assert!(
            !format!("{seen:?}").contains(&key),
            "{authentication} {path}: {seen:?}"
        );
        let authorization = seen.headers.get("authorization");
        assert_eq!(authorization.map(|value| value.to_str().unwrap()), left);
    }
}

/// KEY-4
#[tokio::test]
async fn what_begins_as_a_key_beside_another_one_is_refused_and_reaches_nobody() {
    let door = Doorkeeper::new("methods: [api_key]").await;
    let mistyped = format!("{}x", door.key);
    let short = &door.key[..20];
    for other in [
        &mistyped,
        short,
        "gw_",
        &gateway_core::keys::format::generate(),
    ] {
        let bearer = format!("bearer {other}");
        let shown = [("x-api-key", door.key.clone()), ("authorization", bearer)];
        let answer = door.ask(&shown).await;
        assert_eq!(answer.status(), 401, "{other}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "key_duplicate");
    }
    assert!(door.shop.seen().is_empty());
}

#[tokio::test]
async fn no_password_is_written_down() {
    let door = Doorkeeper::new("methods: [basic]").await;
    for password in [PASSWORD, "wrong-password-1"] {
        door.ask(&[("authorization", basic("anna", password))])
            .await;
    }
    // The name and the password in the wrong order.
    door.ask(&[("authorization", basic("typed-in-the-wrong-place", "anna"))])
        .await;
    let raw = format!(
        "GET http://anna:{PASSWORD}@a/shop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    );
    exchange_raw(door.gateway.address(), raw.as_bytes()).await;
    assert!(door.gateway.rows().await.len() >= 3);
    let secrets = [
        PASSWORD.to_owned(),
        "wrong-password-1".to_owned(),
        "typed-in-the-wrong-place".to_owned(),
        basic("anna", PASSWORD)[6..].to_owned(),
        basic("anna", "wrong-password-1")[6..].to_owned(),
        basic("typed-in-the-wrong-place", "anna")[6..].to_owned(),
    ];
    let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
    let dir = door.gateway.stop().await;
    assert_free_of(dir.path(), &secrets);
}

#[tokio::test]
async fn authentication_that_cannot_be_right_is_refused() {
    let door = Doorkeeper::new("methods: [basic]").await;
    for (authentication, path) in [
        (
            "methods: [basic, basic]",
            "routes[0].authentication.methods[1]",
        ),
        (
            "methods: [jwt], issuers: [nobody]",
            "routes[0].authentication.issuers[0]",
        ),
        (
            "methods: [jwt], issuers: [local]",
            "routes[0].authentication.issuers[0]",
        ),
        ("methods: [forward]", "routes[0].authentication.forward"),
        (
            "methods: [forward], forward: {url: 'ftp://a'}",
            "routes[0].authentication.forward.url",
        ),
        (
            "methods: [forward], forward: {url: 'http://localhost:1/x'}",
            "routes[0].authentication.forward.url",
        ),
        (
            "methods: [forward], forward: {url: 'http://a/', response_headers: [X-Consumer-Id]}",
            "routes[0].authentication.forward.response_headers[0]",
        ),
        (
            "methods: [forward], forward: {url: 'http://a/', request_headers: [Host]}",
            "routes[0].authentication.forward.request_headers[0]",
        ),
        // These are taken with a warning.
        ("anonymous: true", "routes[0].authentication.anonymous"),
        (
            "methods: [basic], issuers: [id]",
            "routes[0].authentication.issuers",
        ),
    ] {
        let yaml = yaml(&door.shop, door.keys.path(), authentication).await;
        let config = gateway_core::config::file::parse(&yaml).unwrap();
        let issues = door.gateway.gateway.validate(&config);
        let found = issues.iter().any(|issue| issue.path == path);
        assert!(found, "{authentication}: {issues:#?}");
    }
    let yaml = yaml(&door.shop, door.keys.path(), "methods: [basic]").await;
    for (from, to, path) in [
        ("name: berta", "name: anna", "consumers[1].name"),
        (
            "name: berta",
            "name: berta, plan: gold",
            "consumers[1].plan",
        ),
        (
            "name: berta",
            "name: berta, password_hash: secret",
            "consumers[1].password_hash",
        ),
        ("name: anna", "name: 'an:na'", "consumers[0].password_hash"),
    ] {
        let config = gateway_core::config::file::parse(&yaml.replacen(from, to, 1)).unwrap();
        let issues = door.gateway.gateway.validate(&config);
        assert!(
            issues.iter().any(|issue| issue.path == path),
            "{to}: {issues:#?}"
        );
    }
}
