use proptest::prelude::*;

use super::*;

fn redactor() -> Redactor {
    let redaction = Redaction {
        headers: vec!["X-Mine".to_owned()],
        fields: vec!["Pin".to_owned()],
    };
    let api_keys = ApiKeys {
        headers: vec!["X-Shop-Pass".to_owned()],
        query: Some("pass".to_owned()),
        ..ApiKeys::default()
    };
    Redactor::new(&redaction, &api_keys)
}

fn header(name: &str, value: &str) -> String {
    redactor().header(&name.parse().unwrap(), &value.parse().unwrap())
}

/// LG-3
#[test]
fn headers_that_hold_credentials_are_masked() {
    for (name, value, shown) in [
        ("Authorization", "Bearer abc", "Bearer •••"),
        ("authorization", "Basic dXNlcjpwYXNz", "Basic •••"),
        ("authorization", "abc", "•••"),
        (
            "authorization",
            "Bearer eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
            "Bearer eyJhbGciOi.eyJzdWIiOi.•••",
        ),
        ("cookie", "a=1; session=2", "a=•••; session=•••"),
        (
            "set-cookie",
            "s=abc; Path=/; HttpOnly",
            "s=•••; Path=/; HttpOnly",
        ),
        ("x-mine", "abc", "•••"),
        ("x-shop-pass", "abc", "•••"),
        ("X_Shop-Pass", "abc", "•••"),
        ("x_auth_token", "abc", "•••"),
        ("proxy_authorization", "Basic abc", "Basic •••"),
        ("set_cookie", "s=abc; Path=/", "s=•••; Path=/"),
        (
            "referer",
            "http://a/?pass=abc&b=1",
            "http://a/?pass=•••&b=1",
        ),
        ("x-auth-token", "abc", "•••"),
        (
            "referer",
            "https://u:p@a/b?token=abc&c=1#d",
            "https://•••@a/b?token=•••&c=1#d",
        ),
        ("accept", "text/html", "text/html"),
    ] {
        assert_eq!(header(name, value), shown, "{name}: {value}");
    }
}

#[test]
fn our_own_keys_are_masked_wherever_they_stand_and_still_tell_which() {
    let key = format::generate();
    let hint = format::hint(&key);
    assert_eq!(header("x-api-key", &key), hint);
    assert_eq!(
        header("x-other", &format!("is {key}!")),
        format!("is {hint}!")
    );
    assert_eq!(redactor().query(&format!("a={key}")), format!("a={hint}"));
    assert_eq!(redactor().text(&format!("/x/{key}")), format!("/x/{hint}"));
    assert_eq!(
        redactor().body(None, &format!("<k>{key}</k>")),
        format!("<k>{hint}</k>")
    );
}

#[test]
fn fields_of_queries_forms_and_json_are_masked() {
    let form = "application/x-www-form-urlencoded";
    for (kind, text, shown) in [
        (
            form,
            "user=a&PassWord=b&pin=1&pass%77ord=c",
            "user=a&PassWord=•••&pin=•••&pass%77ord=•••",
        ),
        (
            "application/json",
            r#"{"token": "a\"b", "n": 1}"#,
            r#"{"token": "•••", "n": 1}"#,
        ),
        (
            "application/json",
            r#"{"secret":{"a":["b"]},"x":"y"}"#,
            r#"{"secret":"•••","x":"y"}"#,
        ),
        (
            "application/json",
            r#"[{"pin":1234},{"pin":null}]"#,
            r#"[{"pin":"•••"},{"pin":"•••"}]"#,
        ),
        (
            "application/json",
            r#"{"p\u0069n":"1"}"#,
            r#"{"p\u0069n":"•••"}"#,
        ),
        (
            "application/json",
            r#"{"a":"token","b":"x"}"#,
            r#"{"a":"token","b":"x"}"#,
        ),
        (
            "application/problem+json",
            r#"{"password":"cut o"#,
            r#"{"password":"•••""#,
        ),
        ("text/plain", r#"{"password":"b"}"#, r#"{"password":"•••"}"#),
        ("application/json", r#"{"password":"#, r#"{"password":"#),
    ] {
        assert_eq!(redactor().body(Some(kind), text), shown, "{text}");
    }
    assert_eq!(redactor().query("a=1&api_key=x&b"), "a=1&api_key=•••&b");
}

#[test]
fn names_are_the_same_however_they_are_spelled() {
    for (kind, text, shown) in [
        (
            "application/json",
            r#"{"accessToken":"x","client-secret":"x","API_Key":"x","keys":"y"}"#,
            r#"{"accessToken":"•••","client-secret":"•••","API_Key":"•••","keys":"y"}"#,
        ),
        (
            "application/x-www-form-urlencoded",
            "user[password]=x&user.token=x&a[]=y&user%5Bpin%5D=x",
            "user[password]=•••&user.token=•••&a[]=y&user%5Bpin%5D=•••",
        ),
        ("", "password=x&a=b", "password=•••&a=b"),
    ] {
        assert_eq!(redactor().body(Some(kind), text), shown, "{text}");
    }
    assert_eq!(header("apikey", "x"), "•••", "a field's name as a header's");
}

#[test]
fn secrets_inside_of_text_inside_of_text_are_masked() {
    let json = "application/json";
    for (kind, text, shown) in [
        (
            json,
            r#"{"body":"{\"token\":\"x\",\"a\":\"{\\\"pin\\\":1}\"}"}"#,
            r#"{"body":"{\"token\":\"•••\",\"a\":\"{\\\"pin\\\":\\\"•••\\\"}\"}"}"#,
        ),
        (
            json,
            r#"{"body":"{\"token\":\"cut o"#,
            r#"{"body":"{\"token\":\"•••\""#,
        ),
        (
            json,
            r#"{"next":"https://u:p@a/b?token=x&c=1","d":"e"}"#,
            r#"{"next":"https://•••@a/b?token=•••&c=1","d":"e"}"#,
        ),
        (
            json,
            r#"{"next":"https:\/\/a\/?token=x"}"#,
            r#"{"next":"https://a/?token=•••"}"#,
        ),
        (
            "application/x-www-form-urlencoded",
            "payload=%7B%22token%22%3A%22x%22%7D",
            "payload=%7B%22token%22%3A%22•••%22%7D",
        ),
        (
            "text/event-stream",
            "event: a\ndata: {\"token\":\"x\"}\n\ndata: a 5\" pipe\ndata: {\"pin\":\"1\"}\n",
            "event: a\ndata: {\"token\":\"•••\"}\n\ndata: a 5\" pipe\ndata: {\"pin\":\"•••\"}\n",
        ),
        (
            "text/html",
            r#"<a href="/x?a=1&amp;token=x#b">y</a>"#,
            r#"<a href="/x?a=1&amp;token=•••#b">y</a>"#,
        ),
        (
            "application/soap+xml",
            "<a:password type='b'>x</a:password><c>d</c>",
            "<a:password type='b'>•••</a:password><c>d</c>",
        ),
    ] {
        assert_eq!(redactor().body(Some(kind), text), shown, "{text}");
    }
    for (location, shown) in [
        (
            "https://a/#access_token=x&b=c",
            "https://a/#access_token=•••&b=c",
        ),
        ("https://a/#/back?token=x", "https://a/#/back?token=•••"),
        (
            "/login?to=https%3A%2F%2Fb%2F%3Ftoken%3Dx",
            "/login?to=https%3A%2F%2Fb%2F%3Ftoken%3D•••",
        ),
        ("/a?b=c?token=x?y", "/a?b=c?token=•••"),
    ] {
        assert_eq!(header("location", location), shown);
    }
}

/// RFC 7578
#[test]
fn fields_of_forms_with_files_are_masked() {
    let form = "--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nann\r\n\
                --x\r\ncontent-disposition: form-data; name=password\r\n\r\nse\r\ncret\r\n\
                --x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\
                Content-Type: application/json\r\n\r\n{\"token\":\"secret\"}\r\n--x--\r\n";
    let shown = redactor().body(Some("multipart/form-data; boundary=\"x\""), form);
    let expected = form
        .replace("se\r\ncret", MASK)
        .replace("\"secret\"", "\"•••\"");
    assert_eq!(shown, expected);
    let cut = &form[..form.find("cret").unwrap()];
    let shown = redactor().body(Some("multipart/form-data; boundary=x"), cut);
    assert!(shown.trim_end().ends_with(MASK), "{shown}");
}

#[test]
fn text_in_bodies_that_are_not_text_is_masked_and_the_rest_stays() {
    let body = b"\xff\0\xe9{\"token\":\"canary\"}\x80";
    let shown = redactor().binary_body(None, body);
    let expected = [b"\xff\0\xe9{\"token\":\"", MASK.as_bytes(), b"\"}\x80"].concat();
    assert_eq!(shown, expected);
    let image: Vec<u8> = (0..=255).collect();
    assert_eq!(redactor().binary_body(Some("image/png"), &image), image);
}

#[test]
fn a_key_cut_in_two_by_the_end_of_what_is_kept_is_masked() {
    let key = format::generate();
    for length in 12..key.len() {
        let text = format!("the key is {}", &key[..length]);
        assert_eq!(redactor().body(None, &text), "the key is gw_dev_•••");
    }
}

#[test]
fn many_quotes_take_no_longer_than_as_many_letters() {
    for text in [
        "\\\"".repeat(50_000),
        "\"".repeat(100_000),
        "\\".repeat(100_000),
    ] {
        let before = std::time::Instant::now();
        redactor().body(Some("application/json"), &text);
        redactor().body(Some("application/json"), &format!("{{\"a\":\"{text}"));
        assert!(before.elapsed().as_secs() < 10, "{}", &text[..2]);
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::hash_map("[a-z\"\\\\]{0,6}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_secret_gets_through_wherever_json_is_cut_off(
        before in json_value(),
        around in json_value(),
        cut in 0.0..1.0_f64,
    ) {
        const CANARY: &str = "canary";
        let document = serde_json::json!([
            before, {"password": CANARY}, {"token": [around, CANARY, {"x": CANARY}]},
        ]);
        prop_assume!(!before.to_string().contains(CANARY));
        for text in [document.to_string(), serde_json::to_string_pretty(&document).unwrap()] {
            let mut end = (text.len() as f64 * cut) as usize;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            for text in [&text[..], &text[..end]] {
                let shown = redactor().body(Some("application/json"), text);
                for length in 2..=CANARY.len() {
                    let part = &CANARY[..length];
                    let others = before.to_string().contains(part);
                    prop_assert!(others || !shown.contains(&format!("\"{part}")), "{shown}");
                }
            }
        }
    }

    #[test]
    fn masking_never_panics(text in any::<String>(), kind in "(application/json|text/plain|application/x-www-form-urlencoded)") {
        redactor().body(Some(&kind), &text);
        redactor().query(&text);
        redactor().text(&text);
    }
}
