import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { GOLDEN } from './golden-subject.ts';

/** SHA-256 of each file. Not a snapshot, so that no option of a test runner writes it anew. */
const DIGESTS = {
  'connection.js': '0844969b0892f62cd6049a5407e9924776528d3297e7528ad3aeb377104ea94d',
  'driver.js': 'fd1d6484c5e022b70c063ec2ada99a1e09ad98dc6957c6f7530ec52c412fad35',
  'machine.js': '8f2b429a39b59759c17062a1056c520daf86c4b884ee1b508d56c4d0d9ee6815',
  'package.json': '85d530950d90871e6db76efb79730ad2b25c26313ce9817a1b2c6cc02261ab8c',
  'vmm.js': 'a852983a83a9fbc49f50b7494723f953a74979e68ce75c1702f4e50b0f078edc',
};

describe('the golden driver of contract 1.0', () => {
  it('is as it was written: drivers that are out there cannot be changed either', async () => {
    const names = (await readdir(GOLDEN)).toSorted();
    const digests = await Promise.all(
      names.map(async (name) => [
        name,
        createHash('sha256')
          .update(await readFile(new URL(name, GOLDEN)))
          .digest('hex'),
      ]),
    );
    // When this fails, undo what you did there. A change of the contract that the golden driver does not survive is a new major.
    expect(Object.fromEntries(digests)).toEqual(DIGESTS);
  });
});
