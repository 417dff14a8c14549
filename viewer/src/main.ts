// The entry: reads where the page stands, fetches the list while the engine loads, and hands over.

import './style/page.css';
import './style/panes.css';
import './style/tools.css';
import './style/screens.css';
import { make } from './ui/dom';
import { Server, ServerError } from './net/server';
import { fetchEarly } from './net/early';
import { picturesOf } from './dicom/stack';
import { standIn } from './ui/preview';
import { wordsFor, type Words } from './ui/words';

/** What stands in for the first picture, until there is more to show. */
function firstLook(root: HTMLElement, pictures: string[], words: Words): void {
  const picture = make('img', { class: 'first-look', alt: '', hidden: '' });
  standIn(picture, pictures, () => picture.isConnected);
  root.replaceChildren(picture, make('p', { class: 'wait', role: 'status' }, words.preview));
}

async function firstFrame(server: Server, series: number): Promise<void> {
  const [picture] = picturesOf(await server.metadata(series));
  if (picture) fetchEarly(server.frame(series, picture.instance, picture.frame));
}

async function main(root: HTMLElement): Promise<void> {
  const words = wordsFor(root.lang || document.documentElement.lang);
  const server = new Server(root.dataset['base'] ?? '/images/data/');
  root.replaceChildren(make('p', { class: 'empty', role: 'status' }, words.loading));
  const [engine, viewer] = [import('./stage/engine'), import('./ui/viewer')];
  try {
    const series = await server.series();
    // The first series travels while the engine does.
    const first = series.find(({ viewable }) => viewable);
    if (first) {
      firstLook(root, server.standIns(first.series), words);
      firstFrame(server, first.series).catch(() => undefined);
    }
    const place = { root, words, server, back: root.dataset['back'], professional: root.dataset['audience'] === 'professional' };
    await new (await viewer).Viewer(place, (await engine).startEngine(), series).start();
  } catch (error) {
    const trouble = error instanceof ServerError ? error.trouble : 'network';
    const again = make('button', { type: 'button', class: 'plain' }, words.retry);
    again.addEventListener('click', () => void main(root));
    root.replaceChildren(make('div', { class: 'trouble', role: 'alert' }, make('p', {}, words.trouble[trouble]), again));
  }
}

const root = document.getElementById('viewer');
if (root) void main(root);
