import { CAPABILITIES, type Capability } from '@vmrs/core';
import { createDriver as applevz } from '@vmrs/driver-applevz';
import { createDriver as cloudhv } from '@vmrs/driver-cloudhv';
import { createDriver as qemu } from '@vmrs/driver-qemu';

/** What each driver declares, from the drivers themselves. */
export function capabilityMatrix(): string {
  const drivers = [
    { package: '@vmrs/driver-applevz', driver: applevz() },
    { package: '@vmrs/driver-cloudhv', driver: cloudhv() },
    { package: '@vmrs/driver-qemu', driver: qemu() },
  ];
  const rows = (Object.keys(CAPABILITIES) as Capability[]).map((name) => {
    const cells = drivers.map(({ driver }) => (driver.capabilities[name] ? 'yes' : '–'));
    return `| ${CAPABILITIES[name]} | \`${name}\` | ${cells.join(' | ')} |`;
  });
  const heads = drivers.map((entry) => `\`${entry.package}\``).join(' | ');
  return [`| | capability | ${heads} |`, `|---|---|${drivers.map(() => '---|').join('')}`, ...rows].join('\n');
}
