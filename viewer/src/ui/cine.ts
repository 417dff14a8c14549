// Playing a clip: one picture after the other at the clip's own pace, never skipping one that has not come.

import { frameRate } from '../dicom/cine';
import { isPlayable } from '../dicom/stack';
import type { Pane } from '../stage/pane';

export class Cine {
  #pane: Pane | undefined;
  #due = 0;
  #busy = false;
  #frame = 0;

  constructor(private readonly changed: (playing: boolean) => void) {}

  get playing(): boolean {
    return this.#pane !== undefined;
  }

  toggle(pane: Pane): void {
    if (this.playing) this.stop();
    else if (isPlayable(pane.pictures)) this.#start(pane);
  }

  #start(pane: Pane): void {
    this.#pane = pane;
    this.#due = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#tick(now));
    this.changed(true);
  }

  stop(): void {
    if (!this.#pane) return;
    cancelAnimationFrame(this.#frame);
    this.#pane = undefined;
    this.changed(false);
  }

  #tick(now: number): void {
    const pane = this.#pane;
    if (!pane?.picture) return;
    if (now >= this.#due && !this.#busy) {
      const period = 1000 / frameRate(pane.picture.data);
      // Late by more than one picture: go on from now rather than catch up in a rush.
      this.#due = Math.max(this.#due + period, now);
      this.#busy = true;
      void pane.playOn().finally(() => (this.#busy = false));
    }
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
  }
}
