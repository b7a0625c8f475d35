// A VMM with a guest that is a list of steps: `node vmm.js <socket> <console> <kernel> [<saved state>]`. The kernel is gzipped JSON:
// { exit?: code, boots: [[['wait', ms] | ['print', text] | ['ready', ip] | ['deaf'] | ['off'] | ['panic'] | ['reset'], ...], ...] }
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

const [socket, serial, kernel, saved] = process.argv.slice(2);
const guest = JSON.parse(gunzipSync(readFileSync(kernel)).toString());
if (guest.exit !== undefined) {
  process.stderr.write('told to exit\n');
  process.exit(guest.exit);
}

const clients = new Set();
let at = { boot: 0, step: 0, deaf: false };
let paused = false;
if (saved !== undefined) {
  at = JSON.parse(readFileSync(saved, 'utf8'));
  paused = true;
}

const print = (text) => appendFileSync(serial, text);
const say = (event) => {
  for (const client of clients) client.write(`! ${event}\n`);
};
const end = (event) => {
  say(event);
  setImmediate(() => process.exit(0));
};

const COMMANDS = {
  state: () => undefined,
  button: () => {
    if (!at.deaf) setImmediate(() => void wakened().then(() => end('off')));
  },
  quit: () => setImmediate(() => end('quit')),
  pause: () => {
    paused = true;
    say('paused');
  },
  resume: () => {
    paused = false;
    say('resumed');
  },
  save: (file) => writeFileSync(file, JSON.stringify(at), { mode: 0o600 }),
};

const server = createServer((client) => {
  clients.add(client);
  client.on('error', () => undefined).on('close', () => clients.delete(client));
  const lines = createInterface({ input: client });
  lines.on('error', () => undefined);
  lines.on('line', (line) => {
    const [name, ...words] = line.split(' ');
    if (name === 'vsock') {
      clients.delete(client);
      lines.close();
      client.write('ok\n');
      client.resume();
      client.pipe(client);
      return;
    }
    COMMANDS[name]?.(words.join(' '));
    client.write(`ok ${paused ? 'paused' : 'running'}\n`);
  });
});
server.listen(socket, () => void play());

async function wakened() {
  while (paused) await sleep(10);
}

async function play() {
  for (;;) {
    await wakened();
    const steps = guest.boots[Math.min(at.boot, guest.boots.length - 1)];
    const [verb, argument] = steps[at.step] ?? ['idle'];
    if (verb === 'idle') await sleep(1_000_000);
    else if (verb === 'wait') {
      for (let left = argument; left > 0; left -= 10) {
        await wakened();
        await sleep(10);
      }
    } else if (verb === 'print') print(argument);
    else if (verb === 'ready') print(`VMRS_READY ${argument}\n`);
    else if (verb === 'deaf') at.deaf = true;
    else if (verb === 'panic') {
      print('Kernel panic - not syncing: golden guest\n');
      return end('panic');
    } else if (verb === 'off') return end('off');
    else if (verb === 'reset') {
      at = { boot: at.boot + 1, step: -1, deaf: false };
      say('reset');
    }
    at.step += 1;
  }
}
