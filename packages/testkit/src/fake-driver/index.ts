export { FAKE_CAPABILITIES } from './capabilities.ts';
export type { FakeDriverOptions } from './driver.ts';
export { FakeDriver, fakeDriver, fakeDriver as createDriver } from './driver.ts';
export { fakeSubject } from './fake-subject.ts';
export type { Fault, FaultPoint } from './faults.ts';
export { Faults } from './faults.ts';
