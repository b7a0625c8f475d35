import { describe, expect, it } from 'vitest';
import { explainLoadFailure } from './explain-load-failure.ts';

const mac = { platform: 'darwin', arch: 'arm64' } as const;

describe('explainLoadFailure', () => {
  it.each([
    [
      "dlopen(/a, 0x1): tried: '/a' (code signature in <X> '/a' not valid for use in process: mapping process and mapped file (non-platform) have different Team IDs)",
      /hardened runtime/,
    ],
    ["dlopen(/a, 0x1): tried: '/a' (library load disallowed by system policy)", /hardened runtime/],
    ['dlopen(/a, 0x1): Operation not permitted', /xattr -d com\.apple\.quarantine '\/a'/],
    ['dlopen(/a, 0x1): Symbol not found: (_OBJC_CLASS_$_VZEFIBootLoader)', /macOS 13 or newer is needed/],
  ])('explains %s', (words, meaning) => {
    const explained = explainLoadFailure('/a', new Error(words), mac);
    expect(explained).toContain(words);
    expect(explained).toMatch(meaning);
  });

  it('passes on words that it does not know', () => {
    expect(explainLoadFailure('/a', new Error('who knows'), mac)).toBe('who knows');
  });
});
