//! The threads that hash: few, of lower priority, fed by a bounded queue.
//!
//! Each thread keeps one block of Argon2 memory for its life. Invariant: a job whose caller is gone is dropped unrun, and
//! a job that panics takes neither its thread nor another job with it.

use super::{HasherConfig, HasherError};
use argon2::Block;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};
use tokio::sync::oneshot;

/// A job, with the way to answer its caller inside.
type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// Working memory that is reused from one job to the next.
pub(super) struct Memory {
    blocks: Vec<Block>,
    /// Blocks that are kept between jobs.
    usual: usize,
}

impl Memory {
    /// Memory of `usual` blocks (of 1 KiB), allocated at first use.
    pub(super) fn new(usual: usize) -> Self {
        Self {
            blocks: Vec::new(),
            usual,
        }
    }

    /// At least `count` blocks, of any content: Argon2 writes a block before it reads it.
    pub(super) fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.blocks.len() < count {
            self.blocks.resize(count, Block::new());
        }
        &mut self.blocks
    }

    /// Gives back what an unusually expensive digest needed.
    fn shrink(&mut self) {
        if self.blocks.len() > self.usual {
            self.blocks.truncate(self.usual);
            self.blocks.shrink_to_fit();
        }
    }
}

/// The threads' queue. Dropping it ends them, once what waits has been done.
pub(super) struct Pool {
    queue: SyncSender<Job>,
    retry_after_seconds: u32,
}

impl Pool {
    /// Starts `config.threads` threads (at least one), each for digests of `usual_blocks`.
    pub(super) fn start(config: &HasherConfig, usual_blocks: usize) -> Result<Self, HasherError> {
        // A queue of none would turn away everybody who comes while a thread is between two jobs.
        let (queue, jobs) = sync_channel::<Job>(config.queue.max(1));
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..config.threads.max(1) {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&jobs, usual_blocks))
                .map_err(|error| {
                    tracing::error!(%error, "cannot start a password hashing thread");
                    HasherError::Failed
                })?;
        }
        Ok(Self {
            queue,
            retry_after_seconds: config.retry_after_seconds(),
        })
    }

    /// Queues a job and waits for its answer. Dropping the future drops a job that has not begun.
    pub(super) async fn run<Answer, Work>(&self, work: Work) -> Result<Answer, HasherError>
    where
        Answer: Send + 'static,
        Work: FnOnce(&mut Memory) -> Result<Answer, HasherError> + Send + 'static,
    {
        let answer = self.enqueue(work)?;
        // The sender goes unused only when the thread is gone.
        answer.await.unwrap_or(Err(HasherError::Failed))
    }

    /// Queues a job; its answer comes through the receiver.
    fn enqueue<Answer, Work>(&self, work: Work) -> Result<oneshot::Receiver<Result<Answer, HasherError>>, HasherError>
    where
        Answer: Send + 'static,
        Work: FnOnce(&mut Memory) -> Result<Answer, HasherError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |memory| answer(sender, memory, work));
        match self.queue.try_send(job) {
            Ok(()) => Ok(receiver),
            Err(TrySendError::Full(_)) => Err(HasherError::Busy {
                retry_after_seconds: self.retry_after_seconds,
            }),
            Err(TrySendError::Disconnected(_)) => Err(HasherError::Failed),
        }
    }
}

/// Runs a job and answers its caller, unless there is none any more.
fn answer<Answer>(
    sender: oneshot::Sender<Result<Answer, HasherError>>,
    memory: &mut Memory,
    work: impl FnOnce(&mut Memory) -> Result<Answer, HasherError>,
) {
    if sender.is_closed() {
        return;
    }
    // What a panic leaves in the memory is overwritten by the next job. The panic itself is reported by its hook.
    let result = catch_unwind(AssertUnwindSafe(|| work(memory))).unwrap_or(Err(HasherError::Failed));
    // A caller that left meanwhile needs no answer.
    drop(sender.send(result));
}

/// The life of a thread: it ends when the queue is gone.
fn work(jobs: &Mutex<Receiver<Job>>, usual_blocks: usize) {
    lower_priority();
    let mut memory = Memory::new(usual_blocks);
    loop {
        // One idle thread waits inside the lock, the others for the lock; none holds it while it works.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job(&mut memory);
        memory.shrink();
    }
}

/// Lets requests go before hashing. On Linux a niceness is per thread; elsewhere it is per process or unknown, and the
/// threads keep theirs. Best effort: a sandbox may forbid it.
#[cfg(target_os = "linux")]
fn lower_priority() {
    const NICENESS: i32 = 5;
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "password hashing keeps its thread priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

#[cfg(test)]
mod tests {
    use super::{Memory, Pool};
    use crate::crypto::password_hash::{HasherConfig, HasherError};
    use std::{
        cell::RefCell,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
            mpsc::{RecvTimeoutError, Sender, channel},
        },
        time::Duration,
    };

    const SMALL: HasherConfig = HasherConfig {
        threads: 1,
        queue: 1,
        memory_kib: 64,
        iterations: 1,
        parallelism: 1,
    };
    /// Far beyond what anything here takes, so that a failure ends.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn pool(config: HasherConfig) -> Pool {
        Pool::start(&config, 8).unwrap()
    }

    #[tokio::test]
    async fn a_full_queue_is_busy_until_it_drains() {
        let pool = pool(SMALL);
        let (started, has_started) = channel();
        let (release, released) = channel::<()>();
        let running = pool.enqueue(move |_| {
            started.send(()).unwrap();
            released.recv_timeout(PATIENCE).unwrap();
            Ok(1)
        });
        has_started.recv_timeout(PATIENCE).unwrap();
        let waiting = pool.enqueue(|_| Ok(2)).unwrap();
        let turned_away = pool.enqueue(|_| Ok(3)).map(drop);
        assert_eq!(turned_away, Err(HasherError::Busy { retry_after_seconds: 1 }));
        release.send(()).unwrap();
        assert_eq!(running.unwrap().await.unwrap(), Ok(1));
        assert_eq!(waiting.await.unwrap(), Ok(2));
        assert_eq!(pool.run(|_| Ok(4)).await, Ok(4));
    }

    #[tokio::test]
    async fn a_job_whose_caller_left_is_not_run() {
        let pool = pool(HasherConfig { queue: 2, ..SMALL });
        let (started, has_started) = channel();
        let (release, released) = channel::<()>();
        let running = pool.enqueue(move |_| {
            started.send(()).unwrap();
            released.recv_timeout(PATIENCE).unwrap();
            Ok(())
        });
        has_started.recv_timeout(PATIENCE).unwrap();
        let (abandoned_ran, kept_ran) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let [abandoned, kept] = [&abandoned_ran, &kept_ran].map(|ran| {
            let ran = Arc::clone(ran);
            pool.enqueue(move |_| {
                ran.store(true, Ordering::SeqCst);
                Ok(())
            })
        });
        drop(abandoned.unwrap());
        release.send(()).unwrap();
        assert_eq!(kept.unwrap().await.unwrap(), Ok(()));
        assert_eq!(running.unwrap().await.unwrap(), Ok(()));
        assert!(kept_ran.load(Ordering::SeqCst));
        assert!(!abandoned_ran.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_thread_survives_a_panicking_job() {
        let pool = pool(SMALL);
        let panicked: Result<(), _> = pool.run(|_| panic!("a job that panics, as this test wants")).await;
        assert_eq!(panicked, Err(HasherError::Failed));
        assert_eq!(pool.run(|_| Ok(1)).await, Ok(1));
    }

    thread_local! {
        /// Dropped when its thread ends.
        static ALIVE: RefCell<Option<Sender<()>>> = const { RefCell::new(None) };
    }

    #[tokio::test]
    async fn threads_end_with_the_pool() {
        let pool = pool(SMALL);
        let (alive, ended) = channel::<()>();
        let marked = pool.run(move |_| {
            ALIVE.set(Some(alive));
            Ok(())
        });
        assert_eq!(marked.await, Ok(()));
        drop(pool);
        assert_eq!(ended.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
    }

    #[tokio::test]
    async fn threads_have_names_and_on_linux_a_lower_priority() {
        let pool = pool(SMALL);
        let name = pool.run(|_| Ok(std::thread::current().name().map(str::to_owned))).await;
        assert_eq!(name, Ok(Some("password-0".to_owned())));
        if cfg!(target_os = "linux") {
            let ours = rustix::process::getpriority_process(None).unwrap();
            let theirs = pool
                .run(|_| Ok(rustix::process::getpriority_process(None).unwrap()))
                .await
                .unwrap();
            assert!(theirs > ours || ours == 19, "{theirs} is not nicer than {ours}");
        }
    }

    #[test]
    fn memory_is_kept_to_its_usual_size() {
        let mut memory = Memory::new(8);
        assert!(memory.blocks(100).len() >= 100);
        memory.shrink();
        assert_eq!(memory.blocks.len(), 8);
        assert!(memory.blocks.capacity() < 100);
        let address = memory.blocks(8).as_ptr();
        memory.shrink();
        assert_eq!(memory.blocks(8).as_ptr(), address);
    }
}
