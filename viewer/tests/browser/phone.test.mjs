import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeExam } from './exam.mjs';
import { DESK, PHONE, chooseSeries, launch, missing, open, shows } from './rig.mjs';

const why = missing();
if (why) console.log(`skipped: the viewer on a phone: ${why}`);
/** A change is drawn within this. */
const DRAWN = { timeout: 10_000, interval: 50 };
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(why)('the viewer on a phone', () => {
  const folders = why ? [] : writeExam();
  let browser;
  let rig;
  beforeAll(async () => (browser = await launch()));
  afterAll(async () => browser?.close());
  afterEach(async () => {
    expect(rig.faults).toEqual([]);
    await rig.close();
  });

  const start = async (screen = PHONE, query = '') => {
    rig = await open(browser, folders, { screen, query });
    await shows(rig.page, 1);
    return rig.page;
  };

  /** Fingers, as the screen feels them: each a list of points, all of one length. */
  async function touch(page, ...fingers) {
    const session = await page.context().newCDPSession(page);
    const send = (type, at) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: at < 0 ? [] : fingers.map((path, id) => ({ ...path[at], id })) });
    await send('touchStart', 0);
    for (let at = 1; at < fingers[0].length; at += 1) await send('touchMove', at);
    await send('touchEnd', -1);
    await session.detach();
  }

  const line = (from, to, steps = 5) =>
    Array.from({ length: steps + 1 }, (_, at) => ({ x: from.x + ((to.x - from.x) * at) / steps, y: from.y + ((to.y - from.y) * at) / steps }));

  /** How much of the canvas is neither black nor white: the ramp of the phantom, wider when enlarged. */
  const greys = (page) =>
    page.evaluate(() => {
      const canvas = document.querySelector('.pane canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let at = 0; at < data.length; at += 4) count += data[at] > 8 && data[at] < 247 ? 1 : 0;
      return count / (data.length / 4);
    });

  /** Whether the ramp goes from the left edge of the canvas to the right one. */
  const edges = () => {
    const canvas = document.querySelector('.pane canvas');
    const at = (x) => canvas.getContext('2d').getImageData(x, Math.round(canvas.height / 2), 1, 1).data[0];
    const middle = at(canvas.width / 2 + 10);
    return [middle > 110 && middle < 150, at(canvas.width - 2) === 255];
  };

  test('one thumb scrolls', async () => {
    const page = await start();
    await touch(page, line({ x: 180, y: 150 }, { x: 180, y: 236 }));
    await shows(page, 4);
    await touch(page, line({ x: 180, y: 236 }, { x: 180, y: 178 }));
    await shows(page, 2);
  });

  test('two fingers enlarge the picture and scroll nothing', async () => {
    const page = await start();
    // The picture fits once the slider has taken its place under it.
    await vi.waitFor(async () => expect(await page.evaluate(edges)).toEqual([true, true]), DRAWN);
    const before = await greys(page);
    await touch(page, line({ x: 170, y: 250 }, { x: 120, y: 250 }), line({ x: 190, y: 250 }, { x: 240, y: 250 }));
    await shows(page, 1);
    await vi.waitFor(async () => expect(await greys(page)).toBeGreaterThan(before * 2), DRAWN);
    await page.locator('.tool-more').click();
    await page.getByRole('button', { name: 'Rétablir' }).click();
    await vi.waitFor(async () => expect(Math.abs((await greys(page)) - before)).toBeLessThan(0.01), DRAWN);
  });

  test('the list is a sheet that closes on a choice', async () => {
    const page = await start();
    expect(await page.locator('.series').isVisible()).toBe(false);
    await chooseSeries(page, 3);
    await page.locator('.mark-name', { hasText: 'Séquence' }).first().waitFor();
    expect(await page.locator('.series').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Côte à côte' }).isVisible()).toBe(false);
  });

  test('every target is at least 44 pixels high and wide, and nothing is wider than the screen', async () => {
    const page = await start();
    for (const prepare of ['.tool-contrast', '.tool-more']) {
      await page.locator(prepare).click();
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, a, input')]
          .map((element) => ({ name: element.className, box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 0 && (box.height < 44 || box.width < 44 || box.right > innerWidth || box.left < 0)),
      );
      expect(small).toEqual([]);
    }
  });

  test.each([
    ['a phone, in French', PHONE, '?lang=fr'],
    ['a phone, in English', PHONE, '?lang=en'],
    ['a desk, in French', DESK, '?lang=fr'],
    ['a desk, in English', DESK, '?lang=en'],
  ])('axe finds nothing on %s', async (_, screen, query) => {
    const page = await start(screen, query);
    const audit = async (what) => {
      // Through the debugger: the page's policy would refuse a script element.
      const { violations } = await page.evaluate(`${AXE}; axe.run(document, { rules: { 'page-has-heading-one': { enabled: true } } })`);
      expect(violations.map(({ id, nodes }) => [what, id, nodes.map(({ html }) => html)])).toEqual([]);
    };
    await audit('first');
    await page.locator('.tool-contrast').click();
    await audit('contrast');
    if (screen === PHONE) {
      await page.locator('.tool-more').click();
      await audit('more');
      await page.locator('.list-button').click();
      await audit('list');
      await page.keyboard.press('Escape');
    }
    await page.keyboard.press('?');
    await audit('help');
  });
});
