export { type DriverNames, deriveNames } from './names.ts';
export type { NewPackage } from './new-package.ts';
export { problemsOf } from './problems.ts';
export { readTemplateVersions, type TemplateVersions } from './template-versions.ts';
export { writePackage } from './write-package.ts';
