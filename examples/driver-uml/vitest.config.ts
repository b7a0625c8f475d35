import { defineTests } from '../../vitest.base.ts';

// Where several start at once the kernel itself aborts, or loses its init, in about one start of a hundred; what a driver cannot help is tried again.
export default defineTests('driver-uml', { retry: 2 });
