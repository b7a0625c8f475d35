import type { Command, GuestEvent, Name, Outcome, VmCall } from './command.ts';
import {
  begin,
  change,
  end,
  type Handle,
  handleKey,
  isAlive,
  isAwake,
  type Life,
  livesOf,
  type World,
} from './world-model.ts';

/** A command on its way: where in its course it is, and what it has in hand. */
export interface Course {
  readonly command: Command;
  readonly at: 'given' | 'act' | 'wait';
  /** The manager to which it was given. */
  readonly manager: number;
  readonly handle: Handle | null;
}

/** What a step leads to: the next part of the course, or its outcome. */
export type Next = { readonly world: World } & ({ readonly course: Course } | { readonly outcome: Outcome });

/** The course of a command that is given in `world`. */
export function give(world: World, command: Command): Course {
  const handle = 'via' in command && command.via === 'object' ? world.lives[command.name].handle : null;
  return { command, at: 'given', manager: world.manager, handle };
}

/** Everything that the next step of `course` may lead to. Empty when it has to wait for something else to happen first. */
export function step(world: World, course: Course): readonly Next[] {
  const { command } = course;
  switch (command.do) {
    case 'boot':
    case 'restore':
      return start(world, course, command);
    case 'remove':
      return remove(world, course, command.name);
    case 'marker':
      return marker(world, command.name, command.ip);
    case 'reboot':
    case 'powerOff':
    case 'panic':
    case 'exit':
    case 'crash':
    case 'killedFromOutside':
      return happen(world, course, command.do, command.name);
    case 'reopen':
      return reopen(world);
    case 'adoptAll':
      return adoptAll(world, course);
    case 'list':
      return [{ world, outcome: 'ok' }];
    case 'state':
    case 'ready':
    case 'pause':
    case 'resume':
    case 'snapshot':
    case 'stop':
    case 'stopNow':
    case 'kill':
      if (course.at === 'given') return find(world, course, command);
      return course.at === 'act'
        ? act(world, course, command.do, command.name)
        : waitForEnd(world, course, command.name);
  }
}

/** Things that happen by themselves: a dead VMM is noticed by the manager that has it in hand. */
export function spontaneous(world: World): readonly World[] {
  return livesOf(world).flatMap(([name, life]) =>
    life.held ? life.dying.map((status) => end(world, name, status)) : [],
  );
}

const failed = (world: World, ...outcomes: readonly Outcome[]): readonly Next[] =>
  outcomes.map((outcome) => ({ world, outcome }));

function start(world: World, course: Course, command: Extract<Command, { do: 'boot' | 'restore' }>): readonly Next[] {
  const { name } = command;
  const life = world.lives[name];
  if (course.at === 'given') {
    if (course.manager !== world.manager) return failed(world, 'TypeError');
    if (command.do === 'restore' && world.saved[command.from] === undefined) return failed(world, 'SNAPSHOT_FAILED');
    const taken = life.claimed || (isAlive(life) && (life.held || life.dying.length === 0));
    if (taken) return failed(world, 'ALREADY_EXISTS');
    const begun = begin(world, name);
    const handle = { life: begun.lifeCount, manager: world.manager };
    return [{ world: begun, course: { ...course, at: 'act', handle } }];
  }
  // Stopped when it was all but up, and gone before its caller heard of it.
  if (course.handle?.life !== life.id || !isAlive(life)) return failed(world, 'ok');
  if (life.givenUp) return failed(end(world, name, 'stopped'), 'ABORTED');
  const ip = command.do === 'restore' ? (world.saved[command.from] ?? null) : null;
  // A stop may have begun when it was all but up; it has it in hand from there.
  const status = life.status === 'stopping' ? 'stopping' : command.do === 'restore' ? 'paused' : 'running';
  const { handle } = course;
  return [{ world: change(world, name, { status, ip: life.ip ?? ip, handle }), outcome: 'ok' }];
}

/** `manager.get()`, which takes a VM back where nobody has it in hand. */
function find(world: World, course: Course, { name, via }: Extract<Command, { do: VmCall }>): readonly Next[] {
  const life = world.lives[name];
  if (via === 'object') {
    if (course.handle === null) return failed(world, 'skipped');
    return [{ world, course: { ...course, at: 'act' } }];
  }
  if (course.manager !== world.manager) return failed(world, 'TypeError', 'ABORTED');
  if (life.status === null) return failed(world, 'NOT_FOUND');
  const got = (found: World): Next => {
    const handle = { life: life.id, manager: world.manager };
    return { world: change(found, name, { handle }), course: { ...course, at: 'act', handle } };
  };
  if (life.held || !isAlive(life)) return [got(world)];
  if (life.claimed) return failed(world, 'ALREADY_EXISTS');
  if (life.dying.length > 0) return life.dying.map((status) => got(end(world, name, status)));
  return [got(change(world, name, { held: true }))];
}

function act(world: World, course: Course, call: VmCall, name: Name): readonly Next[] {
  const { handle } = course;
  const life = world.lives[name];
  if (handle !== null && world.parted.includes(handleKey(handle))) {
    // It may have been done before it was given up.
    const done = [world, ...(handle.life === life.id ? effectsOf(world, call, name) : [])];
    return done.flatMap((after) => failed(after, call === 'state' ? 'ok' : 'INVALID_STATE'));
  }
  const ended = handle === null || handle.life !== life.id || !isAlive(life);
  switch (call) {
    case 'state':
      return failed(world, 'ok');
    case 'ready':
      if (ended) return failed(world, 'NOT_READY');
      if (life.status === 'ready') return failed(world, 'ok');
      return failed(world, 'TIMEOUT');
    case 'pause':
    case 'resume':
    case 'snapshot':
      return ended ? failed(world, 'INVALID_STATE') : operate(world, call, name);
    case 'stop':
    case 'stopNow':
    case 'kill':
      return ended ? failed(world, 'ok') : beginEnd(world, course, name);
  }
}

function operate(world: World, call: 'pause' | 'resume' | 'snapshot', name: Name): readonly Next[] {
  const life = world.lives[name];
  if (life.dying.length > 0) {
    const broken = call === 'snapshot' ? 'SNAPSHOT_FAILED' : 'HYPERVISOR';
    return failed(world, 'INVALID_STATE', broken, ...effectsOf(world, call, name).map(() => 'ok'));
  }
  const done = effectsOf(world, call, name);
  if (done.length > 0) return done.map((after) => ({ world: after, outcome: 'ok' }));
  if (call === 'snapshot' && life.status === 'paused') return failed(world, 'SNAPSHOT_FAILED');
  return failed(world, 'INVALID_STATE');
}

/** The worlds to which an operation leads that can be done. */
function effectsOf(world: World, call: VmCall, name: Name): readonly World[] {
  const life = world.lives[name];
  if (call === 'pause' && isAwake(life)) return [change(world, name, { status: 'paused' })];
  if (life.status !== 'paused') return [];
  if (call === 'resume') return [change(world, name, { status: awakeStatus(life) })];
  if (call !== 'snapshot' || world.saved[name] !== undefined) return [];
  return [{ ...world, saved: { ...world.saved, [name]: life.ip } }];
}

function awakeStatus({ ip }: Life): 'running' | 'ready' {
  return ip === null ? 'running' : 'ready';
}

function beginEnd(world: World, course: Course, name: Name): readonly Next[] {
  const life = world.lives[name];
  const waiting: Course = { ...course, at: 'wait' };
  // Whoever is asked for an end answers for it, however the VMM came to its own.
  const dying = new Set<'stopped' | 'failed'>([...life.dying, 'stopped']);
  const ending = change(world, name, { status: 'stopping', dying: [...dying].sort() });
  if (life.status === 'starting') {
    return [
      { world: change(world, name, { status: 'stopping', givenUp: true }), course: waiting },
      { world: ending, course: waiting },
    ];
  }
  return [{ world: ending, course: waiting }];
}

function waitForEnd(world: World, { handle }: Course, name: Name): readonly Next[] {
  const life = world.lives[name];
  return handle !== null && handle.life === life.id && isAlive(life) ? [] : failed(world, 'ok');
}

function remove(world: World, course: Course, name: Name): readonly Next[] {
  const life = world.lives[name];
  if (course.at === 'given') {
    if (course.manager !== world.manager) return failed(world, 'TypeError');
    if (life.held) return failed(world, 'INVALID_STATE');
    if (life.claimed) return failed(world, 'ALREADY_EXISTS');
    return [{ world: change(world, name, { claimed: true }), course: { ...course, at: 'act' } }];
  }
  const free = change(world, name, { claimed: false });
  if (life.status === null) return failed(free, 'NOT_FOUND');
  if (isAlive(life) && life.dying.length === 0) return failed(free, 'INVALID_STATE');
  return failed(change(isAlive(life) ? end(free, name, 'failed') : free, name, { status: null }), 'ok');
}

function marker(world: World, name: Name, ip: string): readonly Next[] {
  const life = world.lives[name];
  if (!life.held || !isAlive(life)) return failed(world, 'skipped');
  if (life.dying.length > 0 || life.status === 'stopping') return failed(world, 'skipped', 'ok');
  if (life.status === 'starting') return failed(world, 'skipped');
  const status = isAwake(life) ? 'ready' : life.status;
  return [{ world: change(world, name, { ip, status }), outcome: 'ok' }];
}

type Happening = GuestEvent | 'killedFromOutside';

const ENDS: { readonly [E in Happening]: Life['dying'] } = {
  reboot: [],
  powerOff: ['stopped'],
  panic: ['failed'],
  exit: ['failed'],
  crash: ['failed'],
  killedFromOutside: ['failed'],
};

function happen(world: World, course: Course, event: Happening, name: Name): readonly Next[] {
  const life = world.lives[name];
  if (course.at === 'wait' && event === 'reboot') return failed(reset(world, name), 'ok');
  if (course.at === 'wait') return life.held && life.dying.length > 0 ? [] : failed(world, 'ok');
  const known = life.handle !== null && life.handle.life === life.id;
  const reached = event === 'killedFromOutside' ? known : life.held;
  if (!reached || !isAlive(life) || life.status === 'starting') return failed(world, 'skipped');
  const waiting: Course = { ...course, at: 'wait' };
  if (event === 'reboot') {
    if (life.dying.length > 0 || life.status === 'stopping') return failed(world, 'skipped', 'ok');
    // The manager hears of it a little later: what the guest says until then counts as said before.
    return [{ world: reset(world, name), course: waiting }];
  }
  if (life.dying.length > 0) return [...failed(world, 'skipped'), { world, course: waiting }];
  return [{ world: change(world, name, { dying: ENDS[event] }), course: waiting }];
}

function reset(world: World, name: Name): World {
  const life = world.lives[name];
  return isAlive(life) ? change(world, name, { ip: null, ...(isAwake(life) ? { status: 'running' } : {}) }) : world;
}

function reopen(world: World): readonly Next[] {
  let after: World = { ...world, manager: world.manager + 1 };
  for (const [name, life] of livesOf(world)) {
    if (!life.held) continue;
    // It is finished first.
    if (life.status === 'stopping') return [];
    if (life.status === 'starting') {
      after = change(after, name, { status: 'stopping', givenUp: true });
      continue;
    }
    const key = handleKey({ life: life.id, manager: world.manager });
    // Of what it said of its end on the connection nobody will know.
    const dying: Life['dying'] = life.dying.length > 0 ? ['failed', 'stopped'] : [];
    after = { ...change(after, name, { held: false, dying }), parted: [...after.parted, key] };
  }
  return [{ world: after, outcome: 'ok' }];
}

function adoptAll(world: World, { manager }: Course): readonly Next[] {
  if (manager !== world.manager) return failed(world, 'TypeError', 'problems', 'ok');
  let worlds: readonly World[] = [world];
  let outcome = 'ok';
  for (const [name, life] of livesOf(world)) {
    if (life.held || life.status === null) continue;
    const handle = { life: life.id, manager };
    if (life.claimed && isAlive(life)) outcome = 'problems';
    else if (life.dying.length > 0) {
      worlds = worlds.flatMap((each) => life.dying.map((s) => change(end(each, name, s), name, { handle })));
    } else if (isAlive(life)) worlds = worlds.map((each) => change(each, name, { held: true, handle }));
  }
  return worlds.map((each) => ({ world: each, outcome }));
}
