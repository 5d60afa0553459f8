//! gRPC through the gateway, with a client and a server that people use.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt as _;
use http::uri::PathAndQuery;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::metadata::MetadataValue;
use tonic::server::NamedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::service_fn;

use crate::harness::{TestGateway, gateway};

/// The only message there is.
#[derive(Clone, PartialEq, prost::Message)]
struct Note {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(uint32, tag = "2")]
    number: u32,
}

fn note(text: &str, number: u32) -> Note {
    let text = text.to_owned();
    Note { text, number }
}

/// A service with a method of each kind.
#[derive(Clone)]
struct Notes {
    /// One permit for each call that was cancelled.
    cancelled: Arc<Semaphore>,
}

type Notes1 = Result<Response<Note>, Status>;
type Stream = Pin<Box<dyn futures_util::Stream<Item = Result<Note, Status>> + Send>>;
type Call<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Counts a call as cancelled when it is dropped.
struct Cancelled(Arc<Semaphore>);

impl Drop for Cancelled {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

impl Notes {
    async fn echo(self, request: Request<Note>) -> Notes1 {
        let asked = request.metadata().get("x-asked").cloned();
        let note = request.into_inner();
        match note.text.as_str() {
            "hang" => {
                let _guard = Cancelled(self.cancelled);
                std::future::pending().await
            }
            "fail" => {
                let mut status = Status::failed_precondition("nothing doing: 100 % »no«");
                status
                    .metadata_mut()
                    .insert("x-why", MetadataValue::from_static("because"));
                Err(status)
            }
            _ => {
                let mut response = Response::new(note);
                if let Some(asked) = asked {
                    response.metadata_mut().insert("x-answered", asked);
                }
                Ok(response)
            }
        }
    }

    /// As many as asked for; for ever where that is 0.
    async fn count(self, request: Request<Note>) -> Result<Response<Stream>, Status> {
        let Note { text, number } = request.into_inner();
        let guard = (number == 0).then(|| Cancelled(self.cancelled));
        let numbers = futures_util::stream::iter(1..).take_while(move |n| {
            let goes_on = number == 0 || *n <= number;
            std::future::ready(goes_on)
        });
        let notes = numbers.map(move |n| {
            let _held = &guard;
            match (text.as_str(), n) {
                ("fail", 3) => Err(Status::data_loss("the third is gone")),
                _ => Ok(note("", n)),
            }
        });
        Ok(Response::new(Box::pin(notes)))
    }

    async fn sum(self, request: Request<Streaming<Note>>) -> Notes1 {
        let mut notes = request.into_inner();
        let mut sum = 0;
        while let Some(note) = notes.message().await? {
            sum += note.number;
        }
        Ok(Response::new(note("sum", sum)))
    }

    async fn chat(self, request: Request<Streaming<Note>>) -> Result<Response<Stream>, Status> {
        let guard = Cancelled(self.cancelled);
        let answers = request.into_inner().map(move |asked| {
            let _held = &guard;
            asked.map(|asked| note(&asked.text.to_uppercase(), asked.number + 1))
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

impl NamedService for Notes {
    const NAME: &'static str = "test.Notes";
}

impl tower::Service<http::Request<Body>> for Notes {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Call<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let notes = self.clone();
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<Note, Note>::default());
            let path = request.uri().path().to_owned();
            Ok(match path.as_str() {
                "/test.Notes/Echo" => {
                    let echo = service_fn(move |request| notes.clone().echo(request));
                    grpc.unary(echo, request).await
                }
                "/test.Notes/Count" => {
                    let count = service_fn(move |request| notes.clone().count(request));
                    grpc.server_streaming(count, request).await
                }
                "/test.Notes/Sum" => {
                    let sum = service_fn(move |request| notes.clone().sum(request));
                    grpc.client_streaming(sum, request).await
                }
                "/test.Notes/Chat" => {
                    let chat = service_fn(move |request| notes.clone().chat(request));
                    grpc.streaming(chat, request).await
                }
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

const ECHO: PathAndQuery = PathAndQuery::from_static("/test.Notes/Echo");
const COUNT: PathAndQuery = PathAndQuery::from_static("/test.Notes/Count");
const SUM: PathAndQuery = PathAndQuery::from_static("/test.Notes/Sum");
const CHAT: PathAndQuery = PathAndQuery::from_static("/test.Notes/Chat");

/// A server, a gateway before it and a client.
struct Setup {
    gateway: TestGateway,
    channel: Channel,
    cancelled: Arc<Semaphore>,
    serving: JoinHandle<()>,
}

impl Drop for Setup {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn connect(gateway: &TestGateway) -> Channel {
    let endpoint = Endpoint::new(gateway.url("")).unwrap();
    endpoint.connect().await.unwrap()
}

async fn setup() -> Setup {
    let cancelled = Arc::new(Semaphore::new(0));
    let notes = Notes {
        cancelled: cancelled.clone(),
    };
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let incoming = TcpIncoming::from(socket);
        let server = Server::builder().add_service(notes);
        server.serve_with_incoming(incoming).await.unwrap();
    });
    let gateway = gateway(&format!(
        "{{version: 1,
          services: [{{name: notes, protocol: http2, targets: [{{url: '{url}'}}]}}],
          routes: [{{name: notes, service: notes, match: {{path: /test.Notes}}}},
                   {{name: keyed, service: notes, match: {{path: /test.Keyed}},
                     authentication: {{methods: [api_key]}}}}]}}"
    ))
    .await;
    Setup {
        channel: connect(&gateway).await,
        gateway,
        cancelled,
        serving,
    }
}

impl Setup {
    async fn client(&self) -> Grpc<Channel> {
        let mut client = Grpc::new(self.channel.clone());
        client.ready().await.unwrap();
        client
    }

    async fn echo(&self, request: impl tonic::IntoRequest<Note>) -> Result<Response<Note>, Status> {
        let codec = ProstCodec::default();
        let mut client = self.client().await;
        client.unary(request.into_request(), ECHO, codec).await
    }

    async fn count(&self, text: &str, number: u32) -> Result<Streaming<Note>, Status> {
        let request = Request::new(note(text, number));
        let mut client = self.client().await;
        let answer = client
            .server_streaming(request, COUNT, ProstCodec::default())
            .await?;
        Ok(answer.into_inner())
    }

    /// A caller who sees frames.
    async fn raw(&self) -> h2::client::SendRequest<bytes::Bytes> {
        let stream = TcpStream::connect(self.gateway.address()).await.unwrap();
        let (sender, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    /// Waits until the server has noticed that a call was cancelled.
    async fn cancelled(&self) {
        let noticed = tokio::time::timeout(Duration::from_secs(30), self.cancelled.acquire());
        noticed.await.expect("the call goes on").unwrap().forget();
    }
}

#[tokio::test]
async fn all_four_kinds_of_call_pass() {
    let setup = setup().await;
    let mut request = Request::new(note("hello", 7));
    request
        .metadata_mut()
        .insert("x-asked", MetadataValue::from_static("this"));
    let answer = setup.echo(request).await.unwrap();
    assert_eq!(answer.metadata().get("x-answered").unwrap(), "this");
    assert_eq!(answer.into_inner(), note("hello", 7));

    let counted: Vec<_> = setup.count("", 1_000).await.unwrap().collect().await;
    assert_eq!(counted.len(), 1_000);
    assert_eq!(counted[999].as_ref().unwrap().number, 1_000);

    let notes = futures_util::stream::iter((1..=1_000).map(|n| note("", n)));
    let mut client = setup.client().await;
    let sum = client
        .client_streaming(
            Request::new(notes),
            SUM,
            ProstCodec::<Note, Note>::default(),
        )
        .await
        .unwrap();
    assert_eq!(sum.into_inner(), note("sum", 500_500));

    let (ask, asked) = mpsc::channel(1);
    let request = Request::new(ReceiverStream::new(asked));
    let mut client = setup.client().await;
    let chat = client.streaming(request, CHAT, ProstCodec::<Note, Note>::default());
    let mut answers = chat.await.unwrap().into_inner();
    for n in 0..10 {
        // Each is answered before the next is sent: nothing waits for more.
        ask.send(note("ping", n)).await.unwrap();
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(answer, note("PING", n + 1));
    }
    drop(ask);
    assert_eq!(answers.message().await.unwrap(), None);
    assert!(answers.trailers().await.unwrap().is_some());
}

#[tokio::test]
async fn the_status_of_a_call_that_fails_arrives_whole() {
    let setup = setup().await;
    for _ in 0..50 {
        let status = setup.echo(note("fail", 0)).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(status.message(), "nothing doing: 100 % »no«");
        assert_eq!(status.metadata().get("x-why").unwrap(), "because");
    }
    let mut counted = setup.count("fail", 10).await.unwrap();
    assert_eq!(counted.message().await.unwrap(), Some(note("", 1)));
    assert_eq!(counted.message().await.unwrap(), Some(note("", 2)));
    let status = counted.message().await.unwrap_err();
    assert_eq!(status.code(), Code::DataLoss);
    assert_eq!(status.message(), "the third is gone");
}

/// reliability.md: golang/go#56317
#[tokio::test]
async fn an_answer_of_trailers_only_is_one_frame() {
    let setup = setup().await;
    let mut sender = setup.raw().await;
    for (path, status) in [
        ("/test.Notes/Nothing", "12"),
        ("/elsewhere/Nothing", "12"),
        ("/test.Keyed/Echo", "16"),
    ] {
        sender = sender.ready().await.unwrap();
        let request = http::Request::post(setup.gateway.url(path))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .unwrap();
        let (answer, _) = sender.send_request(request, true).unwrap();
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["grpc-status"], status, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/grpc");
        assert!(
            answer.body().is_end_stream(),
            "{path}: END_STREAM on HEADERS"
        );
    }
}

#[tokio::test]
async fn what_the_gateway_refuses_is_a_status_of_grpc() {
    let setup = setup().await;
    let mut client = setup.client().await;
    for (path, code, message) in [
        (
            "/elsewhere/Echo",
            Code::Unimplemented,
            "No route takes this",
        ),
        ("/test.Keyed/Echo", Code::Unauthenticated, "Send an API key"),
    ] {
        client.ready().await.unwrap();
        let request = Request::new(note("", 0));
        let path = PathAndQuery::from_static(path);
        let codec = ProstCodec::<Note, Note>::default();
        let status = client.unary(request, path, codec).await.unwrap_err();
        assert_eq!(status.code(), code);
        assert!(status.message().contains(message), "{status:?}");
    }
    setup.serving.abort();
    let gone = async || setup.echo(note("", 0)).await.unwrap_err();
    let status = gone().await;
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
}

#[tokio::test]
async fn a_call_past_its_deadline_ends_at_the_server_too() {
    let setup = setup().await;
    let mut request = Request::new(note("hang", 0));
    request.set_timeout(Duration::from_millis(100));
    let status = setup.echo(request).await.unwrap_err();
    let ended = [Code::DeadlineExceeded, Code::Cancelled];
    assert!(ended.contains(&status.code()), "{status:?}");
    setup.cancelled().await;
}

#[tokio::test]
async fn a_call_that_its_caller_gives_up_ends_at_the_server_too() {
    let setup = setup().await;
    // Before there is an answer,
    let call = setup.echo(note("hang", 0));
    let given_up = tokio::time::timeout(Duration::from_millis(100), call).await;
    assert!(given_up.is_err());
    setup.cancelled().await;
    // while an answer comes,
    let mut counted = setup.count("", 0).await.unwrap();
    counted.message().await.unwrap();
    drop(counted);
    setup.cancelled().await;
    // and while both sides stream.
    let mut sender = setup.raw().await.ready().await.unwrap();
    let request = http::Request::post(setup.gateway.url(CHAT.path()))
        .header("content-type", "application/grpc")
        .body(())
        .unwrap();
    let (answer, mut asking) = sender.send_request(request, false).unwrap();
    let answer = answer.await.unwrap();
    asking.send_reset(h2::Reason::CANCEL);
    setup.cancelled().await;
    drop(answer);
}

#[tokio::test]
async fn large_messages_pass() {
    let setup = setup().await;
    let text = "x".repeat(3_500_000);
    for n in 0..5 {
        let answer = setup.echo(note(&text, n)).await.unwrap();
        assert_eq!(answer.into_inner(), note(&text, n));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_streams_run_side_by_side() {
    let setup = setup().await;
    let mut chats = Vec::new();
    for _ in 0..100 {
        let (ask, asked) = mpsc::channel(1);
        let request = Request::new(ReceiverStream::new(asked));
        let mut client = setup.client().await;
        let chat = client.streaming(request, CHAT, ProstCodec::<Note, Note>::default());
        chats.push((ask, chat.await.unwrap().into_inner()));
    }
    for round in 0..3 {
        for (n, (ask, _)) in (0..).zip(&chats) {
            ask.send(note("a", n + round)).await.unwrap();
        }
        for (n, (_, answers)) in (0..).zip(&mut chats) {
            let answer = answers.message().await.unwrap().unwrap();
            assert_eq!(answer, note("A", n + round + 1));
        }
    }
    let running = setup.gateway.rows().await.len();
    assert_eq!(running, 0, "none has ended");
    drop(chats);
    let ended = setup.gateway.eventually(|gateway| {
        let filter = gateway_core::record::filter::Filter::default();
        let rows = gateway.log().page(&filter, None, 200).ok()?.rows;
        (rows.len() == 100).then_some(())
    });
    ended.await;
}

/// Only the request's side of a call is bounded in time, and only until its service begins to answer.
#[tokio::test]
async fn a_call_may_be_quiet_once_it_is_answered() {
    let setup = setup().await;
    let mut config = setup.gateway.gateway.current().config.clone();
    config.listen.limits.idle_timeout_ms = 200;
    let change = gateway_core::gateway::Change {
        config,
        expected: None,
        actor: gateway_core::store::Actor::Api,
        note: String::new(),
    };
    setup.gateway.gateway.apply(change).await.unwrap();
    let (ask, asked) = mpsc::channel(1);
    let request = Request::new(ReceiverStream::new(asked));
    let mut client = setup.client().await;
    let chat = client.streaming(request, CHAT, ProstCodec::<Note, Note>::default());
    let mut answers = chat.await.unwrap().into_inner();
    let quiet = tokio::time::timeout(Duration::from_millis(700), answers.message()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    ask.send(note("still there", 1)).await.unwrap();
    let answer = answers.message().await.unwrap().unwrap();
    assert_eq!(answer, note("STILL THERE", 2));
}
