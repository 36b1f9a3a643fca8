// Waiting for events with a deadline. Nothing here sleeps: the deadline only turns a hang into a message.

/**
 * The seconds after which something has surely been waited for in vain, on a machine that is slow and busy too. How fast the
 * server is is not tested here.
 */
export const PATIENCE = 120;

/** `promise`, or an error that names `what` when it has not settled after `seconds`. */
export async function within(seconds, what, promise) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${seconds} s in vain for ${what}`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first value of an observable that satisfies `wanted`; its subscription ends then. */
export function firstMatching(observable, wanted) {
  return new Promise((resolve, reject) => {
    const subscription = observable.subscribe({
      next(value) {
        if (!wanted(value)) return;
        // The first value may come while subscribe() has not returned yet.
        queueMicrotask(() => subscription.unsubscribe());
        resolve(value);
      },
      error: reject,
      complete: () => reject(new Error('the stream ended without the value that was waited for')),
    });
  });
}
