import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Answer, Description, GuestEvent, Request } from './description.ts';
import { RealGuest } from './real-guest.ts';

/**
 * Runs the guest of one machine of the double: started by `double/guest/qemu-guest.cc`, with which it talks over the socket on descriptor 3, one line of JSON per message. Descriptor 4 is
 * the guest's console; those of networks follow. It ends with its guest, and with who has the other end of the socket.
 */
const CONTROL_FD = 3;
const CONSOLE_FD = 4;

function main(): void {
  const control = new Socket({ fd: CONTROL_FD });
  const say = (message: Answer | GuestEvent): void => {
    control.write(`${JSON.stringify(message)}\n`);
  };
  let guest: RealGuest | null = null;
  const ended = async (): Promise<void> => {
    await guest?.end();
    process.exit(0);
  };
  control.on('error', () => undefined);
  control.once('close', () => void ended());
  createInterface({ input: control }).on('line', (line) => {
    if (guest === null) {
      guest = new RealGuest(JSON.parse(line) as Description, CONSOLE_FD, say);
      return;
    }
    const request = JSON.parse(line) as Request;
    guest.do(request).then(
      () => say({ id: request.id, problem: null }),
      (error: unknown) => say({ id: request.id, problem: error instanceof Error ? error.message : String(error) }),
    );
  });
}

main();
