export { createDriver, createDriver as applevz } from './driver.ts';
