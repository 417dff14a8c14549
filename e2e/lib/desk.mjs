// The desk without a browser: an account, a session, a page.
import { spawnSync } from 'node:child_process';
import { binary } from './program.mjs';

export const password = 'une phrase assez longue';

/** Makes an account; with the program that runs there, or without one. */
export function account(place, login, role, { program = binary, env = {} } = {}) {
  const made = spawnSync(program, ['--settings', place.settings, 'staff', 'add', '--login', login, '--name', login, '--role', role],
    { input: password, encoding: 'utf8', env: { ...process.env, ...env } });
  if (made.status !== 0) throw new Error(`${made.stdout}${made.stderr}`);
}

/** Logs in; the cookie of the session. */
export async function login(desk, name) {
  const answer = await fetch(`http://${desk}/connexion`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: `http://${desk}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ login: name, password }).toString(),
  });
  const cookie = answer.headers.getSetCookie().at(0)?.split(';')[0];
  if (answer.status !== 303 || !cookie) throw new Error(`${name} does not get in: ${answer.status}`);
  return cookie;
}

/** The text of a page of the desk. */
export async function page(desk, cookie, path) {
  const answer = await fetch(`http://${desk}${path}`, { headers: { cookie, 'accept-language': 'fr' }, redirect: 'manual' });
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`);
  return answer.text();
}
