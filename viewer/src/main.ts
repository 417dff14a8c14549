// The entry: reads where the page stands, fetches the list while the engine loads, and hands over.

import './style.css';
import { make } from './ui/dom';
import { Server, ServerError } from './net/server';
import { wordsFor } from './ui/words';

async function main(root: HTMLElement): Promise<void> {
  const words = wordsFor(root.lang || document.documentElement.lang);
  const server = new Server(root.dataset['base'] ?? '/images/data/');
  root.replaceChildren(make('p', { class: 'empty', role: 'status' }, words.loading));
  const [engine, viewer] = [import('./stage/engine'), import('./ui/viewer')];
  try {
    const series = await server.series();
    // The first metadata travel while the engine does.
    const first = series.find(({ viewable }) => viewable);
    if (first) server.metadata(first.series).catch(() => undefined);
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
