import type { Lifetime } from '@vmrs/core';
import type { SceneName } from './scenes.ts';

/** What a controller is to live through, as its only argument in JSON. */
export interface CrashOrder {
  readonly scene: SceneName;
  readonly stateDir: string;
  readonly runtimeDir: string;
  /** Folder for the guest's files and for snapshots. */
  readonly filesDir: string;
  readonly lifetime: Lifetime;
  /** The step of the file system at which it kills itself with SIGKILL; null: it lives to the end, or is killed from outside. */
  readonly dieAt: { readonly number: number; readonly side: 'before' | 'after' } | null;
}

/** Milestones of a life, in order. A word that ends in `-ing` is said before the call, the other one when it has returned. */
export const MILESTONES = [
  'start',
  'booting',
  'booted',
  'ready',
  'pausing',
  'paused',
  'snapshotted',
  'resuming',
  'resumed',
  'stopping',
  'stopped',
  'end',
] as const;

/** A word of a controller about how far it is, or about a step that it is about to take. One JSON line each. */
export type Said = { readonly at: (typeof MILESTONES)[number] } | { readonly step: string; readonly number: number };
