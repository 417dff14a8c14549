// A real SMTP server that keeps what it receives.
import { SMTPServer } from 'smtp-server';
import { until } from './program.mjs';

/** Listens on this machine; `letters` are `{ to, subject, text, raw }`, oldest first. */
export async function listen() {
  const letters = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, session, done) {
      const pieces = [];
      stream.on('data', (piece) => pieces.push(piece));
      stream.on('end', () => {
        const raw = Buffer.concat(pieces).toString('utf8');
        letters.push({ to: session.envelope.rcptTo.map((one) => one.address).join(','), ...read(raw), raw });
        done();
      });
    },
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const latest = (to) => letters.findLast((letter) => letter.to === to);
  return {
    letters,
    port: server.server.address().port,
    /** The settings that send mail here. */
    settings: `[mail]\nserver = "127.0.0.1"\nport = ${server.server.address().port}\ntls = "none"\nfrom = "Imagerie des Tilleuls <images@exemple.fr>"\n`,
    /** The six digits in the latest letter to this address, once there are more letters than `seen`. */
    code: async (to, seen = 0) => {
      await until('a letter with a code', async () => letters.filter((letter) => letter.to === to).length > seen);
      return latest(to).text.match(/(\d{3}) (\d{3})/).slice(1).join('');
    },
    latest,
    close: () => new Promise((closed) => server.close(closed)),
  };
}

/** The subject and the text of a letter (RFC 2047, quoted-printable or base64). */
function read(raw) {
  const [head, ...body] = raw.split('\r\n\r\n');
  const header = (name) => head.match(new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, 'mi'))?.[1].replace(/\r\n[ \t]/g, ' ') ?? '';
  const quoted = (text) => Buffer.from(text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
  const encoding = header('Content-Transfer-Encoding').toLowerCase();
  const whole = body.join('\r\n\r\n');
  const text = encoding === 'base64' ? Buffer.from(whole, 'base64').toString('utf8') : encoding === 'quoted-printable' ? quoted(whole) : whole;
  const subject = header('Subject').replace(/=\?utf-8\?b\?([^?]*)\?=\s*/gi, (_, word) => Buffer.from(word, 'base64').toString('utf8'));
  return { subject, text };
}
