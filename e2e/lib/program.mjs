// The built program on a scratch folder: started, waited for by its own word, stopped or killed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, writeFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const root = resolve(import.meta.dirname, '../..');
const built = process.env.NEGATOSCOPE_BIN_DIR ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug');
export const binary = join(built, 'negatoscope');
/** The same by a clock that the test moves: `cargo build -p moved`. */
export const movedBinary = join(built, 'negatoscope-moved');
export const xtask = join(built, 'xtask');

/** Runs a program to its end; throws with its output when it fails. */
export function run(program, args, options = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.status}\n${done.stdout}\n${done.stderr}`);
  return done.stdout;
}

/** A scratch folder with settings; nothing runs yet. */
export function scratch(extra = '') {
  const dir = mkdtempSync(join(tmpdir(), 'negatoscope-'));
  mkdirSync(join(dir, 'sheets'));
  const settings = join(dir, 'settings.toml');
  writeFileSync(
    settings,
    `data-folder = "${dir}/data"
[site]
name = "Imagerie des Tilleuls"
phone = "02 00 00 00 00"
[dicom]
listen = "127.0.0.1:0"
[hl7]
listen = "127.0.0.1:0"
[desk]
listen = "127.0.0.1:0"
[web]
listen = "127.0.0.1:0"
[exam]
quiet-seconds = 1
[sheet]
output-folder = "${dir}/sheets"
${extra}`,
  );
  return { dir, settings, sheets: join(dir, 'sheets'), remove: () => rmSync(dir, { recursive: true, force: true }) };
}

const seconds = ({ days = 0, hours = 0, minutes = 0, seconds = 0 }) => Math.round(((days * 24 + hours) * 60 + minutes) * 60 + seconds);

/** Writes the place's two offsets whole or not at all, and gives the environment in which the program reads them. */
function setClock(place, wall, monotonic) {
  place.clock = { wall, monotonic };
  const path = join(place.dir, 'clock');
  writeFileSync(`${path}.new`, `${wall} ${monotonic}\n`);
  renameSync(`${path}.new`, path);
  return { NEGATOSCOPE_CLOCK_FILE: path };
}

/** The environment of a command run by the moved program on this place's clock. */
export const clockOf = (place) => setClock(place, place.clock?.wall ?? 0, place.clock?.monotonic ?? 0);

/**
 * Starts the program and resolves when it says that it is ready. With `moved` it runs by a clock of the place, which
 * stays where it was moved to when the program is started again.
 */
export async function start(place, { moved = false, env = {} } = {}) {
  const child = spawn(moved ? movedBinary : binary, ['--settings', place.settings, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(moved ? clockOf(place) : {}), ...env },
  });
  const program = { child, place, log: [], exited: new Promise((done) => child.once('exit', (code, sig) => done(code ?? sig))) };
  createInterface({ input: child.stderr }).on('line', (line) => program.log.push(line));
  await new Promise((ready, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const words = line.split(' ');
      if (words[0] !== 'ready') return;
      for (const word of words.slice(1)) {
        const [name, address] = word.split('=');
        program[name] = address;
        program[`${name}Port`] = Number(address.split(':').at(-1));
      }
      ready();
    });
    program.exited.then((code) => failed(new Error(`it ended (${code}) before it was ready:\n${program.log.join('\n')}`)));
  });
  program.stop = async () => {
    child.kill('SIGTERM');
    return program.exited;
  };
  /** What time the program believes it is. */
  program.now = () => new Date(Date.now() + (place.clock?.wall ?? 0) * 1000);
  /** Time passes: both clocks, forward. */
  program.advance = (by) => setClock(place, place.clock.wall + seconds(by), place.clock.monotonic + seconds(by));
  /** Time passes until this instant (a Date, or text that Date understands). */
  program.moveTo = (instant) => program.advance({ seconds: (new Date(instant) - program.now()) / 1000 });
  /** The wall clock alone is set apart, either way. */
  program.jump = (by) => setClock(place, place.clock.wall + seconds(by), place.clock.monotonic);
  program.kill = async () => {
    child.kill('SIGKILL');
    return program.exited;
  };
  return program;
}

/** Asks `question` until it answers something, for at most `atMost` seconds. */
export async function until(what, question, atMost = 60) {
  const end = Date.now() + atMost * 1000;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${atMost} s: ${what}`);
    await new Promise((again) => setTimeout(again, 100));
  }
}

/** The finished sheets of the output folder. */
export function sheets(place) {
  return readdirSync(place.sheets).filter((name) => name.endsWith('.pdf') && !name.startsWith('.')).sort();
}

/** What a person reads on a sheet: number, code, and the address of the QR. */
export function readSheet(path) {
  const text = run('pdftotext', ['-layout', path, '-']);
  const number = text.match(/\b(\d{3} \d{3} \d{3} \d)\b/)?.[1];
  const code = text.match(/\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z])\b/)?.[1]
    ?? text.match(/\b([0-9A-HJKMNP-TV-Z]{4}[ -]+[0-9A-HJKMNP-TV-Z]{4}[ -]+[0-9A-HJKMNP-TV-Z]{4}[ -]+[0-9A-HJKMNP-TV-Z])\b/)?.[1];
  return { text, number, code };
}

/** The address in the sheet's QR, decoded from a picture of its last page. */
export function readQr(path) {
  const pages = Number(run('pdfinfo', [path]).match(/Pages:\s+(\d+)/)[1]);
  const png = path.replace(/\.pdf$/, '');
  run('pdftoppm', ['-r', '200', '-f', String(pages), '-l', String(pages), '-png', '-singlefile', path, png]);
  const url = run('zbarimg', ['--quiet', '--raw', `${png}.png`]).trim();
  rmSync(`${png}.png`);
  return url;
}
