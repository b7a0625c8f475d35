/** What becomes of the folder of a VM that has ended. */
export type Keep = 'always' | 'on-failure' | 'never';
