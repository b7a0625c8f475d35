import { defineLibrary } from '../../tsup.base.ts';

export default defineLibrary(['src/index.ts', 'src/host/main.ts', 'src/cli/main.ts']);
