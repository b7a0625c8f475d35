import type { Problem } from '../errors/index.ts';
import type { Draft, FileField } from './draft.ts';
import {
  checkDirectory,
  checkFile,
  checkLog,
  checkSocket,
  checkSocketFd,
  type FileNeeds,
  type Finding,
} from './file-checks.ts';

/** The fields that name files the VM uses, and what the VM needs of them. */
const FILES: { readonly [F in Exclude<FileField, 'serialLog'>]: FileNeeds } = {
  kernel: { kernel: true },
  initramfs: {},
  rootDisk: { write: true, device: true },
  dataDisk: { write: true, device: true },
  seedIso: { device: true },
  efiVariableStore: { write: true, made: true },
};

/** What is wrong with the files, directories, sockets and descriptors that a configuration names. Looks, and writes nothing. */
export async function fileProblems(draft: Draft): Promise<readonly Problem[]> {
  const checks = [...fileChecks(draft), ...otherChecks(draft)];
  const findings = await Promise.all(checks.map(async ({ path, check }) => ({ path, finding: await check })));
  const broken = findings.flatMap(({ path, finding: { message, fix } }) =>
    message === null ? [] : [{ path, message, ...(fix === undefined ? {} : { fix }) }],
  );
  return [...broken, ...usedTwice(findings)];
}

interface Check {
  readonly path: string;
  readonly check: Promise<Finding>;
}

function fileChecks({ files }: Draft): readonly Check[] {
  const checks: Check[] = [];
  for (const [field, needs] of entries(FILES)) {
    const file = files[field];
    if (file !== undefined) checks.push({ path: field, check: checkFile(file, needs) });
  }
  const { serialLog } = files;
  if (serialLog !== undefined) checks.push({ path: 'serialLog', check: checkLog(serialLog) });
  return checks;
}

function otherChecks({ networks, sharedDirs }: Draft): readonly Check[] {
  const checks: Check[] = [];
  for (const [index, { fd, path }] of networks.entries()) {
    if (fd !== undefined) checks.push({ path: `networks[${index}].fd`, check: checkSocketFd(fd) });
    if (path !== undefined) checks.push({ path: `networks[${index}].path`, check: checkSocket(path) });
  }
  for (const [index, { hostPath }] of sharedDirs.entries()) {
    if (hostPath !== undefined) checks.push({ path: `sharedDirs[${index}].hostPath`, check: checkDirectory(hostPath) });
  }
  return checks;
}

/** One file in two roles, also under two names: one of them would be written over. Directories may be shared twice. */
function usedTwice(findings: readonly { readonly path: string; readonly finding: Finding }[]): readonly Problem[] {
  const first = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { path, finding } of findings) {
    const { fileId } = finding;
    if (fileId === null || !(path in FILES || path === 'serialLog')) continue;
    const other = first.get(fileId);
    if (other === undefined) first.set(fileId, path);
    else problems.push({ path, message: `is the same file as ${other}; each must be a file of its own` });
  }
  return problems;
}

function entries<K extends string, V>(record: Readonly<Record<K, V>>): readonly (readonly [K, V])[] {
  return Object.entries(record) as [K, V][];
}
