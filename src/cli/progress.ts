/** The progress of a run. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Since the start of the run. */
  readonly milliseconds: number;
}

const barWidth = 24;

function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** One line with a bar, the files done, the rate and the remaining time, cut to the width of the terminal. */
export function progressLine({ done, total, milliseconds }: Progress, columns: number): string {
  const filled = Math.round((barWidth * done) / Math.max(total, 1));
  const parts = [`[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${done} of ${total} files`];
  if (done > 0 && milliseconds > 0) {
    const rate = (done / milliseconds) * 1000;
    parts.push(
      `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`,
      `${duration(((total - done) / rate) * 1000)} left`,
    );
  }
  return parts.join(' · ').slice(0, Math.max(columns - 1, 0));
}

/** Shows the progress of a run on stderr if it is a terminal. `clear` removes it, so that other output can be written. */
export function createProgress(total: number): { show(done: number): void; clear(): void } {
  const { stderr } = process;
  const started = performance.now();
  if (!stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  const clear = (): void => void stderr.write('\r\u001b[K');
  return {
    show(done) {
      clear();
      stderr.write(progressLine({ done, total, milliseconds: performance.now() - started }, stderr.columns || 80));
    },
    clear,
  };
}
