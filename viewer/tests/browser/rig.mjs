// Opens the built viewer in Chromium over the development server, and watches for what must never happen.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../../dev/server.mjs';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const BUILT = fileURLToPath(new URL('../../dist/manifest.json', import.meta.url));

/** Why these tests cannot run here; nothing when they can. */
export function missing() {
  if (!existsSync(CHROMIUM)) return `no ${CHROMIUM}`;
  if (!existsSync(BUILT)) return 'no dist/: run npm run build';
  return undefined;
}

const GPU = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const NO_GPU = ['--disable-gpu', '--disable-3d-apis'];

export async function launch({ webgl = true } = {}) {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...(webgl ? GPU : NO_GPU)] });
}

export const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const DESK = { viewport: { width: 1440, height: 900 } };

/** A page on an exam: `{ page, server, faults, close }`; `faults` lists what went wrong by itself. */
export async function open(browser, folders, { screen = DESK, query = '', before = () => undefined } = {}) {
  const server = await serve(folders);
  before(server);
  const context = await browser.newContext(screen);
  const page = await context.newPage();
  const faults = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) faults.push(`foreign: ${request.url()}`);
  });
  await context.exposeFunction('policyBroken', (what) => faults.push(`policy: ${what}`));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => window.policyBroken(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(`${server.url}/images${query}`);
  const close = async () => {
    await context.close();
    server.close();
  };
  return { page, server, faults, close };
}

/** Waits until the pane shows the picture at `number` (from 1) and nothing is awaited. */
export async function shows(page, number, pane = 0) {
  await page.locator(`.pane >> nth=${pane}`).and(page.locator(`[data-shown="${number}"]`)).waitFor({ timeout: 30_000 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/**
 * Colours on the canvas at points of the stored picture of `columns` × `rows`, as it is first shown: fitted and
 * centred. `points` are `[column, row]` of pixel centres; `flip` mirrors.
 */
export async function colours(page, [columns, rows], points, { pane = 0, flip = false } = {}) {
  return page.evaluate(
    ({ columns, rows, points, pane, flip }) => {
      const canvas = document.querySelectorAll('.pane')[pane].querySelector('canvas');
      const drawn = canvas.getContext('2d');
      const scale = Math.min(canvas.width / columns, canvas.height / rows);
      return points.map(([column, row]) => {
        const across = (column + 0.5 - columns / 2) * (flip ? -1 : 1);
        const x = Math.floor(canvas.width / 2 + across * scale);
        const y = Math.floor(canvas.height / 2 + (row + 0.5 - rows / 2) * scale);
        return [...drawn.getImageData(x, y, 1, 1).data.slice(0, 3)];
      });
    },
    { columns, rows, points, pane, flip },
  );
}

export const chooseSeries = async (page, number) => {
  if (await page.locator('.list-button').isVisible()) await page.locator('.list-button').click();
  await page.locator(`.series li:nth-child(${number}) button`).click();
};
