// The viewer as a whole: panes, list, tools, keys and words put together.

import type { RenderingEngine } from '@cornerstonejs/core';
import { TAG, text } from '../dicom/dataset';
import { picturesOf } from '../dicom/stack';
import { ServerError, type SeriesInfo, type Server } from '../net/server';
import { register } from '../stage/engine';
import { Cine } from './cine';
import { make, icon } from './dom';
import type { Mode } from './gestures';
import { Help } from './help';
import { commandOf, type Command } from './keys';
import { PaneView } from './pane-view';
import { SeriesList, seriesTitle } from './series-list';
import { Toolbar } from './toolbar';
import type { Words } from './words';

/** Below this width there is one pane and the list is a sheet; the style sheet says the same. */
const WIDE = '(min-width: 1000px)';
/** A count is said once the scroll rests this long (ms). */
const REST = 400;

export interface Place {
  root: HTMLElement;
  words: Words;
  server: Server;
  /** Where "back" leads, if anywhere. */
  back: string | undefined;
  professional: boolean;
}

export class Viewer {
  #views: PaneView[] = [];
  #active!: PaneView;
  #mode: Mode = 'scroll';
  #marks = true;
  #beside = false;
  #toolbar: Toolbar;
  #list: SeriesList;
  #help: Help;
  #title = make('h1', {});
  #live = make('p', { class: 'unseen', role: 'status' });
  #listButton: HTMLButtonElement;
  #panes = make('div', { class: 'panes' });
  #timer = 0;
  #cine = new Cine(() => this.#refresh());
  #wide = matchMedia(WIDE);

  constructor(
    private readonly place: Place,
    private readonly engine: RenderingEngine,
    private readonly series: readonly SeriesInfo[],
  ) {
    const { root, words, server } = place;
    this.#help = new Help(words);
    this.#list = new SeriesList(series, server, words, (number) => void this.#choose(number));
    this.#toolbar = new Toolbar(words, this.#actions());
    this.#listButton = make('button', { type: 'button', class: 'round list-button', 'aria-controls': 'series', 'aria-expanded': 'false' }, icon('series'), make('span', {}, words.series));
    this.#listButton.addEventListener('click', () => this.#showList(!root.classList.contains('listing')));
    const notice = make('footer', { class: 'notice' }, place.professional ? words.professionalNotice : words.notice);
    const main = make('main', { 'aria-label': words.viewer }, this.#toolbar.drawer, this.#panes);
    root.replaceChildren(this.#header(), this.#list.element, main, this.#toolbar.element, notice, this.#live, this.#help.element);
    this.#views.push(this.#newView(1));
    this.#active = this.#views[0]!;
    document.addEventListener('keydown', (event) => this.#key(event));
    this.#wide.addEventListener('change', () => this.#fold());
  }

  #header(): HTMLElement {
    const { words, back } = this.place;
    const link = back === undefined ? [] : [make('a', { class: 'round', href: back, 'aria-label': words.back }, icon('back'))];
    return make('header', { class: 'head' }, ...link, this.#title, this.#listButton);
  }

  #newView(number: number): PaneView {
    const view = new PaneView(this.engine, number, {
      words: this.place.words,
      mode: () => this.#mode,
      touched: (touched) => this.#activate(touched),
      changed: (changed) => this.#paneChanged(changed),
      say: (what) => this.#say(what),
      told: (trouble) => this.place.server.told(trouble),
    });
    this.#panes.append(view.element);
    return view;
  }

  /** Opens the first series that can be shown. */
  async start(): Promise<void> {
    const first = this.series.find(({ viewable }) => viewable);
    if (first) await this.#open(this.#active, first.series);
    else this.#panes.replaceChildren(make('p', { class: 'empty' }, this.place.words.emptyExam));
  }

  async #choose(series: number): Promise<void> {
    this.#showList(false);
    // The keys speak to the picture from here on.
    this.#active.focus();
    await this.#open(this.#active, series);
  }

  async #open(view: PaneView, series: number, index = 0): Promise<void> {
    const { server, words } = this.place;
    this.#cine.stop();
    view.series = series;
    this.#refresh();
    view.previewFrom(server.standIns(series));
    try {
      const pictures = picturesOf(await server.metadata(series));
      if (view.series !== series) return;
      if (pictures.length === 0) throw new ServerError('format');
      await view.pane.open(pictures, register(server, series, pictures), Math.min(index, pictures.length - 1));
    } catch (error) {
      if (view.series !== series) return;
      view.fail(error instanceof ServerError ? error.trouble : 'format', () => void this.#open(view, series, index));
    }
    const info = this.series.find((one) => one.series === series);
    if (info) this.#say(seriesTitle(info, words));
  }

  #actions() {
    return {
      mode: (mode: Mode) => this.#setMode(mode),
      preset: (key: string) => this.#active.pane.preset(key),
      play: () => this.#cine.toggle(this.#active.pane),
      zoom: (factor: number) => this.#active.pane.zoomBy(factor),
      negative: () => this.#active.pane.setNegative(!this.#active.pane.negative),
      marks: () => this.#toggleMarks(),
      sideBySide: () => this.#toggleBeside(),
      clearMeasures: () => this.#active.measures.clear(),
      reset: () => this.#active.pane.reset(),
      help: () => this.#help.open(),
    };
  }

  #setMode(mode: Mode): void {
    this.#mode = mode;
    this.place.root.dataset['mode'] = mode;
    this.#refresh();
  }

  #toggleMarks(): void {
    this.#marks = !this.#marks;
    for (const view of this.#views) view.marked = this.#marks;
    this.#refresh();
  }

  #toggleBeside(): void {
    this.#beside = !this.#beside;
    if (this.#beside && this.#views.length < 2) {
      const view = this.#newView(2);
      view.marked = this.#marks;
      this.#views.push(view);
      const { series, index } = this.#neighbour();
      void this.#open(view, series, index);
    }
    this.#fold();
  }

  /** What stands beside the active pane: the other breast, else the next series, else the same one. */
  #neighbour(): { series: number; index: number } {
    const { pane, series } = this.#active;
    if (pane.picture && text(pane.picture.data, TAG.modality) === 'MG' && pane.pictures.length > 1) {
      return { series, index: (pane.index + 1) % pane.pictures.length };
    }
    const after = this.series.filter(({ viewable }) => viewable).find((one) => one.series > series);
    return { series: after?.series ?? series, index: 0 };
  }

  /** One pane or two, as chosen and as the width allows. */
  #fold(): void {
    const two = this.#beside && this.#wide.matches;
    this.#panes.classList.toggle('two', two);
    for (const view of this.#views) view.pane.together = two;
    if (!two && this.#views[0]) this.#activate(this.#views[0]);
    if (this.#wide.matches) this.#showList(false);
    this.#refresh();
  }

  #activate(view: PaneView): void {
    this.#toolbar.fold();
    if (this.#active === view) return;
    this.#cine.stop();
    this.#active = view;
    this.#refresh();
  }

  #showList(open: boolean): void {
    this.place.root.classList.toggle('listing', open);
    this.#listButton.setAttribute('aria-expanded', String(open));
    if (open) this.#list.focus(this.#active.series);
  }

  #paneChanged(view: PaneView): void {
    if (view !== this.#active) return;
    this.#refresh();
    const { index, pictures } = view.pane;
    if (!this.#cine.playing) this.#say(this.place.words.imageOf(index + 1, pictures.length));
  }

  #refresh(): void {
    const view = this.#active;
    if (!view) return;
    const { words } = this.place;
    const info = this.series.find((one) => one.series === view.series);
    this.#title.textContent = info ? seriesTitle(info, words) : words.viewer;
    this.#list.current(view.series);
    for (const one of this.#views) one.element.classList.toggle('active', one === view && this.#beside);
    this.#toolbar.show(view.pane, this.#mode, {
      playing: this.#cine.playing,
      marks: this.#marks,
      beside: this.#beside,
      measures: view.measures.any,
    });
  }

  /** Speaks once things rest, so that a scroll through a stack is one sentence. */
  #say(what: string): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => (this.#live.textContent = what), REST);
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (this.#help.element.open) return;
    if (event.key === 'Escape') this.#showList(false);
    // A focused control keeps the keys that work it.
    if (target instanceof HTMLInputElement && /^(Arrow|Page|Home|End)/.test(event.key)) return;
    if (target.closest('button, a') && event.key === ' ') return;
    const command = commandOf(event, this.#help.singleKeys);
    if (!command) return;
    event.preventDefault();
    this.#obey(command);
  }

  #obey(command: Command): void {
    const { pane } = this.#active;
    switch (command.do) {
      case 'step':
        return void pane.go(pane.index + command.by);
      case 'end':
        return void pane.go(command.last ? pane.pictures.length - 1 : 0);
      case 'pan':
        return pane.panBy({ x: -command.x, y: -command.y });
      case 'zoom':
        return pane.zoomBy(command.by);
      case 'preset':
        return pane.preset(command.key);
      case 'measure':
        return this.#setMode(this.#mode === 'measure' ? 'scroll' : 'measure');
      default:
        return this.#actions()[command.do]();
    }
  }
}
