// Draws the overlay planes of the picture on screen, where the picture is.

import { planesOf, type Plane } from '../dicom/overlay';
import type { Picture } from '../dicom/stack';
import type { Pane } from '../stage/pane';
import { make } from './dom';

/** The warm colour of the marks. */
const INK = [243, 207, 122, 255] as const;

export class Planes {
  readonly layer = make('canvas', { class: 'planes', 'aria-hidden': 'true' });
  #of: Picture | undefined;
  #drawn: { plane: Plane; image: HTMLCanvasElement }[] = [];

  constructor(private readonly pane: Pane) {}

  draw(): void {
    const { pane, layer } = this;
    const picture = pane.shown === pane.index ? pane.picture : undefined;
    if (picture !== this.#of) {
      this.#of = picture;
      this.#drawn = picture ? planesOf(picture.data, picture.frame).map((plane) => ({ plane, image: inked(plane) })) : [];
    }
    layer.hidden = this.#drawn.length === 0;
    if (layer.hidden) return;
    const ratio = devicePixelRatio;
    layer.width = Math.round(layer.clientWidth * ratio);
    layer.height = Math.round(layer.clientHeight * ratio);
    const context = layer.getContext('2d');
    // Corners of the picture's first pixel tell its place, turn and size on screen.
    const origin = pane.toElement({ x: -0.5, y: -0.5 });
    const right = pane.toElement({ x: 0.5, y: -0.5 });
    const down = pane.toElement({ x: -0.5, y: 0.5 });
    if (!context || !origin || !right || !down) return;
    context.scale(ratio, ratio);
    context.transform(right.x - origin.x, right.y - origin.y, down.x - origin.x, down.y - origin.y, origin.x, origin.y);
    for (const { plane, image } of this.#drawn) context.drawImage(image, plane.left, plane.top);
  }
}

function inked(plane: Plane): HTMLCanvasElement {
  const image = make('canvas', { width: String(plane.columns), height: String(plane.rows) });
  const context = image.getContext('2d');
  if (!context) return image;
  const pixels = context.createImageData(plane.columns, plane.rows);
  plane.bits.forEach((bit, at) => bit && pixels.data.set(INK, at * 4));
  context.putImageData(pixels, 0, 0);
  return image;
}
