// Making elements. No HTML text, no style attribute: the page's policy allows neither.

import { ICONS, type IconName } from './icons';

type Child = Node | string;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attributes: Record<string, string> = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function icon(name: IconName): SVGElement {
  const paths = ICONS[name].map((d) => svg('path', { d }));
  return svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' }, ...paths);
}

/** A button of the toolbar: a picture and a word under it. */
export function toolButton(name: IconName, label: string, act: () => void): HTMLButtonElement {
  const button = make('button', { type: 'button', class: `tool tool-${name}` }, icon(name), make('span', {}, label));
  button.addEventListener('click', act);
  return button;
}

/** Replaces the picture and the word of a toolbar button. */
export function relabel(button: HTMLButtonElement, name: IconName, label: string): void {
  button.replaceChildren(icon(name), make('span', {}, label));
}

export function pressed(button: HTMLElement, yes: boolean): void {
  button.setAttribute('aria-pressed', String(yes));
}
