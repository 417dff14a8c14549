//! Whoever takes an answer too slowly is let go: a full buffer must move by so much in each window of time. A client
//! with nothing to take is not judged by that, only by its silence. A request's body has one deadline for all of it.

use axum::body::{Body, Bytes, HttpBody};
use axum_server::accept::Accept;
use http_body::{Frame, SizeHint};
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How slow is too slow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// While an answer waits to be taken, looked at this often.
    pub(super) window: Duration,
    /// What must have gone since the last look.
    pub(super) least_bytes: u64,
    /// A connection on which nothing moves either way for so long is closed.
    pub(super) silence: Duration,
}

/// Accepts connections under such a patience.
#[derive(Debug, Clone)]
pub(super) struct Patient<A> {
    inner: A,
    patience: Patience,
}

impl<A> Patient<A> {
    pub(super) fn new(inner: A, patience: Patience) -> Self {
        Self { inner, patience }
    }
}

type Accepted<S, T> = Pin<Box<dyn Future<Output = io::Result<(Watched<S>, T)>> + Send>>;

impl<A, I, S> Accept<I, S> for Patient<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
{
    type Stream = Watched<A::Stream>;
    type Service = A::Service;
    type Future = Accepted<A::Stream, A::Service>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let (accepted, patience) = (self.inner.accept(stream, service), self.patience);
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            let silence = Box::pin(sleep(patience.silence));
            Ok((Watched { stream, patience, waiting: None, went: 0, silence }, service))
        })
    }
}

/// A stream whose other end is watched while it takes.
pub(super) struct Watched<S> {
    stream: S,
    patience: Patience,
    /// Running from the first write that had to wait.
    waiting: Option<Pin<Box<Sleep>>>,
    went: u64,
    /// Until nothing will have moved for too long.
    silence: Pin<Box<Sleep>>,
}

impl<S> Watched<S> {
    fn moved(&mut self) {
        let until = Instant::now() + self.patience.silence;
        self.silence.as_mut().reset(until);
    }

    /// What a write came to, unless the other end has been too slow.
    fn judged(&mut self, cx: &mut Context<'_>, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match wrote {
            Poll::Ready(Ok(bytes)) => {
                self.went = self.went.saturating_add(bytes as u64);
                self.moved();
                // A window that ended while there was nothing to take says nothing.
                if self.waiting.as_ref().is_some_and(|timer| timer.is_elapsed()) {
                    (self.waiting, self.went) = (None, 0);
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let window = self.patience.window;
                let timer = self.waiting.get_or_insert_with(|| Box::pin(sleep(window)));
                ready!(timer.as_mut().poll(cx));
                self.look()?;
                // The next window begins now; its timer must wake us.
                let timer = self.waiting.insert(Box::pin(sleep(window)));
                ready!(timer.as_mut().poll(cx));
                Poll::Pending
            }
        }
    }

    /// At the end of a window.
    fn look(&mut self) -> io::Result<()> {
        let slow = self.waiting.take().is_some() && self.went < self.patience.least_bytes;
        self.went = 0;
        if slow { Err(io::Error::new(io::ErrorKind::TimedOut, "the answer is taken too slowly")) } else { Ok(()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => {
                ready!(self.silence.as_mut().poll(cx));
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing moves on the connection")))
            }
            ready => {
                self.moved();
                ready
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judged(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.judged(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A request's body under one deadline for all of it: a byte now and then does not move it.
pub(super) struct Timed {
    body: Body,
    deadline: Pin<Box<Sleep>>,
}

impl Timed {
    pub(super) fn new(body: Body, within: Duration) -> Self {
        Self { body, deadline: Box::pin(sleep(within)) }
    }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Pending => {
                ready!(self.deadline.as_mut().poll(cx));
                Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut)))))
            }
            ready => ready,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
