// Fingers, mouse and wheel over a pane. One pointer does what the chosen tool says; two zoom and move.

import type { Pane, Point } from '../stage/pane';

export type Mode = 'scroll' | 'contrast' | 'move' | 'zoom' | 'measure';

export interface Hands {
  mode(): Mode;
  /** The pane is touched: it becomes the one that tools and keys speak to. */
  touched(): void;
  measureStart(at: Point): void;
  measureMove(at: Point): void;
  measureEnd(at: Point): void;
  measureCancel(): void;
}

/** Pixels of drag for one picture: large stacks fit a pane's height, small ones do not race. */
export function dragStep(height: number, count: number): number {
  return Math.max(3, Math.min(28, (height * 0.8) / Math.max(1, count)));
}

/** Pixels of wheel for one picture, for touchpads that send many small turns. */
const WHEEL_STEP = 40;

export class Gestures {
  #pointers = new Map<number, Point>();
  #drag: Mode | undefined;
  #rest = 0;
  #wheel = 0;

  constructor(
    private readonly surface: HTMLElement,
    private readonly pane: Pane,
    private readonly hands: Hands,
  ) {
    surface.addEventListener('pointerdown', (event) => this.#down(event));
    surface.addEventListener('pointermove', (event) => this.#move(event));
    surface.addEventListener('pointerup', (event) => this.#up(event, true));
    surface.addEventListener('pointercancel', (event) => this.#up(event, false));
    surface.addEventListener('wheel', (event) => this.#turn(event), { passive: false });
    surface.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  #at(event: MouseEvent): Point {
    const box = this.surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #down(event: PointerEvent): void {
    this.hands.touched();
    this.surface.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#at(event));
    this.#rest = 0;
    if (this.#pointers.size === 2) {
      if (this.#drag === 'measure') this.hands.measureCancel();
      this.#drag = undefined;
      return;
    }
    if (this.#pointers.size > 2) return;
    this.#drag = event.button === 2 ? 'zoom' : event.button === 1 ? 'move' : this.hands.mode();
    if (event.button === 1) event.preventDefault();
    if (this.#drag === 'measure') this.hands.measureStart(this.#at(event));
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = this.#at(event);
    if (this.#pointers.size === 2) this.#two(event.pointerId, before, now);
    else if (this.#pointers.size === 1) this.#one(before, now);
    this.#pointers.set(event.pointerId, now);
  }

  #one(before: Point, now: Point): void {
    const dx = now.x - before.x;
    const dy = now.y - before.y;
    if (this.#drag === 'scroll') this.#scroll(dx, dy);
    else if (this.#drag === 'contrast') this.#contrast(dx, dy);
    else if (this.#drag === 'move') this.pane.panBy({ x: dx, y: dy });
    else if (this.#drag === 'zoom') this.pane.zoomBy(Math.exp(-dy / 150));
    else if (this.#drag === 'measure') this.hands.measureMove(now);
  }

  #scroll(dx: number, dy: number): void {
    const count = this.pane.pictures.length;
    // Down or right goes on; the larger of the two leads.
    this.#rest += Math.abs(dy) >= Math.abs(dx) ? dy : dx;
    const step = dragStep(this.surface.clientHeight, count);
    const whole = Math.trunc(this.#rest / step);
    if (whole === 0) return;
    this.#rest -= whole * step;
    void this.pane.go(this.pane.index + whole);
  }

  #contrast(dx: number, dy: number): void {
    if (!this.pane.grey) return;
    const { center, width } = this.pane.window;
    const unit = Math.max(1, width) / 250;
    this.pane.setWindow({ center: center + dy * unit, width: Math.max(1, width + dx * unit) });
  }

  #two(id: number, before: Point, now: Point): void {
    const other = [...this.#pointers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    const apart = (a: Point, b: Point): number => Math.max(10, Math.hypot(a.x - b.x, a.y - b.y));
    const from = middle(before, other);
    const to = middle(now, other);
    this.pane.panBy({ x: to.x - from.x, y: to.y - from.y });
    this.pane.zoomBy(apart(now, other) / apart(before, other), to);
  }

  #up(event: PointerEvent, done: boolean): void {
    if (!this.#pointers.delete(event.pointerId)) return;
    if (this.#drag === 'measure') {
      if (done) this.hands.measureEnd(this.#at(event));
      else this.hands.measureCancel();
    }
    // A finger left on the pane after a pinch does nothing until it is lifted.
    this.#drag = undefined;
  }

  #turn(event: WheelEvent): void {
    event.preventDefault();
    this.hands.touched();
    if (event.ctrlKey) {
      this.pane.zoomBy(Math.exp(-event.deltaY / 300), this.#at(event));
      return;
    }
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * WHEEL_STEP;
    // A notch of a mouse is one picture however far it says it turned.
    if (Math.abs(pixels) >= WHEEL_STEP) {
      this.#wheel = 0;
      void this.pane.go(this.pane.index + Math.sign(pixels));
      return;
    }
    this.#wheel += pixels;
    const whole = Math.trunc(this.#wheel / WHEEL_STEP);
    this.#wheel -= whole * WHEEL_STEP;
    if (whole !== 0) void this.pane.go(this.pane.index + whole);
  }
}
