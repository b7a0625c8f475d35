import type { ViteUserConfig } from 'vitest/config';
import { defineTests } from '../vitest.base.ts';

const config: ViteUserConfig = defineTests('release', { testTimeout: 60_000 });
export default config;
