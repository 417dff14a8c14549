// DICOM and HL7 over TLS, with certificates on both sides; new certificates and new peers without ending a connection.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { run, scratch, start, until } from '../lib/program.mjs';

const cleaning = [];
after(async () => {
  for (const clean of cleaning.reverse()) await clean();
});

/** An authority, two certificates of the server, one of a modality, and one of a stranger's own making. */
function certificates(dir) {
  const openssl = (...args) => run('openssl', args, { cwd: dir, stdio: 'pipe' });
  const named = (name, subject) => {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${subject}`, '-addext', 'subjectAltName=DNS:localhost');
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', `${name}.pem`, '-days', '30', '-copy_extensions', 'copy');
  };
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', '/CN=Authority');
  for (const [name, subject] of [['one', 'localhost'], ['two', 'localhost'], ['modality', 'CT1']]) named(name, subject);
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'stranger.key', '-out', 'stranger.pem', '-days', '30', '-subj', '/CN=Stranger');
  return (name) => join(dir, name);
}

/** A link of an information system; `say` sends a message and resolves with its acknowledgement. */
function link(port, at, client) {
  const proof = client ? { key: readFileSync(at(`${client}.key`)), cert: readFileSync(at(`${client}.pem`)) } : {};
  return new Promise((open, failed) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(at('ca.pem')), ...proof });
    let received = '';
    const waiting = [];
    socket.on('data', (bytes) => {
      received += bytes.toString('utf8');
      if (!received.includes('\x1c\r')) return;
      waiting.shift()?.done(received.split('\r').find((line) => line.startsWith('MSA'))?.split('|')[1]);
      received = '';
    });
    const broken = (error) => {
      failed(error);
      waiting.splice(0).forEach((one) => one.failed(error));
    };
    socket.on('error', broken);
    socket.on('close', () => broken(new Error('closed')));
    cleaning.push(() => socket.destroy());
    socket.once('secureConnect', () => open({
      serial: socket.getPeerCertificate().serialNumber,
      say: (id) => new Promise((done, refused) => {
        waiting.push({ done, failed: refused });
        socket.write(`\x0bMSH|^~\\&|RIS|X|NEGATOSCOPE|X|20261126100000||ADT^A28^ADT_A05|${id}|P|2.5\rPID|1||${id}^^^CABINET^PI||ESSAI^${id}^^^^^L||19700101|F\r\x1c\r`);
      }),
    }));
  });
}

test('who shows no good certificate gets nothing; new certificates and peers count from the next connection on', async () => {
  const place = scratch();
  cleaning.push(() => place.remove());
  const at = certificates(place.dir);
  copyFileSync(at('one.pem'), at('server.pem'));
  copyFileSync(at('one.key'), at('server.key'));
  const settings = readFileSync(place.settings, 'utf8').replace('[hl7]\n', '[hl7]\ntls-listen = "127.0.0.1:0"\n');
  const allowing = (...titles) => settings.replace('[dicom]\n', `[dicom]\ntls-listen = "127.0.0.1:0"\nallow = ${JSON.stringify(titles.map((title) => `${title}@127.0.0.1`))}\n`)
    + `\n[peer-tls]\ncertificate = "${at('server.pem')}"\nkey = "${at('server.key')}"\nclient-authorities = "${at('ca.pem')}"\n`;
  writeFileSync(place.settings, allowing('CT1'));
  const program = await start(place);
  cleaning.push(() => program.stop());

  const echo = (title, ...tls) => spawnSync('echoscu', [...tls, '-to', '5', '-ta', '5', '-aet', title, '-aec', 'NEGATOSCOPE', 'localhost', String(program.dicomTlsPort)], { encoding: 'utf8' }).status;
  const proven = (name) => ['+tls', at(`${name}.key`), at(`${name}.pem`), '+cf', at('ca.pem')];
  assert.equal(echo('CT1', ...proven('modality')), 0);
  assert.notEqual(echo('CT1', ...proven('stranger')), 0, 'a certificate that nobody vouches for');
  assert.notEqual(echo('CT1', '+tla', '+cf', at('ca.pem')), 0, 'no certificate');
  assert.notEqual(echo('CT2', ...proven('modality')), 0, 'a title that may not call');

  const first = await link(program.hl7TlsPort, at, 'modality');
  assert.equal(await first.say('P1'), 'AA');
  for (const nobody of ['stranger', undefined]) {
    // Under TLS 1.3 the refusal comes after the handshake's end: the first message gets no answer.
    await assert.rejects(async () => (await link(program.hl7TlsPort, at, nobody)).say('P2'));
  }

  copyFileSync(at('two.pem'), at('server.pem'));
  await until('a half-changed pair leaves the old one', async () => (await link(program.hl7TlsPort, at, 'modality')).serial === first.serial);
  copyFileSync(at('two.key'), at('server.key'));
  const second = await until('the new certificate is shown', async () => {
    const made = await link(program.hl7TlsPort, at, 'modality');
    return made.serial !== first.serial && made;
  }, 20);
  assert.equal(await second.say('P3'), 'AA');
  assert.equal(await first.say('P4'), 'AA', 'the link that was open goes on');

  writeFileSync(place.settings, allowing('CT1', 'CT2'));
  program.child.kill('SIGHUP');
  await until('the new peer may call', () => echo('CT2', ...proven('modality')) === 0, 10);
  writeFileSync(place.settings, 'no settings at all');
  program.child.kill('SIGHUP');
  await until('the mistake is told', () => program.log.some((line) => line.includes('was not read again')), 10);
  assert.equal(echo('CT2', ...proven('modality')), 0, 'a file with a mistake changes nothing');
  assert.equal(await first.say('P5'), 'AA');
});
