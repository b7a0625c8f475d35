import { describe, expect, it } from 'vitest';
import { readRequest } from './http-request.ts';

const read = (text: string, maxBody = 100) => readRequest(Buffer.from(text), maxBody);

describe('readRequest', () => {
  it('reads a request and keeps what follows', () => {
    expect(read('PUT /api/v1/vm.create HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}GET /')).toEqual({
      request: { method: 'PUT', path: '/api/v1/vm.create', body: '{}' },
      rest: Buffer.from('GET /'),
    });
  });

  it.each(['', 'PUT /x HTTP/1.1\r\n', 'PUT /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nab'])(
    'waits for more of %j',
    (text) => {
      expect(read(text)).toBeNull();
    },
  );

  it.each([
    ['chunks', 'PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', /Transfer-Encoding/],
    ['a long line', `PUT /${'x'.repeat(1100)} HTTP/1.1\r\n\r\n`, /request line or header/],
    ['a long header', `PUT /x HTTP/1.1\r\nX: ${'x'.repeat(1100)}\r\n\r\n`, /request line or header/],
    ['a large body', 'PUT /x HTTP/1.1\r\nContent-Length: 101\r\n\r\n', /limit of 100/],
    ['another method', 'POST /x HTTP/1.1\r\n\r\n', /HTTP Method/],
    ['another protocol', 'PUT /x HTTP/2\r\n\r\n', /HTTP version/],
  ])('refuses %s', (_, text, words) => {
    expect(read(text)).toEqual({ refused: expect.stringMatching(words) });
  });
});
