// Lengths drawn over the picture. They belong to a picture, live in the page and are sent nowhere.

import { distance } from '../dicom/spacing';
import type { Picture } from '../dicom/stack';
import type { Pane, Point } from '../stage/pane';
import { svg } from './dom';
import type { Words } from './words';

/** Ends in columns and rows of the stored picture. */
interface Line {
  a: Point;
  b: Point;
}

/** How near a finger must come to take an end, in pixels of the screen. */
const GRIP = 22;
/** A shorter line is a tap. */
const SHORTEST = 4;

export class Measures {
  readonly layer = svg('svg', { class: 'measures', 'aria-hidden': 'true' });
  #lines = new Map<Picture, Line[]>();
  #held: { line: Line; end: 'a' | 'b' } | undefined;

  constructor(
    private readonly pane: Pane,
    private readonly words: Words,
    private readonly changed: (said: string | undefined) => void,
  ) {}

  get any(): boolean {
    return [...this.#lines.values()].some((lines) => lines.length > 0);
  }

  start(at: Point): void {
    const picture = this.pane.picture;
    const point = this.#inside(at);
    if (!picture || !point) return;
    const lines = this.#lines.get(picture) ?? [];
    this.#held = this.#near(lines, at);
    if (!this.#held) {
      const line = { a: point, b: { ...point } };
      this.#lines.set(picture, [...lines, line]);
      this.#held = { line, end: 'b' };
    }
  }

  move(at: Point): void {
    const point = this.#held && this.#inside(at);
    if (!this.#held || !point) return;
    this.#held.line[this.#held.end] = point;
    this.draw();
  }

  end(at: Point): void {
    this.move(at);
    const held = this.#held;
    this.#held = undefined;
    if (held) {
      const [a, b] = [this.pane.toElement(held.line.a), this.pane.toElement(held.line.b)];
      if (a && b && Math.hypot(a.x - b.x, a.y - b.y) < SHORTEST) this.#drop(held.line);
      else this.changed(this.#label(held.line));
    }
    this.draw();
  }

  cancel(): void {
    if (this.#held) this.#drop(this.#held.line);
    this.#held = undefined;
    this.draw();
  }

  clear(): void {
    this.#lines.clear();
    this.changed(undefined);
    this.draw();
  }

  #drop(line: Line): void {
    for (const [picture, lines] of this.#lines) this.#lines.set(picture, lines.filter((one) => one !== line));
    this.changed(undefined);
  }

  #inside(at: Point): Point | undefined {
    const point = this.pane.toPicture(at);
    const size = this.pane.size;
    if (!point || !size) return undefined;
    return { x: Math.max(-0.5, Math.min(size.x - 0.5, point.x)), y: Math.max(-0.5, Math.min(size.y - 0.5, point.y)) };
  }

  #near(lines: Line[], at: Point): { line: Line; end: 'a' | 'b' } | undefined {
    for (const line of lines) {
      for (const end of ['a', 'b'] as const) {
        const place = this.pane.toElement(line[end]);
        if (place && Math.hypot(place.x - at.x, place.y - at.y) <= GRIP) return { line, end };
      }
    }
    return undefined;
  }

  #label(line: Line): string {
    const picture = this.pane.picture;
    if (!picture) return '';
    const { value, unit, plane } = distance(picture.data, picture.frame, line.a, line.b);
    return this.words.length(value, unit, plane === 'detector');
  }

  draw(): void {
    const picture = this.pane.shown === this.pane.index ? this.pane.picture : undefined;
    const lines = (picture && this.#lines.get(picture)) ?? [];
    this.layer.replaceChildren(...lines.flatMap((line) => this.#drawn(line)));
  }

  #drawn(line: Line): SVGElement[] {
    const a = this.pane.toElement(line.a);
    const b = this.pane.toElement(line.b);
    if (!a || !b) return [];
    const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
    const place = Object.fromEntries(Object.entries(ends).map(([name, value]) => [name, value.toFixed(1)]));
    const low = a.y > b.y ? a : b;
    const width = this.pane.element.clientWidth;
    const anchor = low.x > width * 0.7 ? 'end' : low.x < width * 0.3 ? 'start' : 'middle';
    const label = svg('text', { x: low.x.toFixed(1), y: (low.y + 24).toFixed(1), 'text-anchor': anchor }, this.#label(line));
    const dots = [a, b].map((point) => svg('circle', { cx: point.x.toFixed(1), cy: point.y.toFixed(1), r: '5' }));
    return [svg('line', { ...place, class: 'halo' }), svg('line', place), ...dots, label];
  }
}
