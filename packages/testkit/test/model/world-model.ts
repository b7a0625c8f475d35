import { canTransition, isRunning, type Keep, type VmState, type VmStatus } from '@vmrs/core';
import { NAMES, type Name } from './command.ts';

/** An object of one VM that somebody has got hold of. */
export interface Handle {
  readonly life: number;
  /** The manager that gave it. */
  readonly manager: number;
}

/** What the model knows of one name. */
export interface Life {
  /** Counts boots of any name; which one this is. */
  readonly id: number;
  /** Null when nothing is known under the name. */
  readonly status: VmStatus | null;
  /** The address that the guest has said in this boot. */
  readonly ip: string | null;
  /** Whether the present manager has it in hand. */
  readonly held: boolean;
  /** Its VMM is gone or going and nobody has acted upon that: the states in which it will be found. */
  readonly dying: readonly ('stopped' | 'failed')[];
  /** Its start is to be given up. */
  readonly givenUp: boolean;
  /** Somebody works on what is kept of it. */
  readonly claimed: boolean;
  /** The object that was got hold of last. */
  readonly handle: Handle | null;
}

/** Everything that the model knows: one of the worlds that are possible after what was seen. */
export interface World {
  readonly keep: Keep;
  /** Counts managers; the present one. */
  readonly manager: number;
  readonly lifeCount: number;
  readonly lives: { readonly [N in Name]: Life };
  /** The address in the snapshot that was taken of the VM of that name; undefined when there is no such snapshot. */
  readonly saved: { readonly [N in Name]?: string | null };
  /** Objects whose manager had let go of the living VM, as {@link handleKey}. */
  readonly parted: readonly string[];
}

const NOBODY: Life = {
  id: 0,
  status: null,
  ip: null,
  held: false,
  dying: [],
  givenUp: false,
  claimed: false,
  handle: null,
};

/** The world before anything was done. */
export function emptyWorld(keep: Keep): World {
  return { keep, manager: 0, lifeCount: 0, lives: { a: NOBODY, b: NOBODY }, saved: {}, parted: [] };
}

/** A handle as a string. */
export function handleKey({ life, manager }: Handle): string {
  return `${life}/${manager}`;
}

/** Whether the VM exists and has not ended, as far as anybody has noticed. */
export function isAlive({ status }: Life): boolean {
  return status !== null && status !== 'stopped' && status !== 'failed';
}

/** Whether its vCPUs execute, in the sense of core's `isRunning`. */
export function isAwake({ status }: Life): boolean {
  return status !== null && isRunning({ status } as VmState);
}

/** `world` with `change` to the life called `name`. A change of status that {@link TRANSITIONS} does not know is a mistake of the model. */
export function change(world: World, name: Name, change: Partial<Life>): World {
  const life = world.lives[name];
  const { status } = change;
  if (status !== undefined && status !== null && life.status !== null && isAlive(life) && status !== life.status) {
    if (!canTransition(life.status, status)) throw new TypeError(`the model goes from ${life.status} to ${status}`);
  }
  return { ...world, lives: { ...world.lives, [name]: { ...life, ...change } } };
}

/** A new life under `name`, about to be started; the manager has it in hand. */
export function begin(world: World, name: Name): World {
  const id = world.lifeCount + 1;
  const { handle } = world.lives[name];
  const lives = { ...world.lives, [name]: { ...NOBODY, id, handle, status: 'starting', held: true } satisfies Life };
  return { ...world, lifeCount: id, lives };
}

/** The VM has ended in `status`; nothing is kept of it where that was asked for. */
export function end(world: World, name: Name, status: 'stopped' | 'failed'): World {
  const ended = change(world, name, { status, ip: null, held: false, dying: [], givenUp: false });
  const kept = world.keep === 'always' || (world.keep === 'on-failure' && status === 'failed');
  return kept ? ended : change(ended, name, { status: null });
}

/** What `list()` may tell of a name: a status, or `absent`. */
export function listed({ status, held, dying }: Life): string {
  if (status === null) return 'absent';
  return dying.length > 0 && !held ? 'failed' : status;
}

/** All names of `world` with their lives. */
export function livesOf(world: World): readonly (readonly [Name, Life])[] {
  return NAMES.map((name) => [name, world.lives[name]] as const);
}
