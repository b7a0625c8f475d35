import { describe, expect, it } from 'vitest';
import { Report } from './report.ts';

function reported(): { readonly report: Report; readonly printed: string[] } {
  const printed: string[] = [];
  return { report: new Report((text) => printed.push(text)), printed };
}

describe('the report of a rehearsal', () => {
  it('is good when every step is, and passes on what a step resolves with', async () => {
    const { report } = reported();
    expect(await report.step('one', async () => 7)).toBe(7);
    await report.step('two', async () => 'a note');
    report.skip('three', 'needs QEMU');
    expect(report.ok).toBe(true);
    expect(report.skipped).toBe(true);
    expect(report.summary()).toMatch(
      /^ok +one .*\nok +two .*: a note\nskipped +three .*: needs QEMU\n2 steps ok, 0 failed, 0 not run, 1 skipped$/,
    );
  });

  it('is bad when a step fails, and says why', async () => {
    const { report, printed } = reported();
    await report.step('one', async () => 1);
    const failing = report.step('two', async () => {
      throw new Error('the reason');
    });
    expect(await failing).toBeUndefined();
    expect(report.ok).toBe(false);
    expect(printed).toContain('the reason');
  });

  it('is bad when a step is left out, and when nothing ran', async () => {
    expect(reported().report.ok).toBe(false);
    const { report } = reported();
    await report.step('one', async () => 1);
    report.leaveOut('two', 'one was not enough');
    expect(report.ok).toBe(false);
  });
});
