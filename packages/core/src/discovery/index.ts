export type { DriverSource } from './candidates.ts';
export type { DiscoverOptions, Discovery, DriverDescriptor } from './discover.ts';
export { discoverDrivers } from './discover.ts';
export type { DriverManifest } from './manifest.ts';
export type { VmOptionsOf } from './select.ts';
export { resolveDriver, selectDriver } from './select.ts';
export type { DriverSurvey, SurveyOptions } from './survey.ts';
export { surveyDrivers } from './survey.ts';
