import { defineTests } from '../../vitest.base.ts';

export default defineTests('driver-uml');
