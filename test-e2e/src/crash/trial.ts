import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MARK } from '../world.ts';
import type { CrashOrder, Said } from './crash-order.ts';
import { type SceneName, sceneOf } from './scenes.ts';

const COMPILE_CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'compiled');

/** How a controller is to end. */
export type Death =
  | { readonly at: NonNullable<CrashOrder['dieAt']> }
  /** So many milliseconds after it has begun. */
  | { readonly afterMs: number }
  /** It is not killed. */
  | 'none';

/** A place of one trial's own, in which one controller has lived and died. */
export interface Trial extends AsyncDisposable {
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly filesDir: string;
  /** In the environment of everything that the controller has started, directly or not. */
  readonly mark: string;
  readonly lifetime: CrashOrder['lifetime'];
  readonly death: Death;
  /** What the controller said, to its last word. */
  readonly said: readonly Said[];
  /** Milliseconds from the beginning of its life to its end. */
  readonly livedMs: number;
}

/** Has a controller live, and die as told. Fails when it dies of anything else. */
export async function runTrial(scene: SceneName, lifetime: CrashOrder['lifetime'], death: Death): Promise<Trial> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'vx-')));
  const place = { stateDir: join(root, 's'), runtimeDir: join(root, 'r'), filesDir: join(root, 'f') };
  for (const directory of Object.values(place)) await mkdir(directory, { mode: 0o700 });
  const { callers } = sceneOf(scene);
  await callers?.make(place.filesDir);
  const mark = randomUUID();
  const dieAt = typeof death === 'object' && 'at' in death ? death.at : null;
  const order: CrashOrder = { ...place, scene, lifetime, dieAt };
  const child = startController(order, mark);
  const said: Said[] = [];
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  let began = performance.now();
  if (child.stdout === null) throw new Error('no stdout');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const word: Said = JSON.parse(line);
    said.push(word);
    if (!('at' in word) || word.at !== 'start') return;
    began = performance.now();
    if (typeof death === 'object' && 'afterMs' in death) setTimeout(() => child.kill('SIGKILL'), death.afterMs);
  });
  const [code, signal] = await once(child, 'close');
  const livedMs = performance.now() - began;
  // No two lives are quite the same: one may be over when its time would have come.
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the controller ended with ${signal ?? code}: ${complaints}`);
  return {
    ...place,
    ...{ mark, lifetime, death, said, livedMs },
    async [Symbol.asyncDispose]() {
      await callers?.remove(place.filesDir);
      await rm(root, { recursive: true, force: true });
    },
  };
}

function startController(order: CrashOrder, mark: string): ChildProcess {
  const program = join(import.meta.dirname, 'controller.ts');
  return spawn(process.execPath, ['--conditions=@vmrs/source', program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Starting Node.js is most of what a trial costs.
    env: { ...process.env, [MARK]: mark, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
}
