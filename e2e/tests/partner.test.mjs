// Partners receive what they prescribed (P13), over a network that refuses, cuts, delays and loses answers, from a program
// that is killed on the way: nothing lost, nothing twice to see, in order. DCMTK's storescp over TLS takes the images.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import { chance, proxy } from '../lib/proxy.mjs';
import { clockOf, movedBinary, root, run, scratch, start, until } from '../lib/program.mjs';

const python = process.env.NEGATOSCOPE_PYTHON;
const PRESCRIBERS = ['99700999016', '99700999024'];
const cleaning = [];
after(async () => {
  for (const clean of cleaning.reverse()) await clean();
});

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** An authority, and a server's certificate for localhost. */
function certificates(dir) {
  const at = (name) => join(dir, name);
  const openssl = (...args) => run('openssl', args, { cwd: dir, stdio: 'pipe' });
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '3650', '-subj', '/CN=Authority');
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'peer.key', '-out', 'peer.csr', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost');
  openssl('x509', '-req', '-in', 'peer.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'peer.pem', '-days', '3650', '-copy_extensions', 'copy');
  return { authority: at('ca.pem'), key: at('peer.key'), certificate: at('peer.pem') };
}

/** DCMTK's storescp over TLS; resolves once it listens. */
async function storescp(port, folder, tls, extra = []) {
  const child = spawn('storescp', ['+tls', tls.key, tls.certificate, '-ic', '-od', folder, '-aet', 'PACS', ...extra, String(port)], { stdio: 'ignore' });
  cleaning.push(() => child.kill('SIGKILL'));
  await until('storescp listens', () => new Promise((done) => {
    const probe = createServer().once('error', () => done(true)).once('listening', () => probe.close(() => done(false)));
    probe.listen(port, '127.0.0.1');
  }));
  return child;
}

const controlId = (message) => message.split('\r')[0].split('|')[9];
const accessionOf = (message) => message.split('\r').find((segment) => segment.startsWith('OBR')).split('|')[18].split('^')[0];
const uidsOf = (files) => files.map((file) => run('dcmdump', ['+P', 'SOPInstanceUID', file]).match(/\[([0-9.]+)\]/)[1]);

function feed(program, exam) {
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
}

/** Patient, order, images, report, of exams in a row. */
async function feedAll(program, all) {
  for (const exam of all) {
    const messages = ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name]));
    for (const answer of await hl7.send(program.hl7Port, messages)) assert.equal(hl7.code(answer), 'AA');
    feed(program, exam);
  }
}

const partner = (hl7Port, dicomPort, dicomWay, extra = '') => `
structures-without-partner = []
[[partner]]
name = "CHU FICTIF"
structures = ["449990001"]
prescribers = ${JSON.stringify(PRESCRIBERS)}
[partner.hl7]
address = "127.0.0.1:${hl7Port}"
application = "DPI"
facility = "CHU"
way.plain = true
[partner.dicom]
address = "localhost:${dicomPort}"
ae-title = "PACS"
${dicomWay}
${extra}`;

/** The keys that stand in no section come first in a settings file. */
function placed(settings) {
  const place = scratch();
  const text = readFileSync(place.settings, 'utf8');
  const [bare, blocks] = [settings.split('[[partner]]')[0], `[[partner]]${settings.split('[[partner]]').slice(1).join('[[partner]]')}`];
  run('sh', ['-c', 'cat > "$0"', place.settings], { input: `${bare}\n${text}\n${blocks}` });
  cleaning.push(() => place.remove());
  return place;
}

test('over a bad network and through a kill everything arrives, once to see, in order, with the partner’s numbers', async () => {
  const tlsPlace = scratch();
  cleaning.push(() => tlsPlace.remove());
  const tls = certificates(tlsPlace.dir);
  const images = join(tlsPlace.dir, 'images');
  mkdirSync(images);
  const scpPort = await freePort();
  const dpi = await hl7.listen();
  cleaning.push(() => dpi.close());
  // The first connections go badly, each in its own way; later ones one in four.
  const draw = chance(13);
  const badly = (first) => (n) => {
    if (n < first.length) return first[n];
    return draw() < 0.25 ? { there: Math.floor(draw() * 60_000) } : { wait: Math.floor(draw() * 30) };
  };
  const hl7Proxy = await proxy(dpi.port, badly(['refuse', { there: 300 }, { back: 10 }, { back: 0 }, { wait: 50 }]));
  const dicomProxy = await proxy(scpPort, badly(['refuse', { there: 200 }, { there: 30_000 }, { wait: 20 }, { there: 90_000 }]));
  cleaning.push(() => hl7Proxy.close(), () => dicomProxy.close());
  const way = `way.authorities = "${tls.authority}"\nway.server-name = "localhost"`;
  const place = placed(partner(hl7Proxy.port, dicomProxy.port, way, '[partner.numbers]\npatient = "ins"\n'));
  clockOf(place);
  let program = await start(place, { moved: true });
  cleaning.push(() => program.stop());
  desk.account(place, 'anne', 'administrator', { program: movedBinary, env: clockOf(place) });
  const all = exams.write(join(place.dir, 'exams'));
  // A peer that kills the association half-way, then one that behaves.
  let scp = await storescp(scpPort, images, tls, ['--abort-during']);
  await feedAll(program, all);
  const cookie = await desk.login(program.desk, 'anne');
  const done = async () => {
    const page = await desk.page(program.desk, cookieNow, '/partenaires');
    return page.includes('data-acknowledged="12" data-expected="12"');
  };
  let cookieNow = cookie;
  await until('the peer has killed an association', async () => {
    program.advance({ minutes: 2 });
    await new Promise((again) => setTimeout(again, 200));
    return dicomProxy.connections >= 5;
  }, 20);
  assert.deepEqual(readdirSync(images), [], 'a peer that kills every association keeps nothing');
  scp.kill('SIGKILL');
  scp = await storescp(scpPort, images, tls);
  let killed = false;
  dicomProxy.onData = () => {
    // In the middle of an image, once.
    if (!killed && readdirSync(images).length >= 5) {
      killed = true;
      program.kill();
    }
  };
  await until('the partner has everything', async () => {
    if (program.child.exitCode !== null || program.child.signalCode !== null) {
      program = await start(place, { moved: true });
      cookieNow = await desk.login(program.desk, 'anne');
    }
    program.advance({ minutes: 20 });
    await new Promise((again) => setTimeout(again, 400));
    return done().catch(() => false);
  }, 40);
  assert.ok(killed, 'the program was killed on the way');
  assert.ok(hl7Proxy.cut >= 3 && dicomProxy.cut >= 3, `${hl7Proxy.cut} and ${dicomProxy.cut} connections were cut`);

  const files = readdirSync(images).filter((name) => !name.endsWith('.part'));
  const arrived = uidsOf(files.map((name) => join(images, name))).sort();
  assert.deepEqual(arrived, all.flatMap((exam) => uidsOf(exam.files)).sort(), 'every instance, once');
  const dump = run('dcmdump', ['+P', 'PatientID', '+P', 'ModifyingSystem', join(images, files[0])]);
  assert.match(dump, /\(0010,0020\) LO \[\d{13}/, 'the qualified national identity');
  assert.match(dump, /NEGATOSCOPE/);

  const byId = new Map();
  for (const message of dpi.messages) {
    const before = byId.get(controlId(message));
    if (before) assert.equal(message, before, 'what came twice came the same, under the same message id');
    byId.set(controlId(message), message);
  }
  assert.equal(byId.size, all.length, 'every report, once to see');
  assert.ok(dpi.messages.length > byId.size, 'an answer was lost, and its message came again');
  const ids = dpi.messages.map(controlId);
  const runs = ids.filter((id, at) => id !== ids[at - 1]);
  assert.equal(runs.length, byId.size, 'in order: no message comes again once a later one has come');
  assert.deepEqual([...byId.values()].map(accessionOf).sort(), all.map((exam) => exam.accession).sort());
});

for (const where of ['same', 'own']) {
  test(`a partner commits to what it has, on ${where === 'same' ? 'the same association' : 'an association of its own'}`, { skip: !python && 'no python with pynetdicom' }, async () => {
    const [pacsPort, ourPort] = [await freePort(), await freePort()];
    const settings = partner(1, pacsPort, 'way.plain = true').replace(/\[partner\.hl7\][^[]*/, '');
    const place = placed(settings);
    const text = readFileSync(place.settings, 'utf8').replace('[dicom]\nlisten = "127.0.0.1:0"', `[dicom]\nlisten = "127.0.0.1:${ourPort}"`);
    run('sh', ['-c', 'cat > "$0"', place.settings], { input: text });
    const pacs = spawn(python, [join(import.meta.dirname, '../lib/commit.py'), String(pacsPort), String(ourPort), where], { stdio: ['ignore', 'pipe', 'inherit'] });
    cleaning.push(() => pacs.kill('SIGKILL'));
    const said = [];
    createInterface({ input: pacs.stdout }).on('line', (line) => said.push(line));
    await until('the partner listens', () => said.includes('ready'));
    const program = await start(place);
    cleaning.push(() => program.stop());
    desk.account(place, 'anne', 'administrator');
    const exam = exams.write(join(place.dir, 'exams')).find((one) => one.modality === 'DX');
    await feedAll(program, [exam]);
    await until('the partner has committed', () => said.some((line) => line.startsWith('committed')), 30);
    assert.deepEqual(said.filter((line) => line.startsWith('committed')), [`committed ${exam.files.length} 0`]);
    const cookie = await desk.login(program.desk, 'anne');
    const page = await until('the desk says so', async () => {
      const page = await desk.page(program.desk, cookie, '/partenaires');
      return page.includes('data-acknowledged="1" data-expected="1"') && page;
    }, 10);
    assert.match(page, /CHU FICTIF/);
  });
}

test('what a partner refuses is read on the desk and sent again with one button; unknown structures are counted', async () => {
  const dpi = await hl7.listen();
  cleaning.push(() => dpi.close());
  dpi.refusing = '101';
  const settings = partner(dpi.port, 1, '').replace(/\[partner\.dicom\][\s\S]*$/, '').replace(/prescribers = .*/, '');
  const place = placed(settings);
  const program = await start(place);
  cleaning.push(() => program.stop());
  desk.account(place, 'anne', 'desk');
  const all = exams.write(join(place.dir, 'exams'));
  const hospital = all.filter((one) => one.modality === 'CT')[0];
  const other = all.find((one) => one.modality === 'DX');
  for (const name of ['order']) {
    const text = readFileSync(other.hl7[name], 'utf8').replace(/^(ORC.*)$/m, (orc) => {
      const fields = orc.split('|');
      fields[21] = 'CLINIQUE INCONNUE^^^^^^^^^1440999999';
      return Array.from(fields, (field) => field ?? '').join('|');
    });
    run('sh', ['-c', 'cat > "$0"', other.hl7[name]], { input: text });
  }
  await feedAll(program, [hospital, other]);
  const { page, close } = await browser.open(`http://${program.desk}`, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  cleaning.push(close);
  const [name, value] = (await desk.login(program.desk, 'anne')).split('=');
  await page.context().addCookies([{ name, value, url: `http://${program.desk}` }]);
  const shown = async (words) => {
    await page.goto(`http://${program.desk}/partenaires`);
    const text = await page.textContent('main');
    return words.every((word) => text.includes(word)) && text;
  };
  await until('both are shown', () => shown(['le message a été refusé', 'AR 101', '440999999']), 30);
  const shots = join(root, 'target/screenshots');
  mkdirSync(shots, { recursive: true });
  for (const [size, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 360, height: 640 }]]) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: join(shots, `desk-partners-${size}.png`), fullPage: true });
    assert.deepEqual(await browser.accessibility(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${size}: nothing sticks out`);
  }
  dpi.refusing = '';
  await page.click('text=Envoyer');
  await until('it is sent again', async () => (await shown([])) && (await page.$('[data-acknowledged="1"][data-expected="1"]')), 20);
  assert.equal(controlId(dpi.messages[0]), controlId(dpi.messages.at(-1)), 'the same message id');
  await page.click('text=Partenaires');
  const doubts = await desk.page(program.desk, `${name}=${value}`, '/etat');
  assert.match(doubts, /CHU FICTIF, comptes rendus : 1 reçus sur 1/);
  assert.match(doubts, /1 examen\(s\) prescrits par des structures inconnues/);
});
