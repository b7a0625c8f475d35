import type { AddonFinding } from './addon-finding.ts';

/** No addon could be loaded. The message lists every place that was tried, why each failed, and what to do. */
export class AddonError extends Error {
  /** In the order in which they were tried. */
  readonly findings: readonly AddonFinding[];

  /**
   * @param summary first line of the message
   * @param findings in the order in which they were tried
   * @param advice what the reader can do, one sentence each
   */
  constructor(summary: string, findings: readonly AddonFinding[], advice: readonly string[], options?: ErrorOptions) {
    const lines = [
      summary,
      ...findings.map(({ path, problem }) => `  ${path}: ${problem}`),
      ...advice.map((sentence) => `- ${sentence}`),
    ];
    super(lines.join('\n'), options);
    this.name = 'AddonError';
    this.findings = findings;
  }
}
