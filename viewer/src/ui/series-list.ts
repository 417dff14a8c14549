// The list of series: a column on wide screens, a sheet on narrow ones.

import type { SeriesInfo, Server } from '../net/server';
import { make } from './dom';
import type { Words } from './words';

export function seriesTitle(info: SeriesInfo, words: Words): string {
  return info.description.trim() || (words.modality[info.modality] ?? info.modality);
}

export class SeriesList {
  readonly element: HTMLElement;
  #buttons = new Map<number, HTMLButtonElement>();

  constructor(series: readonly SeriesInfo[], server: Server, words: Words, open: (series: number) => void) {
    const items = series.map((info) => make('li', {}, this.#item(info, server, words, open)));
    this.element = make('nav', { class: 'series', id: 'series', 'aria-label': words.series }, make('ul', {}, ...items));
  }

  #item(info: SeriesInfo, server: Server, words: Words, open: (series: number) => void): HTMLElement {
    const title = make('span', { class: 'title' }, seriesTitle(info, words));
    const kind = words.modality[info.modality] ?? info.modality;
    if (!info.viewable) {
      return make('div', { class: 'entry closed' }, make('span', { class: 'about' }, title, make('small', {}, words.notShown)));
    }
    const picture = make('img', { class: 'thumb', alt: '', loading: 'lazy', decoding: 'async', width: '64', height: '64' });
    picture.addEventListener('error', () => picture.classList.add('missing'));
    picture.src = server.thumbnail(info.series);
    const count = make('small', {}, `${kind} · ${words.seriesCount(info.frames)}`);
    const button = make('button', { type: 'button', class: 'entry' }, picture, make('span', { class: 'about' }, title, count));
    button.addEventListener('click', () => open(info.series));
    this.#buttons.set(info.series, button);
    return button;
  }

  /** Marks the series shown in the pane that tools speak to. */
  current(series: number): void {
    for (const [number, button] of this.#buttons) {
      if (number === series) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
  }

  focus(series: number): void {
    this.#buttons.get(series)?.focus();
  }
}
