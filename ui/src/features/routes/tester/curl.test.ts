import { expect, test } from "vitest";
import { readCurl } from "./curl.ts";

test.each([
  ["curl http://localhost:8080/orders", "GET", "http://localhost:8080/orders", ""],
  ["curl -X DELETE 'http://h/a b?x=1&y=2'", "DELETE", "http://h/a b?x=1&y=2", ""],
  ["curl -sSXPUT -d @file http://h/", "PUT", "http://h/", ""],
  ["curl http://h/ --data-raw '{\"a\":1}'", "POST", "http://h/", ""],
  ["curl -G -d a=1 -d b=2 http://h/?c=3", "GET", "http://h/?c=3&a=1&b=2", ""],
  ["curl -I http://h/", "HEAD", "http://h/", ""],
  ["curl -o out.json --max-time 5 --request=PATCH --url http://h/", "PATCH", "http://h/", ""],
  ["/usr/bin/curl.exe http://h/", "GET", "http://h/", ""],
])("%s", (command, method, url, headers) => {
  expect(readCurl(command)).toEqual({ method, url, headers });
});

test("headers in all their spellings, over several lines, as a browser copies them", () => {
  const command = String.raw`curl 'http://h/' \
  -H 'Accept: application/json; version=v2' \
  --header "X-Quote: \"a\" \$b" \
  -H $'X-Ansi: it\'s\u0021' \
  -A agent -b 'a=1; b=2' \
  -u joe:secret \
  --compressed`;
  expect(readCurl(command)?.headers.split("\n")).toEqual([
    "Accept: application/json; version=v2",
    'X-Quote: "a" $b',
    "X-Ansi: it's!",
    "User-Agent: agent",
    "Cookie: a=1; b=2",
    "Authorization: Basic am9lOnNlY3JldA==",
  ]);
});

test.each(["", "wget http://h/", "curl", "curl -H 'a: b'", "a curl http://h/"])(
  "%j is no curl command",
  (text) => expect(readCurl(text)).toBeNull(),
);
