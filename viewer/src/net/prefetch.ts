// Which pictures to fetch before they are asked for: neighbours in scroll order, near ones first.

export interface Reach {
  ahead: number;
  behind: number;
}

/**
 * Indexes to fetch around `current`, best first, never beyond the ends. `direction` is the way of the last
 * scroll: two steps ahead are fetched for one behind.
 */
export function neighbours(current: number, count: number, direction: 1 | -1, reach: Reach): number[] {
  const wanted: number[] = [];
  let ahead = 1;
  let behind = 1;
  while (ahead <= reach.ahead || behind <= reach.behind) {
    for (let twice = 0; twice < 2 && ahead <= reach.ahead; twice += 1, ahead += 1) wanted.push(current + direction * ahead);
    if (behind <= reach.behind) wanted.push(current - direction * behind);
    behind += 1;
  }
  return wanted.filter((index) => index >= 0 && index < count);
}

/** Fetches a bounded number of things at a time, and forgets what is no longer near. */
export class PrefetchQueue {
  #wanted: number[] = [];
  #running = new Set<number>();
  #done = new Set<number>();
  #stopped = false;

  /**
   * `fetch` resolves when the picture is in the cache and rejects when it is not; a failure is not retried
   * here: the picture is asked for again when it is shown.
   */
  constructor(
    private readonly fetch: (index: number) => Promise<void>,
    private readonly atOnce = 3,
  ) {}

  /** Replaces what is wanted. What runs already goes on. */
  want(indexes: readonly number[]): void {
    this.#wanted = indexes.filter((index) => !this.#done.has(index) && !this.#running.has(index));
    this.#fill();
  }

  /** Nothing more is started. */
  stop(): void {
    this.#stopped = true;
    this.#wanted = [];
  }

  /** The cache let it go: it may be fetched again. */
  forget(index: number): void {
    this.#done.delete(index);
  }

  #fill(): void {
    while (!this.#stopped && this.#running.size < this.atOnce) {
      const index = this.#wanted.shift();
      if (index === undefined) return;
      this.#running.add(index);
      this.fetch(index)
        .then(
          () => this.#done.add(index),
          () => undefined,
        )
        .finally(() => {
          this.#running.delete(index);
          this.#fill();
        });
    }
  }
}
