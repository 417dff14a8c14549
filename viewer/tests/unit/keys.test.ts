import { expect, test } from 'vitest';
import { syntaxOf } from '../../src/net/early';
import { troubleOfStatus } from '../../src/net/server';
import { dragStep } from '../../src/ui/gestures';
import { commandOf } from '../../src/ui/keys';
import { wordsFor } from '../../src/ui/words';

const stroke = (key: string, more: object = {}) => ({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more });

test('arrows scroll, and move the picture with shift', () => {
  expect(commandOf(stroke('ArrowDown'), true)).toEqual({ do: 'step', by: 1 });
  expect(commandOf(stroke('ArrowLeft'), true)).toEqual({ do: 'step', by: -1 });
  expect(commandOf(stroke('ArrowLeft', { shiftKey: true }), true)).toEqual({ do: 'pan', x: -40, y: 0 });
  expect(commandOf(stroke('End'), true)).toEqual({ do: 'end', last: true });
});

test('letters are commands unless switched off, and never with the browser’s own keys', () => {
  expect(commandOf(stroke('r'), true)).toEqual({ do: 'reset' });
  expect(commandOf(stroke('3'), true)).toEqual({ do: 'preset', key: '3' });
  expect(commandOf(stroke('r'), false)).toBeUndefined();
  expect(commandOf(stroke('r', { ctrlKey: true }), true)).toBeUndefined();
  expect(commandOf(stroke('ArrowDown'), false)).toEqual({ do: 'step', by: 1 });
});

test('one thumb crosses a large stack in a pane’s height, and does not race through a small one', () => {
  expect(dragStep(500, 100)).toBe(4);
  expect(dragStep(500, 4)).toBe(28);
  expect(dragStep(500, 3000)).toBe(3);
});

test('French unless English is asked for, with numbers written as each reads them', () => {
  expect(wordsFor('fr-FR').length(4.25, 'mm', false)).toBe('4,3 mm');
  expect(wordsFor('en-GB').length(4.25, 'mm', true)).toBe('4.3 mm (on the detector)');
  expect(wordsFor('de').scroll).toBe('Défiler');
});

test('both languages say the same things', () => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
      : Array.isArray(value) ? value.length : typeof value;
  expect(shape(wordsFor('en'))).toEqual(shape(wordsFor('fr')));
});

test('each failure of the server has its words', () => {
  expect([0, 401, 404, 410, 429, 500, 503].map(troubleOfStatus)).toEqual(['network', 'ended', 'ended', 'ended', 'busy', 'busy', 'busy']);
});

test('the transfer syntax is read from a single part only', () => {
  expect(syntaxOf('application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90')).toBe('1.2.840.10008.1.2.4.90');
  expect(syntaxOf('multipart/related; type="application/octet-stream"; boundary=x')).toBeUndefined();
  expect(syntaxOf('text/html')).toBeUndefined();
});
