// HL7 over MLLP, as an information system sends it.
import { connect } from 'node:net';

/** Sends messages on one connection, one after the other; resolves with their acknowledgements. */
export function send(port, messages) {
  return new Promise((done, failed) => {
    const answers = [];
    let received = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1');
    const next = () => {
      if (answers.length === messages.length) {
        socket.end();
        done(answers);
      } else {
        socket.write(Buffer.concat([Buffer.from([0x0b]), Buffer.from(messages[answers.length]), Buffer.from([0x1c, 0x0d])]));
      }
    };
    socket.once('connect', next);
    socket.once('error', failed);
    socket.once('close', () => failed(new Error('the connection closed before every acknowledgement')));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const end = received.indexOf(Buffer.from([0x1c, 0x0d]));
      if (end < 0) return;
      answers.push(received.subarray(1, end).toString('utf8'));
      received = received.subarray(end + 2);
      next();
    });
  });
}

/** MSA-1 of an acknowledgement. */
export const code = (answer) => answer.split('\r').find((segment) => segment.startsWith('MSA'))?.split('|')[1];

/**
 * Listens as an information system that takes messages back; acknowledges each with AA, or, while `refusing` is an error
 * of table 0357, with AR and that.
 */
export async function listen() {
  const messages = [];
  const taken = { messages, refusing: '' };
  const net = await import('node:net');
  const listener = net.createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const end = received.indexOf(Buffer.from([0x1c, 0x0d]));
      if (end < 0) return;
      const text = received.subarray(1, end).toString('utf8');
      received = received.subarray(end + 2);
      messages.push(text);
      const control = text.split('\r')[0].split('|')[9];
      const said = taken.refusing ? `MSA|AR|${control}\rERR|||${taken.refusing}|E` : `MSA|AA|${control}`;
      socket.write(`\x0bMSH|^~\\&|RIS|X|NEGATOSCOPE|X|20260101000000||ACK|1|P|2.5\r${said}\r\x1c\r`);
    });
    socket.on('error', () => {});
  });
  await new Promise((ready) => listener.listen(0, '127.0.0.1', ready));
  return Object.assign(taken, { port: listener.address().port, close: () => listener.close() });
}

/** The ADT message, with an e-mail address in PID-13. */
export function withAddress(message, address) {
  const segments = message.toString('utf8').split('\r');
  const at = segments.findIndex((segment) => segment.startsWith('PID'));
  const fields = segments[at].split('|');
  while (fields.length < 14) fields.push('');
  fields[13] = `^NET^Internet^${address}`;
  segments[at] = fields.join('|');
  return Buffer.from(segments.join('\r'));
}
