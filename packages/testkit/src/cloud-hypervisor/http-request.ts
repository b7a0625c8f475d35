/** One request as the API's server sees it. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What came of reading: a request and what follows it, a refusal after which the connection is closed, or null for "more is needed". */
export type ReadResult = { readonly request: HttpRequest; readonly rest: Buffer } | { readonly refused: string } | null;

/** Longest request line or header line: `BUFFER_SIZE` of micro_http. */
const MAX_LINE_BYTES = 1024;

/** What micro_http knows. */
const METHODS: readonly string[] = ['GET', 'PUT', 'PATCH', 'DELETE'];

/** Reads one request off the front of `bytes`, as micro_http does: lines of bounded length, a length and never chunks. Pure. */
export function readRequest(bytes: Buffer, maxBody: number): ReadResult {
  const end = bytes.indexOf('\r\n\r\n');
  const lines = (end === -1 ? bytes : bytes.subarray(0, end)).toString('latin1').split('\r\n');
  if (lines.some((line) => line.length >= MAX_LINE_BYTES)) return { refused: 'Invalid request line or header' };
  if (end === -1) return null;
  const [requestLine = '', ...headers] = lines;
  const [method = '', path = '', version = ''] = requestLine.split(' ');
  if (!METHODS.includes(method)) return { refused: `Invalid HTTP Method: ${method}` };
  if (!/^HTTP\/1\.[01]$/.test(version)) return { refused: `Invalid HTTP version: ${version}` };
  let length = 0;
  for (const header of headers) {
    const [name = '', ...value] = header.split(':');
    const text = value.join(':').trim();
    if (/^transfer-encoding$/i.test(name)) return { refused: 'Unsupported header: Transfer-Encoding' };
    if (!/^content-length$/i.test(name)) continue;
    if (!/^\d+$/.test(text)) return { refused: `Invalid content length: ${text}` };
    length = Number(text);
  }
  if (length > maxBody)
    return { refused: `Request payload with size ${length} is larger than the limit of ${maxBody}` };
  const from = end + 4;
  if (bytes.length < from + length) return null;
  const body = bytes.subarray(from, from + length).toString('utf8');
  return { request: { method, path, body }, rest: bytes.subarray(from + length) };
}
