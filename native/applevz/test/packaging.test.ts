import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);

async function read(path: string): Promise<string> {
  return await readFile(new URL(path, ROOT), 'utf8');
}

describe('the package', () => {
  it('runs nothing when it is installed', async () => {
    const manifest = JSON.parse(await read('package.json'));
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
      expect(manifest.scripts).not.toHaveProperty(name);
    }
    // With it at the root, package managers would build the addon on every install.
    await expect(read('binding.gyp')).rejects.toThrow();
    expect(manifest.gypfile).toBeUndefined();
  });

  it('builds every source, and brings all that a build needs', async () => {
    const listed = [...(await read('addon/binding.gyp')).matchAll(/'src\/(?<name>[^']+)'/g)].map((m) => m.groups?.name);
    const files = await readdir(new URL('addon/src/', ROOT));
    expect(listed).toEqual(files.filter((name) => ['.cc', '.mm'].includes(extname(name))).sort());
    const manifest = JSON.parse(await read('package.json'));
    expect(manifest.dependencies).toHaveProperty('node-addon-api');
    expect(manifest.files).toEqual(
      expect.arrayContaining(['addon/binding.gyp', 'addon/src', 'addon/entitlements.plist', 'prebuilds']),
    );
  });

  it('asks for one entitlement', async () => {
    const plist = await read('addon/entitlements.plist');
    expect([...plist.matchAll(/<key>(.+?)<\/key>/g)].map((match) => match[1])).toEqual([
      'com.apple.security.virtualization',
    ]);
  });

  it('speaks the same version of the interface on both sides', async () => {
    const native = /kInterfaceVersion = (\d+)/.exec(await read('addon/src/addon.cc'))?.[1];
    const { ADDON_INTERFACE } = await import('../src/index.ts');
    expect(Number(native)).toBe(ADDON_INTERFACE);
  });

  it('is not published without both prebuilt addons', async () => {
    const manifest = JSON.parse(await read('package.json'));
    expect(manifest.scripts.prepublishOnly).toBe('node scripts/check-prebuilds.mjs');
    const script = fileURLToPath(new URL('scripts/check-prebuilds.mjs', ROOT));
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('darwin-arm64');
    expect(stderr).toContain('darwin-x64');
  });
});
