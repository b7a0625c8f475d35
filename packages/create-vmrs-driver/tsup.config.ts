import { defineLibrary } from '../../tsup.base.ts';

export default defineLibrary(['src/index.ts', 'src/main.ts']);
