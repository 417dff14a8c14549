// One pane: a stack of pictures, one of which is shown, with its grey levels, zoom and place.

import { Enums, type RenderingEngine, type Types } from '@cornerstonejs/core';
import { TAG, text } from '../dicom/dataset';
import { isDrawable } from '../dicom/colour';
import { viewOf } from '../dicom/mammography';
import { AS_STORED, hang, type Hanging } from '../dicom/orientation';
import { clipAround, type Picture } from '../dicom/stack';
import { declaredWindow, isMonochrome1, presetsFor, toRange, toWindow, type Window } from '../dicom/window';
import { PrefetchQueue, neighbours, type Reach } from '../net/prefetch';
import { ServerError, type Trouble } from '../net/server';
import { load } from './engine';

export interface PaneEvents {
  /** Another picture is shown, or the same one otherwise. */
  changed(): void;
  /** A picture is awaited (`true`) or has come. */
  waiting(yes: boolean): void;
  /** The picture at hand cannot be shown; nothing: it can again. */
  trouble(trouble: Trouble | undefined): void;
}

export interface Point {
  x: number;
  y: number;
}

const ZOOM = { least: 0.5, most: 20 };

export class Pane {
  pictures: readonly Picture[] = [];
  /** The picture asked for; it is on screen once `shown` says the same. */
  index = 0;
  shown = -1;
  /** The reader's own window, kept while scrolling; nothing: each picture's. */
  chosen: Window | undefined;
  /** Key of the preset in use: `0` for each picture's own, nothing once adjusted by hand. */
  presetInUse: string | undefined = '0';
  negative = false;
  /** Another pane stands beside this one. */
  together = false;
  hanging: Hanging = AS_STORED;

  #imageIds: string[] = [];
  #viewport: Types.IStackViewport;
  #queue = new PrefetchQueue(async () => undefined);
  #direction: 1 | -1 = 1;
  #generation = 0;
  #set = false;
  /** The reader zoomed or moved the picture. */
  #placed = false;

  constructor(
    engine: RenderingEngine,
    readonly id: string,
    readonly element: HTMLDivElement,
    private readonly events: PaneEvents,
  ) {
    engine.enableElement({ viewportId: id, element, type: Enums.ViewportType.STACK, defaultOptions: { background: [0, 0, 0] } });
    this.#viewport = engine.getViewport(id) as Types.IStackViewport;
  }

  /** Takes everything off the pane. */
  clear(): void {
    this.#queue.stop();
    this.#generation += 1;
    this.pictures = [];
    this.#imageIds = [];
    this.index = 0;
    this.shown = -1;
    this.events.changed();
  }

  /** Shows a stack from the picture at `index`. */
  async open(pictures: readonly Picture[], imageIds: string[], index = 0): Promise<void> {
    this.clear();
    this.pictures = pictures;
    this.#imageIds = imageIds;
    this.index = index;
    this.chosen = undefined;
    this.presetInUse = '0';
    this.negative = false;
    this.#direction = 1;
    this.#set = false;
    this.#queue = new PrefetchQueue(async (at) => {
      if (isDrawable(pictures[at]!.data)) await load(imageIds[at]!, false);
    });
    await this.#show();
  }

  get picture(): Picture | undefined {
    return this.pictures[this.index];
  }

  /** Shows the picture at `index`, or the nearest end. */
  async go(index: number): Promise<void> {
    const to = Math.max(0, Math.min(this.pictures.length - 1, Math.round(index)));
    if (to === this.index || this.pictures.length === 0) return;
    this.#direction = to > this.index ? 1 : -1;
    this.index = to;
    this.events.changed();
    await this.#show();
  }

  /** One step of a clip, from its end back to its beginning. False while the picture is not there yet. */
  async playOn(): Promise<boolean> {
    if (this.shown !== this.index) return false;
    const { first, last } = clipAround(this.pictures, this.index);
    await this.go(this.index >= last ? first : this.index + 1);
    return this.shown === this.index;
  }

  async retry(): Promise<void> {
    await this.#show();
  }

  async #show(): Promise<void> {
    const generation = this.#generation;
    const index = this.index;
    const imageId = this.#imageIds[index];
    if (imageId === undefined) return;
    this.events.trouble(undefined);
    this.events.waiting(true);
    try {
      if (!isDrawable(this.pictures[index]!.data)) throw new ServerError('format');
      await load(imageId, true);
      if (generation !== this.#generation || index !== this.index) return;
      await this.#draw(index);
    } catch (error) {
      if (generation !== this.#generation || index !== this.index) return;
      this.events.waiting(false);
      this.events.trouble(error instanceof ServerError ? error.trouble : 'format');
      return;
    }
    if (generation !== this.#generation || index !== this.index) return;
    this.events.waiting(false);
    this.#queue.want(neighbours(index, this.pictures.length, this.#direction, this.#reach()));
  }

  /** How far to fetch: within a quarter of the cache, and never a whole large series. */
  #reach(): Reach {
    const { columns = 512, rows = 512 } = this.#viewport.getCornerstoneImage() ?? {};
    const fits = Math.floor((64 << 20) / (columns * rows * 2));
    const ahead = Math.max(2, Math.min(40, fits));
    return { ahead, behind: Math.ceil(ahead / 2) };
  }

  async #draw(index: number): Promise<void> {
    const first = !this.#set;
    if (first) {
      this.#set = true;
      await this.#viewport.setStack(this.#imageIds, index);
    } else {
      await this.#viewport.setImageIdIndex(index);
    }
    if (this.#viewport.getCurrentImageIdIndex() !== index) return;
    this.#hangRight(first);
    this.shown = index;
    this.#grey();
    this.#viewport.render();
    this.events.changed();
  }

  /** Turns the picture as its orientation asks, when that differs from what is set. */
  #hangRight(first: boolean): void {
    const picture = this.picture;
    const wanted = picture ? hang(picture.data) : AS_STORED;
    const same = wanted.flip === this.hanging.flip && wanted.quarterTurns === this.hanging.quarterTurns;
    this.hanging = wanted;
    if (first || !same) this.#place();
  }

  #place(): void {
    this.#placed = false;
    this.#viewport.resetCamera();
    const { flip, quarterTurns } = this.hanging;
    if (flip) this.#viewport.setCamera({ flipHorizontal: true });
    if (quarterTurns) this.#viewport.setViewPresentation({ rotation: quarterTurns * 90 } as never);
    if (this.together) this.#hug();
  }

  /** Beside another pane, a breast touches the middle of the screen with its chest wall. */
  #hug(): void {
    const size = this.#viewport.getCornerstoneImage();
    const picture = this.picture;
    if (!size || !picture || text(picture.data, TAG.modality) !== 'MG') return;
    const { laterality } = viewOf(picture.data);
    const corners = [{ x: -0.5, y: -0.5 }, { x: size.columns - 0.5, y: size.rows - 0.5 }];
    const xs = corners.map((corner) => this.#project(corner).x);
    const by = laterality === 'R' ? this.element.clientWidth - Math.max(...xs) : laterality === 'L' ? -Math.min(...xs) : 0;
    const [x, y] = this.#viewport.getPan();
    this.#viewport.setPan([x + by, y]);
  }

  /** The pane changed its size or company: the picture fits it again, unless the reader placed it. */
  refit(): void {
    if (this.shown < 0 || this.#placed || this.element.clientWidth === 0) return;
    this.#place();
    this.#viewport.render();
    this.events.changed();
  }

  /** Columns and rows of the stored picture on screen. */
  get size(): Point | undefined {
    const image = this.shown < 0 ? undefined : this.#viewport.getCornerstoneImage();
    return image && { x: image.columns, y: image.rows };
  }

  get grey(): boolean {
    return this.picture !== undefined && this.#viewport.getCornerstoneImage()?.color !== true;
  }

  /** The window of the picture itself: declared, else from its darkest to its lightest value. */
  own(): Window {
    const picture = this.pictures[this.shown] ?? this.picture;
    const declared = picture && declaredWindow(picture.data, picture.frame);
    const image = this.#viewport.getCornerstoneImage();
    return declared ?? toWindow({ lower: image?.minPixelValue ?? 0, upper: image?.maxPixelValue ?? 255 });
  }

  get window(): Window {
    return this.chosen ?? this.own();
  }

  #grey(): void {
    const picture = this.pictures[this.shown];
    if (!picture) return;
    const invert = isMonochrome1(picture.data) !== this.negative;
    this.#viewport.setProperties(this.grey ? { voiRange: toRange(this.window), invert } : { invert: this.negative });
  }

  setWindow(window: Window | undefined, preset?: string): void {
    this.chosen = window;
    this.presetInUse = preset;
    this.#redraw();
  }

  setNegative(negative: boolean): void {
    this.negative = negative;
    this.#redraw();
  }

  preset(key: string): void {
    const picture = this.picture;
    const preset = picture && presetsFor(picture.data).find((one) => one.key === key);
    if (key === '0') this.setWindow(undefined, '0');
    else if (preset) this.setWindow(preset.apply(this.own()), key);
  }

  #redraw(): void {
    if (this.shown < 0) return;
    this.#grey();
    this.#viewport.render();
    this.events.changed();
  }

  get zoom(): number {
    return this.shown < 0 ? 1 : this.#viewport.getZoom();
  }

  /** Zooms by `factor`, keeping the picture's point under `at` (in the element) where it is. */
  zoomBy(factor: number, at: Point = this.#middle()): void {
    if (this.shown < 0) return;
    this.#placed = true;
    const before = this.toPicture(at);
    this.#viewport.setZoom(Math.max(ZOOM.least, Math.min(ZOOM.most, this.zoom * factor)));
    const now = before && this.toElement(before);
    if (now) this.panBy({ x: at.x - now.x, y: at.y - now.y });
    this.#viewport.render();
    this.events.changed();
  }

  panBy(by: Point): void {
    if (this.shown < 0) return;
    this.#placed = true;
    const [x, y] = this.#viewport.getPan();
    this.#viewport.setPan([x + by.x, y + by.y]);
    this.#viewport.render();
    this.events.changed();
  }

  reset(): void {
    this.chosen = undefined;
    this.presetInUse = '0';
    this.negative = false;
    if (this.shown >= 0) this.#place();
    this.#redraw();
  }

  #middle(): Point {
    return { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 };
  }

  /** Element's point to the stored picture's column and row; pixel centres are whole numbers. */
  toPicture(point: Point): Point | undefined {
    const plane = this.#viewport.getImageData();
    if (this.shown < 0 || !plane) return undefined;
    const world = this.#viewport.canvasToWorld([point.x, point.y]);
    const along = (axis: 0 | 1): number => {
      const offset = [0, 1, 2].reduce((sum, at) => sum + (world[at]! - plane.origin[at]!) * plane.direction[axis * 3 + at]!, 0);
      return offset / plane.spacing[axis];
    };
    return { x: along(0), y: along(1) };
  }

  toElement(point: Point): Point | undefined {
    return this.shown < 0 ? undefined : this.#project(point);
  }

  #project(point: Point): Point {
    const plane = this.#viewport.getImageData();
    const world = [0, 1, 2].map((at) => {
      const right = plane.direction[at]! * plane.spacing[0] * point.x;
      const down = plane.direction[3 + at]! * plane.spacing[1] * point.y;
      return plane.origin[at]! + right + down;
    });
    const [x, y] = this.#viewport.worldToCanvas(world as Types.Point3);
    return { x, y };
  }
}
