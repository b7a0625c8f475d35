import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { describeDriverConformance } from '../../src/conformance/index.ts';
import { goldenSubject } from './golden-subject.ts';

const guests = await mkdtemp(join(tmpdir(), 'vmrs-golden-'));
afterAll(() => rm(guests, { recursive: true }));

// A driver that was written for contract 1.0 and never touched again: today's core has to run it.
describeDriverConformance({ describe, it }, await goldenSubject(guests));
