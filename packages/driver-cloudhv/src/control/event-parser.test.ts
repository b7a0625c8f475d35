import { describe, expect, it } from 'vitest';
import { EventParser } from './event-parser.ts';

/** As `event_monitor` of Cloud Hypervisor v53 writes them: `to_writer_pretty`, then an empty line. */
const BOOTED = `{
  "timestamp": {
    "secs": 0,
    "nanos": 98575000
  },
  "source": "vm",
  "event": "booted",
  "properties": null
}

`;
const REMOVED = `{
  "timestamp": {
    "secs": 3,
    "nanos": 1
  },
  "source": "vm",
  "event": "device-removed",
  "properties": {
    "id": "disk {\\"x\\"}",
    "bdf": "0000:00:05.0"
  }
}

`;

describe('EventParser', () => {
  it('reads events of several lines, with braces and quotes in their texts', () => {
    expect(new EventParser().push(BOOTED + REMOVED)).toEqual([
      { source: 'vm', event: 'booted', properties: {} },
      { source: 'vm', event: 'device-removed', properties: { id: 'disk {"x"}', bdf: '0000:00:05.0' } },
    ]);
  });

  it('reads them however they are cut', () => {
    const text = BOOTED + REMOVED;
    for (let at = 1; at < text.length; at += 1) {
      const parser = new EventParser();
      const events = [...parser.push(text.slice(0, at)), ...parser.push(text.slice(at))];
      expect(events.map(({ event }) => event)).toEqual(['booted', 'device-removed']);
    }
  });

  it('leaves out an event of which a part was never written, and only that one', () => {
    const half = BOOTED.slice(0, 40);
    expect(new EventParser().push(half + REMOVED + BOOTED).map(({ event }) => event)).toContain('booted');
    expect(new EventParser().push(`${half}\n${REMOVED}`).map(({ event }) => event)).toEqual(['device-removed']);
  });

  it('leaves out what is no event, and does not grow without end', () => {
    const parser = new EventParser();
    expect(parser.push('garbage\n\n[1]\n\n{"source":1}\n\nnull\n\n')).toEqual([]);
    for (let round = 0; round < 100; round += 1) parser.push('x'.repeat(10_000));
    expect(parser.push(`\n\n${BOOTED}`)).toHaveLength(1);
  });
});
