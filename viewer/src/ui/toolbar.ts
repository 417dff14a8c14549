// The tools: what a drag does, grey levels by name, and single actions. One row on wide screens; on narrow
// ones the rarer actions stand behind "More".

import { isPlayable } from '../dicom/stack';
import { presetsFor } from '../dicom/window';
import type { Pane } from '../stage/pane';
import { make, pressed, relabel, toolButton } from './dom';
import type { Mode } from './gestures';
import type { IconName } from './icons';
import type { Words } from './words';

export interface Actions {
  mode(mode: Mode): void;
  preset(key: string): void;
  play(): void;
  zoom(factor: number): void;
  negative(): void;
  marks(): void;
  sideBySide(): void;
  clearMeasures(): void;
  reset(): void;
  help(): void;
}

const ZOOM_STEP = 1.4;

export class Toolbar {
  readonly element: HTMLElement;
  /** Grey levels by name, and what to do with a drag. */
  readonly drawer: HTMLElement;
  #modes = new Map<Mode, HTMLButtonElement>();
  #play: HTMLButtonElement;
  #more: HTMLButtonElement;
  #rare: HTMLElement;
  #negative: HTMLButtonElement;
  #marks: HTMLButtonElement;
  #beside: HTMLButtonElement;
  #clear: HTMLButtonElement;
  #presets: HTMLElement;
  #hint: HTMLElement;
  #presetKeys = '';

  constructor(
    private readonly words: Words,
    private readonly actions: Actions,
  ) {
    const tool = (name: IconName, label: string, act: () => void): HTMLButtonElement => toolButton(name, label, act);
    this.#play = tool('play', words.play, () => actions.play());
    this.#more = tool('more', words.more, () => this.#unfold(this.#rare.classList.toggle('open')));
    this.#negative = tool('negative', words.negative, () => actions.negative());
    this.#marks = tool('marks', words.marks, () => actions.marks());
    this.#beside = tool('sideBySide', words.sideBySide, () => actions.sideBySide());
    this.#clear = tool('clear', words.clearMeasures, () => actions.clearMeasures());
    this.#more.setAttribute('aria-controls', 'rare-tools');
    this.#rare = make(
      'div',
      { class: 'rare', id: 'rare-tools' },
      this.#mode('move', words.move),
      this.#mode('zoom', words.zoom),
      tool('zoomIn', words.zoomIn, () => actions.zoom(ZOOM_STEP)),
      tool('zoomOut', words.zoomOut, () => actions.zoom(1 / ZOOM_STEP)),
      this.#negative,
      this.#marks,
      this.#beside,
      this.#clear,
      tool('reset', words.reset, () => actions.reset()),
      tool('help', words.help, () => actions.help()),
    );
    const first = [this.#mode('scroll', words.scroll), this.#mode('contrast', words.contrast), this.#mode('measure', words.measure)];
    const group = make('div', { class: 'tools' }, ...first, this.#play, this.#more);
    this.element = make('section', { class: 'toolbar', 'aria-label': words.tools }, group, this.#rare);
    this.#presets = make('div', { class: 'presets', role: 'group', 'aria-label': words.presets });
    this.#hint = make('p', { class: 'hint' });
    this.drawer = make('div', { class: 'drawer' }, this.#presets, this.#hint);
    this.#unfold(false);
  }

  #mode(mode: Mode, label: string): HTMLButtonElement {
    const button = toolButton(mode, label, () => {
      this.#unfold(false);
      this.actions.mode(mode);
    });
    this.#modes.set(mode, button);
    return button;
  }

  #unfold(open: boolean): void {
    this.#rare.classList.toggle('open', open);
    this.#more.setAttribute('aria-expanded', String(open));
  }

  /** Puts the rarer tools away. */
  fold(): void {
    this.#unfold(false);
  }

  /** Writes the state of things on the buttons. */
  show(pane: Pane, mode: Mode, state: { playing: boolean; marks: boolean; beside: boolean; measures: boolean }): void {
    const { words } = this;
    for (const [name, button] of this.#modes) pressed(button, name === mode);
    relabelOnce(this.#play, state.playing ? 'pause' : 'play', state.playing ? words.pause : words.play);
    this.#play.disabled = !isPlayable(pane.pictures);
    pressed(this.#negative, pane.negative);
    pressed(this.#marks, state.marks);
    pressed(this.#beside, state.beside);
    this.#clear.hidden = !state.measures;
    this.#hint.textContent = mode === 'measure' ? words.measureHint : mode === 'contrast' ? words.contrastHint : '';
    this.drawer.classList.toggle('open', mode === 'contrast' || mode === 'measure');
    this.drawer.classList.toggle('measuring', mode === 'measure');
    this.#showPresets(pane);
  }

  #showPresets(pane: Pane): void {
    const presets = pane.picture ? presetsFor(pane.picture.data) : [];
    const keys = presets.map(({ name }) => name).join();
    if (keys !== this.#presetKeys) {
      this.#presetKeys = keys;
      const own = { key: '0', label: this.words.ownWindow };
      const all = [own, ...presets.map(({ key, name }) => ({ key, label: this.words.preset[name] }))];
      this.#presets.replaceChildren(...(presets.length > 0 ? all.map(({ key, label }) => this.#chip(key, label)) : []));
    }
    for (const chip of this.#presets.querySelectorAll<HTMLElement>('button')) {
      pressed(chip, pane.presetInUse === chip.dataset['key']);
    }
  }

  #chip(key: string, label: string): HTMLButtonElement {
    const chip = make('button', { type: 'button', class: 'chip', 'data-key': key, 'aria-keyshortcuts': key }, label);
    chip.addEventListener('click', () => this.actions.preset(key));
    return chip;
  }
}

/** Rewrites a button only when it changes, so that a press in flight is not lost. */
function relabelOnce(button: HTMLButtonElement, name: IconName, label: string): void {
  if (button.dataset['icon'] === name) return;
  button.dataset['icon'] = name;
  relabel(button, name, label);
}
