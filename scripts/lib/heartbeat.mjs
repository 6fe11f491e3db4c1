/** Signs of life of a job that may be silent for long. */

/** Milliseconds between two signs of life. */
const usualInterval = 25_000;

/** A duration as people say it: `40 s`, `3 min 5 s`. */
export function duration(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Waits for a job, and until it ends prints `describe()` and the time that has passed, again and again. */
export async function withHeartbeat(job, describe, interval = usualInterval) {
  const started = performance.now();
  const timer = setInterval(
    () => console.log(`… ${describe()}, ${duration(performance.now() - started)} so far`),
    interval,
  );
  try {
    return await job;
  } finally {
    clearInterval(timer);
  }
}
