// The help sheet, and the switch that turns single-letter keys off (WCAG 2.1.4).

import { icon, make } from './dom';
import type { Words } from './words';

export class Help {
  readonly element: HTMLDialogElement;
  readonly #keys = make('input', { type: 'checkbox', id: 'single-keys' });

  constructor(words: Words) {
    this.#keys.checked = true;
    const close = make('button', { type: 'button', class: 'round', 'aria-label': words.close }, icon('close'));
    close.addEventListener('click', () => this.element.close());
    const keys = words.helpKeys.flatMap(([key, what]) => [make('dt', {}, make('kbd', {}, key)), make('dd', {}, what)]);
    this.element = make(
      'dialog',
      { class: 'help', 'aria-labelledby': 'help-title' },
      make('header', {}, make('h2', { id: 'help-title' }, words.help), close),
      make('h3', {}, words.helpTouchTitle),
      make('ul', {}, ...words.helpTouch.map((line) => make('li', {}, line))),
      make('p', {}, words.helpMarks),
      make('h3', {}, words.helpKeysTitle),
      make('label', { class: 'switch', for: 'single-keys' }, this.#keys, words.singleKeys),
      make('dl', {}, ...keys),
    );
    // A touch beside the sheet closes it.
    this.element.addEventListener('click', (event) => {
      if (event.target === this.element) this.element.close();
    });
  }

  get singleKeys(): boolean {
    return this.#keys.checked;
  }

  open(): void {
    if (!this.element.open) this.element.showModal();
  }
}
