import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { describeDriverConformance } from '../src/conformance/index.ts';
import { fakeSubject } from '../src/fake-driver/index.ts';
import { FAKE_MANIFEST } from './fake-package.ts';

const guests = await mkdtemp(join(tmpdir(), 'vmrs-guests-'));
afterAll(() => rm(guests, { recursive: true }));

describeDriverConformance({ describe, it }, { ...fakeSubject(guests), manifest: FAKE_MANIFEST });
