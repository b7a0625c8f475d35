import type { Lifetime } from '@vmrs/core';
import type { Said } from './crash-order.ts';
import { type SceneName, sceneOf } from './scenes.ts';
import { type Death, runTrial } from './trial.ts';
import { judge, type Verdict } from './verdict.ts';

/** One death to be tried. */
export interface Attempt {
  readonly lifetime: Lifetime;
  readonly death: Death;
}

/** What a campaign has found. */
export interface CampaignReport {
  readonly tried: number;
  /** How many controllers had lived to their end when their time had come. */
  readonly survived: number;
  /** What went wrong, with how to try it again. Empty when nothing did. */
  readonly findings: readonly string[];
}

/** The steps that a whole life writes, in order. */
export async function stepsOf(scene: SceneName, lifetime: Lifetime): Promise<readonly string[]> {
  await using trial = await runTrial(scene, lifetime, 'none');
  return trial.said.flatMap((word) => ('step' in word ? [word.step] : []));
}

/** How long a whole life takes here, in milliseconds. */
export async function lengthOf(scene: SceneName, lifetime: Lifetime): Promise<number> {
  await using trial = await runTrial(scene, lifetime, 'none');
  return trial.livedMs;
}

/** Both sides of every step. */
export function everyStep(steps: readonly string[], lifetime: Lifetime): readonly Attempt[] {
  return steps.flatMap((_, index) =>
    (['before', 'after'] as const).map((side): Attempt => ({ lifetime, death: { at: { number: index + 1, side } } })),
  );
}

/** So many instants of a life of that length, drawn by `random` (0 to 1). */
export function randomInstants(
  count: number,
  lengthMs: number,
  lifetime: Lifetime,
  random: () => number,
): readonly Attempt[] {
  return Array.from({ length: count }, () => ({ lifetime, death: { afterMs: random() * lengthMs } }));
}

/** Tries every attempt, some side by side, and judges what each leaves. */
export async function campaign(
  scene: SceneName,
  attempts: readonly Attempt[],
  sideBySide: number,
): Promise<CampaignReport> {
  const common = sceneOf(scene);
  const findings: string[] = [];
  let survived = 0;
  const left = [...attempts];
  const work = async (): Promise<void> => {
    for (let attempt = left.shift(); attempt !== undefined; attempt = left.shift()) {
      await using trial = await runTrial(scene, attempt.lifetime, attempt.death);
      if (trial.said.some((word) => 'at' in word && word.at === 'end')) survived += 1;
      findings.push(...lines(attempt, trial.said, await judge(trial, common)));
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return { tried: attempts.length, survived, findings };
}

function lines({ lifetime, death }: Attempt, said: readonly Said[], verdict: Verdict): readonly string[] {
  const found = Object.entries(verdict).flatMap(([kind, all]: [string, readonly string[]]) => {
    return all.map((line) => `${kind}: ${line}`);
  });
  const last = said.at(-1);
  const where =
    last === undefined ? 'before its first word' : 'at' in last ? last.at : `step ${last.number}: ${last.step}`;
  return found.map((line) => `${lifetime}, killed ${JSON.stringify(death)} (${where}): ${line}`);
}
