/**
 * The floors of packages/core/src, from the ground up. A folder imports from its own floor and from those below.
 */
const CORE_FLOORS = [
  ['util'],
  ['errors', 'state'],
  ['config'],
  ['contract'],
  ['process', 'readiness', 'resources', 'store', 'log'],
  ['discovery'],
  ['manager'],
];

const CORE = '^packages/core/src';
const TEST_FILES = '(\\.test\\.ts$|^packages/[^/]+/test/|/fixtures/|^packages/[^/]+/(tsup|vitest)\\.config\\.ts$)';

/** One rule per floor: nothing on it imports from a floor above. */
const floorRules = CORE_FLOORS.slice(0, -1).map((floor, index) => ({
  name: `core-floor-${floor[0]}`,
  comment: `${floor.join(', ')} must not import from the floors above; see the floors in .dependency-cruiser.js.`,
  severity: 'error',
  from: { path: `${CORE}/(${floor.join('|')})/` },
  to: {
    path: [
      `${CORE}/(${CORE_FLOORS.slice(index + 1)
        .flat()
        .join('|')})/`,
      `${CORE}/(index|driver)\\.ts$`,
    ],
  },
}));

/**
 * What the published packages import from each other at run time. Tests may import any.
 * @param {string} dir regular expression of the importing packages' folder names
 * @param {string} allowed regular expression of files that they may import from other packages
 * @param {string} comment
 */
const packageRule = (dir, allowed, comment) => ({
  name: `packages-${dir.replace(/\W+.*/, '')}`,
  comment,
  severity: 'error',
  from: { path: `^packages/(${dir})/`, pathNot: TEST_FILES },
  to: { path: '^(packages|native)/', pathNot: ['^packages/$1/', allowed] },
});

export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that import each other in a circle cannot be read, tested or moved on their own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-tests-in-sources',
      comment: 'Published code must not import tests.',
      severity: 'error',
      from: { pathNot: TEST_FILES },
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'pino-in-one-file',
      comment: 'Everybody else takes the structural Logger; only core/src/log/logger.ts knows what is behind it.',
      severity: 'error',
      from: { path: '^packages/', pathNot: ['^packages/core/src/log/logger\\.ts$', TEST_FILES] },
      to: { path: 'node_modules/pino/' },
    },
    ...floorRules,
    packageRule('core', '^$', 'core is the ground of all packages and imports none of them.'),
    packageRule(
      'driver-[^/]+',
      '^(packages/(core/src/driver|driver-kit/src/index)|native/applevz/src/index)\\.ts$',
      'Drivers know only @vmrs/core/driver, what they share, @vmrs/driver-kit, and an addon of their own.',
    ),
    packageRule('testkit', '^packages/core/src/(index|driver)\\.ts$', 'The testkit knows only core.'),
    packageRule(
      'cli',
      '^packages/(core|guest)/src/index\\.ts$',
      'The command line is an application: it knows what applications know.',
    ),
    packageRule('guest', '^$', 'guest stands alone.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@vmrs/source', 'types', 'import', 'node', 'default'],
    },
  },
};
