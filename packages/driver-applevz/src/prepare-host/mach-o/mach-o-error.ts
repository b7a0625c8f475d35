/** A file is no Mach-O file, or a damaged one. The message begins with the file and says where it is wrong. */
export class MachOError extends Error {
  readonly file: string;
  /** `other`: it begins like something else. `damaged`: it begins like a Mach-O file and does not go on like one. */
  readonly problem: 'other' | 'damaged';

  constructor(file: string, problem: 'other' | 'damaged', detail: string) {
    super(`'${file}' ${detail}`);
    this.name = 'MachOError';
    this.file = file;
    this.problem = problem;
  }
}
