// A pane and what surrounds its picture: letters, counts, slider, words when something is awaited or wrong.

import type { RenderingEngine } from '@cornerstonejs/core';
import { directionsOf, edges } from '../dicom/orientation';
import { viewOf } from '../dicom/mammography';
import { TAG, text } from '../dicom/dataset';
import type { Trouble } from '../net/server';
import { Pane } from '../stage/pane';
import { icon, make } from './dom';
import { Gestures, type Mode } from './gestures';
import { Measures } from './measure';
import { Planes } from './planes';
import { standIn } from './preview';
import type { Words } from './words';

export interface PaneHost {
  words: Words;
  mode(): Mode;
  touched(view: PaneView): void;
  changed(view: PaneView): void;
  say(what: string): void;
  /** What is really the matter when the server says that there is nothing. */
  told(trouble: Trouble): Promise<Trouble>;
}

/** A wait shorter than this (ms) is not worth a word. */
const PATIENCE = 250;

type Corner = 'left' | 'right' | 'top' | 'bottom' | 'count' | 'window' | 'name';

export class PaneView {
  readonly element: HTMLElement;
  readonly pane: Pane;
  readonly measures: Measures;
  #planes: Planes;
  /** Which series is open here. */
  series = 0;
  #host: PaneHost;
  #marks: Record<Corner, HTMLElement>;
  #slider: HTMLInputElement;
  #ruler: HTMLElement;
  #preview = make('img', { class: 'preview', alt: '', hidden: '' });
  #wait = make('p', { class: 'wait', hidden: '' });
  #trouble = make('div', { class: 'trouble', role: 'alert', hidden: '' });
  #timer = 0;

  constructor(engine: RenderingEngine, number: number, host: PaneHost) {
    this.#host = host;
    const { words } = host;
    const stage = make('div', { class: 'stage' });
    const surface = make('div', { class: 'surface', role: 'img', tabindex: '-1', 'aria-label': words.viewer });
    this.#marks = {
      left: mark('left'), right: mark('right'), top: mark('top'), bottom: mark('bottom'),
      count: mark('count'), window: mark('window'), name: mark('name'),
    };
    this.#slider = make('input', { type: 'range', min: '1', max: '1', value: '1', step: '1', 'aria-label': words.slider });
    this.#ruler = make('div', { class: 'ruler' }, this.#step('previous', -1), this.#slider, this.#step('next', 1));
    const frame = make('div', { class: 'frame' }, stage, this.#preview);
    this.element = make('section', { class: 'pane', 'aria-label': words.pane(number) }, frame, this.#ruler);
    this.pane = new Pane(engine, `pane-${number}`, stage, {
      changed: () => this.#changed(),
      waiting: (yes) => this.#waiting(yes),
      trouble: (trouble) => this.#troubled(trouble),
    });
    this.#planes = new Planes(this.pane);
    this.measures = new Measures(this.pane, words, (said) => {
      if (said) host.say(said);
      host.changed(this);
    });
    frame.append(this.#planes.layer, this.measures.layer, ...Object.values(this.#marks), surface, this.#wait, this.#trouble);
    new Gestures(surface, this.pane, this.#hands());
    this.#slider.addEventListener('input', () => void this.pane.go(Number(this.#slider.value) - 1));
    this.element.addEventListener('focusin', () => host.touched(this));
    new ResizeObserver(() => {
      engine.resize(true, true);
      this.pane.refit();
      this.#redraw();
    }).observe(stage);
  }

  #hands() {
    return {
      mode: () => this.#host.mode(),
      touched: () => this.#host.touched(this),
      measureStart: (at: { x: number; y: number }) => this.measures.start(at),
      measureMove: (at: { x: number; y: number }) => this.measures.move(at),
      measureEnd: (at: { x: number; y: number }) => this.measures.end(at),
      measureCancel: () => this.measures.cancel(),
    };
  }

  #step(name: 'previous' | 'next', by: number): HTMLButtonElement {
    const button = make('button', { type: 'button', class: 'step', 'aria-label': this.#host.words[name] }, icon(name));
    button.addEventListener('click', () => void this.pane.go(this.pane.index + by));
    return button;
  }

  /** Empties the pane for another series, for whose first picture others stand in until it is drawn. */
  previewFrom(urls: string[]): void {
    this.pane.clear();
    this.#trouble.hidden = true;
    this.#preview.hidden = true;
    const { series } = this;
    standIn(this.#preview, urls, () => series === this.series && this.pane.shown < 0);
    this.#waiting(true);
  }

  #showWait(): void {
    this.#wait.textContent = this.#preview.hidden ? this.#host.words.loading : this.#host.words.preview;
    this.#wait.hidden = false;
    this.element.classList.add('late');
  }

  #changed(): void {
    const { pane } = this;
    this.element.dataset['shown'] = String(pane.shown + 1);
    if (pane.shown >= 0) this.#preview.hidden = true;
    this.#slider.max = String(Math.max(1, pane.pictures.length));
    this.#slider.value = String(pane.index + 1);
    this.#slider.setAttribute('aria-valuetext', this.#host.words.imageOf(pane.index + 1, pane.pictures.length));
    this.#ruler.hidden = pane.pictures.length < 2;
    this.#letter();
    this.#redraw();
    this.#host.changed(this);
  }

  /** What lies over the picture goes where the picture is. */
  #redraw(): void {
    this.#planes.draw();
    this.measures.draw();
  }

  #letter(): void {
    const { pane } = this;
    const { words } = this.#host;
    const picture = pane.picture;
    if (!picture) return;
    const around = pane.shown < 0 ? { left: '', right: '', top: '', bottom: '' } : edges(directionsOf(picture.data, picture.frame), pane.hanging);
    const { width, center } = pane.window;
    const said: Record<Corner, string> = {
      ...around,
      count: words.imageOf(pane.index + 1, pane.pictures.length),
      window: pane.shown >= 0 && pane.grey ? words.window(width, center) : '',
      name: this.#pictureName(),
    };
    for (const [corner, what] of Object.entries(said)) this.#marks[corner as Corner].textContent = what;
    const surface = this.element.querySelector('.surface');
    surface?.setAttribute('aria-label', [this.#pictureName(), said.count].filter(Boolean).join(', '));
  }

  #pictureName(): string {
    const picture = this.pane.picture;
    const { words } = this.#host;
    if (!picture) return '';
    if (text(picture.data, TAG.modality) === 'MG') {
      const { laterality, view } = viewOf(picture.data);
      const name = [words.view[laterality], words.view[view] ?? ''].filter(Boolean).join(', ');
      if (name) return name;
    }
    return picture.frames > 1 ? words.clipOf(picture.frame, picture.frames) : '';
  }

  #waiting(yes: boolean): void {
    clearTimeout(this.#timer);
    if (!yes) {
      this.#wait.hidden = true;
      this.#preview.hidden = true;
      this.element.classList.remove('late');
      return;
    }
    this.#timer = window.setTimeout(() => this.#showWait(), PATIENCE);
  }

  #troubled(trouble: Trouble | undefined): void {
    this.#trouble.hidden = true;
    if (trouble === undefined) return;
    const { index, pictures } = this.pane;
    void this.#host.told(trouble).then((told) => {
      // The reader may have gone on meanwhile.
      if (index === this.pane.index && pictures === this.pane.pictures) this.fail(told, () => void this.pane.retry());
    });
  }

  /** Says what is wrong, with a way to try again where that may help. */
  fail(trouble: Trouble, again: () => void): void {
    const { words } = this.#host;
    this.#waiting(false);
    const said = make('p', {}, words.trouble[trouble]);
    const button = make('button', { type: 'button', class: 'plain' }, words.retry);
    button.addEventListener('click', () => {
      this.#trouble.hidden = true;
      again();
    });
    this.#trouble.replaceChildren(said, ...(trouble === 'network' || trouble === 'busy' ? [button] : []));
    this.#trouble.hidden = false;
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('.surface')?.focus({ preventScroll: true });
  }

  set marked(yes: boolean) {
    this.element.classList.toggle('unmarked', !yes);
  }
}

function mark(corner: Corner): HTMLElement {
  return make('span', { class: `mark mark-${corner}`, 'aria-hidden': 'true' });
}
